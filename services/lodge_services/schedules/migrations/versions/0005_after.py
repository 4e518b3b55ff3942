"""Jobs that wait for others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from lodge_services.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("after", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("job", sa.Column("after_s", sa.Integer(), nullable=False, server_default="86400"))
    op.add_column("run", sa.Column("after", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("run", sa.Column("ready_by", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for table, column in (
        ("run", "ready_by"),
        ("run", "after"),
        ("job", "after_s"),
        ("job", "after"),
    ):
        op.drop_column(table, column)
