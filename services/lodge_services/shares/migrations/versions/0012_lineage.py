"""What was forked from a share is found by an index."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_shares_forked_from_id", "shares", ["forked_from_id"])


def downgrade() -> None:
    op.drop_index("ix_shares_forked_from_id", "shares")
