"""Comments, who is to see them, and likes."""

import sqlalchemy as sa
from alembic import op
from lodge_services.db.engine import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _share(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["share_id"], ["shares.id"], name=f"fk_{table}_share_id_shares", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.add_column("shares", sa.Column("likes", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "share_comments",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("at", UtcDateTime(), nullable=False),
        _share("share_comments"),
        sa.PrimaryKeyConstraint("number", name="pk_share_comments"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_share_comments_share_id_number", "share_comments", ["share_id", "number"])
    op.create_table(
        "share_notices",
        sa.Column("comment", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(255), nullable=False),
        sa.Column("mentioned", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"],
            ["share_comments.number"],
            name="fk_share_notices_comment_share_comments",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment", "person", name="pk_share_notices"),
    )
    op.create_index("ix_share_notices_person", "share_notices", ["person", "seen", "comment"])
    op.create_table(
        "share_likes",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("person", sa.String(255), nullable=False),
        _share("share_likes"),
        sa.PrimaryKeyConstraint("share_id", "person", name="pk_share_likes"),
    )


def downgrade() -> None:
    op.drop_table("share_likes")
    op.drop_index("ix_share_notices_person", "share_notices")
    op.drop_table("share_notices")
    op.drop_index("ix_share_comments_share_id_number", "share_comments")
    op.drop_table("share_comments")
    op.drop_column("shares", "likes")
