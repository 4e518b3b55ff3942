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

from sqlalchemy import CursorResult, Update, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from ..db import Database
from .alerts.guard import guarded
from .alerts.incidents import note_end
from .alerts.watches import watch_run
from .backfill.core import note_built
from .due import Due
from .executors.base import Handle
from .firing import retry_of
from .models import ACTIVE, ENDED, Job, Run
from .outcome import Outcome, failure
from .readiness.jobs import awaited, too_late
from .sharing.outbox import wait_for_page

log = logging.getLogger(__name__)

#: How many runs are forgotten at a time; what is left is forgotten after the next run.
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True)
class Waiting:
    """What has to be known of a run that waits, to choose the next."""

    id: str
    job_id: str
    owner: str
    trigger: str


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
        self._due = Due(database)

    def fire_due(self, now: datetime) -> list[str]:
        """Queue a run for every job whose time has come; see `Due.fire`."""
        return self._due.fire(now)

    def next_due(self, now: datetime) -> datetime | None:
        """Return the earliest time at which a job is due, or a run that failed is tried again."""
        job = select(func.min(Job.next_run_at)).where(Job.enabled)
        again = select(func.min(Run.not_before)).where(Run.state == "queued", Run.not_before > now)
        with self.database.read() as session:
            found = [session.scalar(one) for one in (job, again)]
        return min((one for one in found if one is not None), default=None)

    def ready(self, now: datetime) -> Sequence[Waiting]:
        """Return the waiting runs that may start, longest waiting first.

        Those that wait for other jobs in vain are ended.
        """
        # They may be many, and are looked at whenever one ends: no more of them than is needed.
        query = (
            select(Run.id, Run.job_id, Run.owner, Run.trigger)
            .where(Run.state == "queued", or_(Run.not_before.is_(None), Run.not_before <= now))
            .order_by(Run.created_at, Run.id)
        )
        dependent = select(Run).where(Run.state == "queued", Run.ready_by.is_not(None))
        with self.database.read() as session:
            found = [Waiting(*row) for row in session.execute(query)]
            runs = session.scalars(dependent).all()
            lacking = awaited(session, runs)
        for run in runs:
            if run.id in lacking and (why := too_late(run, lacking[run.id], now)):
                log.info("Run %s is given up: %s", run.id, why)
                self.finish(run.id, failure(why, now), again=False)
        return [run for run in found if run.id not in lacking]

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

    def finish(self, run_id: str, outcome: Outcome, *, again: bool = True) -> bool:
        """End a run; False when it has ended already.

        Parameters
        ----------
        run_id
            The run.
        outcome
            How it ends.
        again
            Whether one that fails may be tried again.
        """
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
                run = session.get_one(Run, run_id, populate_existing=True)
                note_built(session, run, outcome.ended_at)
            retried = (
                ended
                and again
                and outcome.state == "failed"
                and _try_again(session, run_id, outcome.ended_at)
            )
            if ended:
                note_end(session, run_id, outcome.ended_at, final=not retried)
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


def _changed(session: Session, statement: Update) -> bool:
    """Run an update; tell whether it found its row."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return bool(cast("CursorResult[Any]", result).rowcount)
