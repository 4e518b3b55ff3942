"""What runs stand for, retries, time-outs, and jobs that begin and end."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from lodge_services.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SCHEDULED = "trigger = 'schedule'"


def upgrade() -> None:
    for column in (
        sa.Column("interval", sa.String(8), nullable=False, server_default="times"),
        sa.Column("catch_up", sa.String(8), nullable=False, server_default="latest"),
        sa.Column("retries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("retry_s", sa.Integer(), nullable=False, server_default="60"),
        sa.Column("timeout_s", sa.Integer(), nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("job", column)
    for column in (
        sa.Column("interval_start", UtcDateTime(), nullable=True),
        sa.Column("interval_end", UtcDateTime(), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("timeout_s", sa.Integer(), nullable=True),
        sa.Column("timed_out", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("run", column)
    op.drop_index("uq_run_job_id_scheduled_for", "run")
    op.create_index(
        "uq_run_job_id_scheduled_for_attempt",
        "run",
        ["job_id", "scheduled_for", "attempt"],
        unique=True,
        sqlite_where=sa.text(_SCHEDULED),
        postgresql_where=sa.text(_SCHEDULED),
    )
    _keep_braces()


def _keep_braces() -> None:
    """Let braces in the parameters of jobs stand for themselves, as they did before."""
    job = sa.table("job", sa.column("id", sa.String), sa.column("parameters", sa.JSON))
    connection = op.get_bind()
    for job_id, parameters in connection.execute(sa.select(job.c.id, job.c.parameters)).all():
        if "{{" in json.dumps(parameters):
            change = sa.update(job).where(job.c.id == job_id)
            connection.execute(change.values(parameters=_escaped(parameters)))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("{{", "{{ '{{' }}")
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value


def downgrade() -> None:
    op.drop_index("uq_run_job_id_scheduled_for_attempt", "run")
    for column in ("timed_out", "timeout_s", "not_before", "interval_end", "interval_start"):
        op.drop_column("run", column)
    for column in (
        "ends_at",
        "starts_at",
        "timeout_s",
        "retry_s",
        "retries",
        "catch_up",
        "interval",
    ):
        op.drop_column("job", column)
    op.create_index(
        "uq_run_job_id_scheduled_for",
        "run",
        ["job_id", "scheduled_for"],
        unique=True,
        sqlite_where=sa.text(_SCHEDULED),
        postgresql_where=sa.text(_SCHEDULED),
    )
