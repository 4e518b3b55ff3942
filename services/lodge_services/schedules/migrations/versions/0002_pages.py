"""Runs that are put on the pages of shares."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from lodge_services.db import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WAITING = "share_state = 'waiting'"


def upgrade() -> None:
    for table in ("job", "run"):
        op.add_column(table, sa.Column("share_id", sa.String(12), nullable=True))
        op.add_column(
            table, sa.Column("publish", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    for column in (
        sa.Column("share_state", sa.String(8), nullable=True),
        sa.Column("share_version", sa.Integer(), nullable=True),
        sa.Column("share_message", sa.Text(), nullable=False, server_default=""),
        sa.Column("share_tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("share_due_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("run", column)
    op.create_index(
        "ix_run_share_waiting",
        "run",
        ["job_id", "created_at"],
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )


def downgrade() -> None:
    op.drop_index("ix_run_share_waiting", "run")
    for column in (
        "share_due_at",
        "share_tries",
        "share_message",
        "share_version",
        "share_state",
    ):
        op.drop_column("run", column)
    for table in ("run", "job"):
        op.drop_column(table, "publish")
        op.drop_column(table, "share_id")
