"""Of which intervals runs have succeeded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from lodge_services.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "built_interval",
        sa.Column(
            "job_id", sa.String(12), sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("interval_start", UtcDateTime(), primary_key=True),
        sa.Column("interval_end", UtcDateTime(), primary_key=True),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("built_at", UtcDateTime(), nullable=False),
    )
    run = sa.table(
        "run",
        sa.column("id"),
        sa.column("job_id"),
        sa.column("state"),
        sa.column("interval_start", UtcDateTime()),
        sa.column("interval_end", UtcDateTime()),
        sa.column("ended_at", UtcDateTime()),
    )
    # What is known of runs that are kept.
    newest = (
        sa.select(
            run.c.job_id,
            run.c.interval_start,
            run.c.interval_end,
            sa.func.max(run.c.id),
            sa.func.max(run.c.ended_at),
        )
        .where(
            run.c.state == "succeeded",
            run.c.interval_start.is_not(None),
            run.c.interval_end.is_not(None),
            run.c.ended_at.is_not(None),
        )
        .group_by(run.c.job_id, run.c.interval_start, run.c.interval_end)
    )
    columns = ["job_id", "interval_start", "interval_end", "run_id", "built_at"]
    op.execute(sa.insert(made).from_select(columns, newest))


def downgrade() -> None:
    op.drop_table("built_interval")
