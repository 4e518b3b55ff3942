"""Alerts: what is told of jobs and to whom, what is wrong, and messages on their way."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op
from lodge_services.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = "closed_at IS NULL"
_WAITING = "state = 'waiting'"
_BELL = "kind = 'bell'"


def upgrade() -> None:
    op.create_table(
        "alert_rule",
        _job(primary_key=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("recovered", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("muted_until", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "alert_recipient",
        sa.Column("id", sa.String(12), primary_key=True),
        _job(),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index(
        "uq_alert_recipient_job_id_target", "alert_recipient", ["job_id", "target"], unique=True
    )
    op.create_table(
        "alert_incident",
        sa.Column("id", sa.String(12), primary_key=True),
        _job(),
        sa.Column("cause", sa.String(8), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
    )
    _partial("uq_alert_incident_job_id_cause", "alert_incident", ["job_id", "cause"], _OPEN, True)
    op.create_table(
        "alert_watch",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        _job(),
        sa.Column("cause", sa.String(8), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=True),
        sa.Column("scheduled_for", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_alert_watch_job_id", "alert_watch", ["job_id"])
    op.create_index("ix_alert_watch_due_at", "alert_watch", ["due_at"])
    op.create_table(
        "alert_delivery",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        _job(),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("recipient_id", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("what", sa.String(12), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("batch", sa.String(12), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("seen", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_alert_delivery_job_id_number", "alert_delivery", ["job_id", "number"])
    _partial("ix_alert_delivery_waiting", "alert_delivery", ["due_at"], _WAITING)
    _partial("ix_alert_delivery_bell", "alert_delivery", ["owner", "number"], _BELL)
    _tell_owners()


def _job(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "job_id",
        sa.String(12),
        sa.ForeignKey("job.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


def _partial(name: str, table: str, columns: list[str], where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition
    )


def _tell_owners() -> None:
    """Let the jobs that there are tell what a new one tells: their failures, in the bell."""
    job = sa.table("job", sa.column("id"), sa.column("created_at"))
    rule = sa.table(
        "alert_rule",
        *(sa.column(one) for one in ("job_id", "failed", "recovered", "late")),
        sa.column("language"),
    )
    recipient = sa.table(
        "alert_recipient",
        *(sa.column(one) for one in ("id", "job_id", "kind", "address", "target", "created_at")),
    )
    bell = hashlib.sha256(b"bell").hexdigest()
    told = sa.select(job.c.id, sa.true(), sa.true(), sa.false(), sa.literal("en"))
    op.execute(
        sa.insert(rule).from_select(["job_id", "failed", "recovered", "late", "language"], told)
    )
    # A job's id tells its bell's as well: each has one.
    whom = sa.select(
        job.c.id, job.c.id, sa.literal("bell"), sa.literal(""), sa.literal(bell), job.c.created_at
    )
    op.execute(
        sa.insert(recipient).from_select(
            ["id", "job_id", "kind", "address", "target", "created_at"], whom
        )
    )


def downgrade() -> None:
    for table in (
        "alert_delivery",
        "alert_watch",
        "alert_incident",
        "alert_recipient",
        "alert_rule",
    ):
        op.drop_table(table)
