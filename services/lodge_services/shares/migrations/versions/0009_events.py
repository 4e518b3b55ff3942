"""What was done to shares, and who made their versions."""

import sqlalchemy as sa
from alembic import op
from lodge_services.db.engine import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "share_events",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_share_events"),
        sqlite_autoincrement=True,
    )
    op.add_column(
        "share_versions", sa.Column("author", sa.String(255), nullable=False, server_default="")
    )
    # Until now nobody but owners, and administrators, could make one.
    op.execute(
        "UPDATE share_versions SET author = "
        "(SELECT owner FROM shares WHERE shares.id = share_versions.share_id)"
    )
    op.create_index("ix_share_events_share_id_number", "share_events", ["share_id", "number"])


def downgrade() -> None:
    op.drop_column("share_versions", "author")
    op.drop_table("share_events")
