"""Who may read a share."""

import sqlalchemy as sa
from alembic import op
from lodge_services.clock import utc_now
from lodge_services.db.engine import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: that would drop the triggers of the search.
    op.add_column(
        "shares", sa.Column("restricted", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    some = sa.text("restricted")
    op.create_index(
        "ix_shares_restricted",
        "shares",
        ["owner"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_table(
        "share_readers",
        sa.Column("share_id", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name="fk_share_readers_share_id_shares",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_id", "kind", "name", name="pk_share_readers"),
    )
    op.create_index("ix_share_readers_name", "share_readers", ["kind", "name", "share_id"])


def downgrade() -> None:
    # Nobody is to read by an older release what was kept from them: its owner can undo that.
    shares = sa.table(
        "shares", sa.column("restricted", sa.Boolean), sa.column("deleted_at", UtcDateTime)
    )
    hidden = sa.update(shares).where(shares.c.restricted, shares.c.deleted_at.is_(None))
    op.execute(hidden.values(deleted_at=utc_now()))
    op.drop_index("ix_share_readers_name", "share_readers")
    op.drop_table("share_readers")
    op.drop_index("ix_shares_restricted", "shares")
    op.drop_column("shares", "restricted")
