"""How often shares are read, and an index for each order."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shares", sa.Column("reads", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_shares_reads", "shares", ["reads", "updated_at", "id"])
    op.create_index("ix_shares_forks", "shares", ["forks", "updated_at", "id"])
    op.create_index("ix_shares_owner_recent", "shares", ["owner", "updated_at", "id"])
    op.drop_index("ix_shares_owner", "shares")
    op.create_table(
        "readings",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_readings"),
    )
    op.create_index("ix_readings_day", "readings", ["day"])


def downgrade() -> None:
    op.drop_table("readings")
    op.create_index("ix_shares_owner", "shares", ["owner"])
    op.drop_index("ix_shares_owner_recent", "shares")
    op.drop_index("ix_shares_forks", "shares")
    op.drop_index("ix_shares_reads", "shares")
    op.drop_column("shares", "reads")
