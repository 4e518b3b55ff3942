"""The life of runs in the database: fired, claimed, watched, ended, forgotten.

Every method is one short transaction, safe to call from any thread, and safe against a second
service process on the same database: what must happen once is a conditional update or a unique
index, never a check followed by a write.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Update, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, aliased

from ..db import Database
from .alerts.guard import guarded
from .alerts.incidents import note_end
from .alerts.watches import watch_run, watch_times
from .cron import Cron
from .errors import BadCron, BadTimezone
from .executors.base import Handle
from .firing import due_runs, new_run, retry_of
from .intervals import Interval
from .models import ACTIVE, ENDED, Job, Run
from .outcome import Outcome
from .sharing.outbox import wait_for_page

log = logging.getLogger(__name__)

#: How many runs are forgotten at a time; what is left is forgotten after the next run.
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True)
class Lease:
    """Who watches a run, and until when others may rely on it."""

    by: str
    until: datetime


class Ledger:
    """Runs and the times of jobs.

    Parameters
    ----------
    database
        The database of schedules.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def fire_due(self, now: datetime) -> list[str]:
        """Queue a run for every job whose time has come; return the ids of the runs.

        What comes of the times that a job missed, its ``catch_up`` says. A job that has a scheduled
        run waiting gets no second one, but for the catch-up of all times: the waiting one stands
        for the new time then, or for both. A job that can't be read is paused, and keeps none of
        the others from its time.
        """
        with self.database.read() as session:
            due = session.scalars(
                select(Job)
                .where(Job.enabled, Job.next_run_at <= now)
                .order_by(Job.next_run_at, Job.id)
            ).all()
        fired = [self._fire_or_pause(job, now) for job in due]
        return [run_id for runs in fired for run_id in runs]

    def _fire_or_pause(self, job: Job, now: datetime) -> list[str]:
        try:
            return self._fire(job, now)
        except (InterfaceError, OperationalError):
            raise  # the database is away, for all jobs
        except Exception:
            log.exception(
                "Job %s (%r) of %s can't be run and is paused", job.id, job.name, job.owner
            )
            with self.database.write() as session:
                session.execute(
                    update(Job).where(Job.id == job.id).values(enabled=False, next_run_at=None)
                )
            return []

    def _fire(self, job: Job, now: datetime) -> list[str]:
        try:
            cron = Cron.parse(job.cron or "", job.timezone)
        except (BadCron, BadTimezone) as error:
            # Only possible when the time zones of the machine changed under us.
            log.error("Job %s is paused: %s", job.id, error)
            self._advance(job, None, enabled=False)
            return []
        runs, following = due_runs(job, cron, now)
        times = [run.scheduled_for for run in runs]
        try:
            with self.database.write() as session:
                if not _changed(session, _to_next(job, following)):
                    return []
                if job.catch_up != "all" and runs:
                    runs = _beside_waiting(session, job, runs[0])
                session.add_all(runs)
                session.flush()
                with guarded(session, f"the times of job {job.id}"):
                    watch_times(session, job.id, times)
                return [run.id for run in runs]
        except IntegrityError:
            # This time was fired already, or the job is being deleted.
            self._advance(job, following, enabled=True)
            return []

    def _advance(self, job: Job, following: datetime | None, *, enabled: bool) -> None:
        with self.database.write() as session:
            session.execute(_to_next(job, following).values(enabled=enabled))

    def next_due(self, now: datetime) -> datetime | None:
        """Return the earliest time at which a job is due, or a run that failed is tried again."""
        job = select(func.min(Job.next_run_at)).where(Job.enabled)
        again = select(func.min(Run.not_before)).where(Run.state == "queued", Run.not_before > now)
        with self.database.read() as session:
            found = [session.scalar(one) for one in (job, again)]
        return min((one for one in found if one is not None), default=None)

    def ready(self, now: datetime) -> Sequence[Run]:
        """Return the waiting runs that may start, longest waiting first."""
        return [run for run in self.in_state("queued") if (run.not_before or now) <= now]

    def in_state(self, state: str) -> Sequence[Run]:
        """Return runs in a state, longest waiting first."""
        with self.database.read() as session:
            return session.scalars(
                select(Run).where(Run.state == state).order_by(Run.created_at, Run.id)
            ).all()

    def get(self, run_id: str) -> Run | None:
        """Return a run, or None."""
        with self.database.read() as session:
            return session.get(Run, run_id)

    def claim(self, run_id: str, lease: Lease, now: datetime) -> Run | None:
        """Make a waiting run a running one; None when it waits no longer, or its job has one."""
        other = aliased(Run)
        running = exists().where(other.job_id == Run.job_id, other.state == "running")
        try:
            with self.database.write() as session:
                claimed = _changed(
                    session,
                    update(Run)
                    .where(Run.id == run_id, Run.state == "queued", ~running)
                    .values(
                        state="running",
                        started_at=now,
                        lease_by=lease.by,
                        lease_until=lease.until,
                    ),
                )
                if not claimed:
                    return None
                run = session.get_one(Run, run_id)
                with guarded(session, f"run {run_id}"):
                    watch_run(session, run)
                return run
        except IntegrityError:
            return None

    def started(self, run_id: str, handle: Handle) -> None:
        """Write down how a run that was started is found again."""
        with self.database.write() as session:
            session.execute(update(Run).where(Run.id == run_id).values(handle=handle))

    def take(self, run: Run, lease: Lease) -> bool:
        """Take over a running run that nobody else has taken since it was read."""
        with self.database.write() as session:
            return _changed(
                session,
                update(Run)
                .where(
                    Run.id == run.id,
                    Run.state == "running",
                    Run.lease_by.is_not_distinct_from(run.lease_by),
                    Run.lease_until.is_not_distinct_from(run.lease_until),
                )
                .values(lease_by=lease.by, lease_until=lease.until),
            )

    def release(self, run_id: str) -> None:
        """Let go of a running run: whoever comes next may take it at once."""
        with self.database.write() as session:
            session.execute(
                update(Run).where(Run.id == run_id).values(lease_by=None, lease_until=None)
            )

    def beat(
        self, run_id: str, lease: Lease, cells_total: int | None, cells_done: int | None
    ) -> None:
        """Keep hold of a running run, and tell how far it is."""
        with self.database.write() as session:
            session.execute(
                update(Run)
                .where(Run.id == run_id, Run.state == "running")
                .values(
                    lease_by=lease.by,
                    lease_until=lease.until,
                    cells_total=cells_total,
                    cells_done=cells_done,
                )
            )

    def request_cancel(self, run_id: str, now: datetime) -> Run | None:
        """Cancel a waiting run; note the wish on a running one. Return the run."""
        with self.database.write() as session:
            session.execute(
                update(Run)
                .where(Run.id == run_id, Run.state == "queued")
                .values(state="cancelled", ended_at=now)
            )
            session.execute(
                update(Run)
                .where(Run.id == run_id, Run.state == "running")
                .values(cancel_requested=True)
            )
            return session.get(Run, run_id)

    def time_out(self, run_id: str) -> None:
        """Note that a running run is ended because it took too long."""
        with self.database.write() as session:
            session.execute(
                update(Run).where(Run.id == run_id, Run.state == "running").values(timed_out=True)
            )

    def finish(self, run_id: str, outcome: Outcome) -> bool:
        """End a run; False when it has ended already."""
        values: dict[str, Any] = {
            "state": outcome.state,
            "ended_at": outcome.ended_at,
            "error": outcome.error,
            "lease_by": None,
            "lease_until": None,
        }
        if outcome.cells_total is not None:
            values |= {"cells_total": outcome.cells_total, "cells_done": outcome.cells_done}
        with self.database.write() as session:
            ended = _changed(
                session,
                update(Run).where(Run.id == run_id, Run.state.in_(ACTIVE)).values(**values),
            )
            if ended and outcome.state == "succeeded":
                wait_for_page(session, run_id, outcome.ended_at)
            again = (
                ended
                and outcome.state == "failed"
                and _try_again(session, run_id, outcome.ended_at)
            )
            if ended:
                note_end(session, run_id, outcome.ended_at, final=not again)
            return ended

    def beyond(self, keep: int, job_id: str | None = None) -> Sequence[str]:
        """Return the ids of ended runs that are older than the last `keep` of their job."""
        place = func.row_number().over(
            partition_by=Run.job_id, order_by=(Run.created_at.desc(), Run.id.desc())
        )
        # One that is yet to be put on a page has to be there for it.
        ended = select(Run.id, place.label("place")).where(
            Run.state.in_(ENDED), Run.share_state.is_distinct_from("waiting")
        )
        if job_id is not None:
            ended = ended.where(Run.job_id == job_id)
        ranked = ended.subquery()
        with self.database.read() as session:
            return session.scalars(
                select(ranked.c.id)
                .where(ranked.c.place > keep)
                .order_by(ranked.c.place.desc())
                .limit(FORGOTTEN_AT_ONCE)
            ).all()

    def forget(self, run_ids: Sequence[str]) -> None:
        """Delete ended runs."""
        with self.database.write() as session:
            session.execute(delete(Run).where(Run.id.in_(run_ids), Run.state.in_(ENDED)))


def _try_again(session: Session, run_id: str, now: datetime) -> bool:
    """Have a run that failed tried again; tell whether it is."""
    run = session.get_one(Run, run_id, populate_existing=True)
    job = session.get(Job, run.job_id)
    retry = None if job is None else retry_of(run, job, now)
    if retry is not None:
        session.add(retry)
    return retry is not None


def _beside_waiting(session: Session, job: Job, run: Run) -> list[Run]:
    """Return what is to be added where a run of the schedule may wait already."""
    waiting = session.scalars(
        select(Run)
        .where(
            Run.job_id == job.id,
            Run.state == "queued",
            Run.trigger == "schedule",
            Run.attempt == 1,
        )
        .with_for_update()
    ).first()
    if waiting is None:
        return [run]
    if job.catch_up == "one" and waiting.interval_start is not None:
        both = Interval(waiting.interval_start, run.interval_end or run.scheduled_for)
        run = new_run(job, "schedule", run.scheduled_for, run.created_at, interval=both)
    if job.catch_up != "none":
        for name in ("scheduled_for", "interval_start", "interval_end", "parameters"):
            setattr(waiting, name, getattr(run, name))
        waiting.late = True
    return []


def _to_next(job: Job, following: datetime | None) -> Update:
    """Move a job to its next time, unless somebody did since it was read."""
    return (
        update(Job)
        .where(Job.id == job.id, Job.enabled, Job.next_run_at == job.next_run_at)
        .values(next_run_at=following)
    )


def _changed(session: Session, statement: Update) -> bool:
    """Run an update; tell whether it found its row."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return bool(cast("CursorResult[Any]", result).rowcount)
