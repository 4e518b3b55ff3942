"""The tables of schedules."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base as SharedBase
from ..db import UtcDateTime
from ..db.engine import WholeJson, naming_metadata
from .intervals import Unit

RunState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Trigger = Literal["schedule", "manual", "backfill"]
"""A time of the schedule, a person who asked for a run, or one who asked for a range of times."""
CatchUp = Literal["latest", "one", "all", "none"]
"""Of the times that were missed: a run of the latest alone, one for all of them, one for each, or
none."""
ShareState = Literal["waiting", "shared", "refused"]
"""Of a run that is to be put on a share's page: not yet, it is, and never, for a reason."""

DAY_S: Final = 86_400
ACTIVE: Final = ("queued", "running")
ENDED: Final = ("succeeded", "failed", "cancelled")

_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_id() -> str:
    """Return an id of 12 characters that nobody guesses: 62 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class Base(SharedBase):
    """Base of the tables of schedules."""

    __abstract__ = True
    metadata = naming_metadata()


class Job(Base):
    """A notebook with parameters and, maybe, times at which it runs.

    ``next_run_at`` is None for a job without a schedule, a paused one, and one whose last time
    has passed. Each successful run becomes a version of the share ``share_id``, and where
    ``publish`` is set, of the share's pages in wikis.

    ``interval`` is a unit of `intervals.Unit`, ``catch_up`` one of `CatchUp`. A run that fails is
    tried again ``retries`` times, ``retry_s`` seconds later at first; one that takes longer than
    ``timeout_s`` seconds is ended. Nothing is fired before ``starts_at``, nor from ``ends_at`` on.
    A run waits until the jobs ``after``, by their ids, have succeeded for the time that it stands
    for, ``after_s`` seconds at most.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_owner_created_at_id", "owner", "created_at", "id"),
        Index("ix_job_next_run_at", "next_run_at"),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(200))
    notebook_path: Mapped[str] = mapped_column(Text)
    notebook_digest: Mapped[str] = mapped_column(String(64), index=True)
    cron: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    parameters: Mapped[dict[str, Any]] = mapped_column(WholeJson)
    enabled: Mapped[bool]
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    share_id: Mapped[str | None] = mapped_column(String(12))
    publish: Mapped[bool] = mapped_column(default=False, server_default=false())
    interval: Mapped[Unit] = mapped_column(String(8), default="times", server_default="times")
    catch_up: Mapped[CatchUp] = mapped_column(String(8), default="latest", server_default="latest")
    retries: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_s: Mapped[int] = mapped_column(default=60, server_default="60")
    timeout_s: Mapped[int | None]
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    after: Mapped[list[str]] = mapped_column(WholeJson, default=list, server_default="[]")
    after_s: Mapped[int] = mapped_column(default=DAY_S, server_default=str(DAY_S))


class Run(Base):
    """One run of a job.

    ``handle`` is what the executor needs to find the run again; ``lease_by`` names the service
    process that watches it, until ``lease_until``. ``share_state`` is None for a run that is put
    on no page; one that waits for it is tried at ``share_due_at``.

    It stands for ``interval_start`` up to ``interval_end``, None in a job without times. It waits
    until ``not_before`` at least; ``timed_out`` says that it is being ended for its `timeout_s`.
    Until the jobs ``after`` have succeeded for the same time it does not begin; where they have not
    by ``ready_by``, it fails.
    """

    __tablename__ = "run"
    __table_args__ = (
        # A time of a schedule is fired once, whatever else goes wrong.
        Index(
            "uq_run_job_id_scheduled_for_attempt",
            "job_id",
            "scheduled_for",
            "attempt",
            unique=True,
            sqlite_where=text("trigger = 'schedule'"),
            postgresql_where=text("trigger = 'schedule'"),
        ),
        # Never two runs of one job at a time.
        Index(
            "uq_run_job_id_running",
            "job_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_run_job_id_created_at_id", "job_id", "created_at", "id"),
        Index("ix_run_state", "state"),
        Index(
            "ix_run_share_waiting",
            "job_id",
            "created_at",
            sqlite_where=text("share_state = 'waiting'"),
            postgresql_where=text("share_state = 'waiting'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    owner: Mapped[str] = mapped_column(String(255))
    state: Mapped[RunState] = mapped_column(String(16), default="queued")
    trigger: Mapped[Trigger] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(default=1)
    late: Mapped[bool] = mapped_column(default=False)
    scheduled_for: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notebook_path: Mapped[str] = mapped_column(Text)
    notebook_digest: Mapped[str] = mapped_column(String(64), index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(WholeJson)
    cells_total: Mapped[int | None]
    cells_done: Mapped[int | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(WholeJson(none_as_null=True))
    handle: Mapped[dict[str, Any] | None] = mapped_column(WholeJson(none_as_null=True))
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    lease_by: Mapped[str | None] = mapped_column(String(255))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    share_id: Mapped[str | None] = mapped_column(String(12))
    publish: Mapped[bool] = mapped_column(default=False, server_default=false())
    share_state: Mapped[ShareState | None] = mapped_column(String(8))
    share_version: Mapped[int | None]
    share_message: Mapped[str] = mapped_column(Text, default="", server_default="")
    share_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    share_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    interval_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    interval_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    timeout_s: Mapped[int | None]
    timed_out: Mapped[bool] = mapped_column(default=False, server_default=false())
    after: Mapped[list[str]] = mapped_column(WholeJson, default=list, server_default="[]")
    ready_by: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BuiltInterval(Base):
    """Time that a run of a job has succeeded for; it stays when the run is forgotten."""

    __tablename__ = "built_interval"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    interval_end: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    run_id: Mapped[str] = mapped_column(String(12))
    built_at: Mapped[datetime] = mapped_column(UtcDateTime)
