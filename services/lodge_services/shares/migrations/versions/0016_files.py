"""Files that come with versions, and those that were sent and wait for their share."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "share_files",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(400), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("share_id", "number", "name", name="pk_share_files"),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name="fk_share_files_share_id_shares", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_files_digest", "share_files", ["digest"])
    op.create_table(
        "uploads",
        sa.Column("person", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("person", "digest", name="pk_uploads"),
    )


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_table("share_files")
