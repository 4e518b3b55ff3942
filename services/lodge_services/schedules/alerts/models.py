"""The tables of alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ...db import UtcDateTime
from ...db.engine import WholeJson
from ..models import Base, new_id

Cause = Literal["failed", "late", "slow"]
"""Of an incident: a run failed after its last retry, none succeeded in time, one takes longer than
usual."""
What = Literal["failed", "late", "slow", "recovered", "test"]
"""What a message tells: an incident that began, that all of them are over, or nothing but that
messages arrive."""
Kind = Literal["bell", "mail", "webhook", "slack", "dingtalk", "wecom", "feishu"]
"""Where a message goes; ``bell`` is JupyterLab's, of the job's owner."""
DeliveryState = Literal["waiting", "sent", "refused"]
Language = Literal["en", "zh"]

WEBHOOKS: Final[tuple[Kind, ...]] = ("webhook", "slack", "dingtalk", "wecom", "feishu")


class AlertRule(Base):
    """What is told of a job.

    ``late_minutes`` None: of what is late, only runs that take longer than usual are told.
    """

    __tablename__ = "alert_rule"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    failed: Mapped[bool] = mapped_column(default=True)
    recovered: Mapped[bool] = mapped_column(default=True)
    late: Mapped[bool] = mapped_column(default=False)
    late_minutes: Mapped[int | None]
    language: Mapped[Language] = mapped_column(String(2), default="en")
    muted_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AlertRecipient(Base):
    """Who is told of a job.

    ``address`` is what is shown of it; ``secret``, encrypted, what a webhook is reached by.
    ``target`` tells whether two are the same place.
    """

    __tablename__ = "alert_recipient"
    __table_args__ = (Index("uq_alert_recipient_job_id_target", "job_id", "target", unique=True),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    kind: Mapped[Kind] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(320), default="")
    target: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AlertIncident(Base):
    """That something is wrong with a job, from when on, and how often it was seen.

    ``since`` is the time of the schedule that it began with; ``told`` says that somebody was told.
    """

    __tablename__ = "alert_incident"
    __table_args__ = (
        # One of a cause at a time: what goes on is counted.
        Index(
            "uq_alert_incident_job_id_cause",
            "job_id",
            "cause",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    cause: Mapped[Cause] = mapped_column(String(8))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(default=1)
    told: Mapped[bool] = mapped_column(default=False)


class AlertWatch(Base):
    """A moment at which a job is looked at: whether a time has its success, a run its end."""

    __tablename__ = "alert_watch"
    __table_args__ = (Index("ix_alert_watch_job_id", "job_id"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    cause: Mapped[Cause] = mapped_column(String(8))
    run_id: Mapped[str | None] = mapped_column(String(12))
    scheduled_for: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AlertDelivery(Base):
    """Something to be told to one recipient, and what became of it.

    One that waits is tried at ``due_at``. What is sent in one message has the same ``batch``.
    ``facts`` are what it tells, as they were then. ``seen`` is of those in a bell.
    """

    __tablename__ = "alert_delivery"
    __table_args__ = (
        Index("ix_alert_delivery_job_id_number", "job_id", "number"),
        Index(
            "ix_alert_delivery_waiting",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_alert_delivery_bell",
            "owner",
            "number",
            sqlite_where=text("kind = 'bell'"),
            postgresql_where=text("kind = 'bell'"),
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(255))
    recipient_id: Mapped[str] = mapped_column(String(12))
    kind: Mapped[Kind] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(320))
    target: Mapped[str] = mapped_column(String(64))
    what: Mapped[What] = mapped_column(String(12))
    run_id: Mapped[str | None] = mapped_column(String(12))
    language: Mapped[Language] = mapped_column(String(2))
    facts: Mapped[dict[str, Any]] = mapped_column(WholeJson)
    batch: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[DeliveryState] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen: Mapped[bool] = mapped_column(default=False, server_default=false())
