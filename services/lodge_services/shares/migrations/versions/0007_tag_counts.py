"""Indexes to count the shares of each tag by."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_share_tags_folded_tag", "share_tags", ["folded", "tag"])
    op.drop_index("ix_share_tags_folded", "share_tags")
    # Of the deleted alone: no list of the others is to be read by it.
    some = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_shares_deleted_at",
        "shares",
        ["deleted_at"],
        sqlite_where=some,
        postgresql_where=some,
    )


def downgrade() -> None:
    op.drop_index("ix_shares_deleted_at", "shares")
    op.create_index("ix_share_tags_folded", "share_tags", ["folded"])
    op.drop_index("ix_share_tags_folded_tag", "share_tags")
