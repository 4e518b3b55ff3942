"""Shares, their versions and tags, and fork tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("forks", sa.Integer(), nullable=False),
        sa.Column("forked_from_id", sa.String(12)),
        sa.Column("forked_from_version", sa.Integer()),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("deleted_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
    )
    op.create_index("ix_shares_recent", "shares", ["updated_at", "id"])
    op.create_index("ix_shares_owner", "shares", ["owner"])
    op.create_table(
        "share_tags",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("folded", sa.String(100), nullable=False),
        sa.Column("tag", sa.String(50), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("share_id", "folded", name="pk_share_tags"),
        sa.ForeignKeyConstraint(
            ["share_id"], ["shares.id"], name="fk_share_tags_share_id_shares", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_share_tags_folded", "share_tags", ["folded"])
    op.create_table(
        "share_versions",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("picture", sa.String(64)),
        sa.Column("picture_type", sa.String(20)),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("share_id", "number", name="pk_share_versions"),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name="fk_share_versions_share_id_shares",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_share_versions_digest", "share_versions", ["digest"])
    op.create_table(
        "fork_tickets",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(255), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.PrimaryKeyConstraint("hash", name="pk_fork_tickets"),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name="fk_fork_tickets_share_id_shares",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_fork_tickets_expires_at", "fork_tickets", ["expires_at"])


def downgrade() -> None:
    op.drop_table("fork_tickets")
    op.drop_table("share_versions")
    op.drop_table("share_tags")
    op.drop_table("shares")
