"""Changes that others propose."""

import sqlalchemy as sa
from alembic import op
from lodge_services.db.engine import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "share_versions", sa.Column("coauthor", sa.String(255), nullable=False, server_default="")
    )
    op.add_column("share_comments", sa.Column("proposal", sa.Integer(), nullable=True))
    op.add_column(
        "share_comments", sa.Column("act", sa.String(16), nullable=False, server_default="")
    )
    op.create_table(
        "share_proposals",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("fork_id", sa.String(12), nullable=False),
        sa.Column("fork_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name="fk_share_proposals_share_id_shares",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_id", "number", name="pk_share_proposals"),
    )
    op.create_index("ix_share_proposals_digest", "share_proposals", ["digest"])


def downgrade() -> None:
    op.drop_index("ix_share_proposals_digest", "share_proposals")
    op.drop_table("share_proposals")
    # What was said about them means nothing without them.
    op.execute("DELETE FROM share_comments WHERE proposal IS NOT NULL")
    op.drop_column("share_comments", "act")
    op.drop_column("share_comments", "proposal")
    op.drop_column("share_versions", "coauthor")
