"""Runs for a range of past times, in the database. Knows no HTTP.

Of the intervals that runs have succeeded for a note is kept, since runs themselves are forgotten.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ...clock import Clock
from ...db import Database
from ...errors import BadRequest, Conflict
from ..checks import damaged_job
from ..cron import Cron
from ..firing import new_run
from ..intervals import Interval
from ..models import ACTIVE, BuiltInterval, Job, Run
from ..queries import Viewer, durations, visible_job
from .plan import MOST, Piece, pieces

#: Of how many runs the last durations are looked at.
KNOWN = 20
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Range:
    """What is asked for.

    Attributes
    ----------
    wanted
        The time.
    again
        Whether what is done already is run once more.
    together
        Whether one run stands for all of it.
    """

    wanted: Interval
    again: bool = False
    together: bool = False


@dataclass(frozen=True)
class Plan:
    """What a range comes to.

    Attributes
    ----------
    pieces
        Its intervals.
    runs
        What each run would stand for, with the schedule's time of it.
    seconds
        How long all runs take together, as far as the job's last ones tell; None where none do.
    """

    pieces: Sequence[Piece]
    runs: Sequence[tuple[datetime, Interval]]
    seconds: float | None


class Backfills:
    """Ranges of past times of all jobs.

    Parameters
    ----------
    database
        Of schedules.
    clock
        Gives the time.
    wake
        Tells the engine that something waits; called from any thread.
    """

    def __init__(self, database: Database, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    def plan(self, viewer: Viewer, job_id: str, asked: Range) -> Plan:
        """Return what a range comes to; nothing is changed.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        BadRequest
            The job has no times, or the range is empty or too long.
        """
        with self._database.read() as session:
            return _plan(session, visible_job(session, viewer, job_id), asked, self._clock())

    def start(self, viewer: Viewer, job_id: str, asked: Range) -> Plan:
        """Queue the runs of a range; the same that wait already are not queued twice.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        BadRequest
            The job has no times, or the range is empty or too long.
        Conflict
            Nothing is left to run, or too many runs of the job wait.
        """
        now = self._clock()
        with self._database.write() as session:
            job = visible_job(session, viewer, job_id)
            if not isinstance(job.parameters, dict):
                raise damaged_job()
            found = _plan(session, job, asked, now)
            if not found.runs:
                raise Conflict(
                    "nothing_to_run",
                    "All of this range has run, or waits to; ask for it again to run it once more.",
                )
            queued = select(Run.id).where(Run.job_id == job.id, Run.state == "queued")
            if len(session.scalars(queued).all()) + len(found.runs) > MOST:
                raise Conflict(
                    "too_many_waiting",
                    f"No more than {MOST:,} runs of a job may wait; take a shorter range, or wait "
                    "until some have run.",
                )
            # They run in the order in which they began to wait.
            session.add_all(
                new_run(job, "backfill", time, now + number * _MOMENT, interval=interval)
                for number, (time, interval) in enumerate(found.runs)
            )
        self._wake()
        return found

    def waiting(self, job_id: str) -> int:
        """Return how many runs of ranges wait; whose to see the job is, is checked before."""
        query = select(func.count()).where(
            Run.job_id == job_id, Run.trigger == "backfill", Run.state == "queued"
        )
        with self._database.read() as session:
            return session.scalar(query) or 0

    def cancel(self, viewer: Viewer, job_id: str) -> int:
        """Cancel the runs of ranges that wait, not one that runs; return how many they were.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        """
        with self._database.write() as session:
            job = visible_job(session, viewer, job_id)
            waiting = select(Run.id).where(
                Run.job_id == job.id, Run.trigger == "backfill", Run.state == "queued"
            )
            found = session.scalars(waiting).all()
            session.execute(
                update(Run)
                .where(Run.id.in_(waiting))
                .values(state="cancelled", ended_at=self._clock())
                .execution_options(synchronize_session=False)
            )
        self._wake()
        return len(found)


def note_built(session: Session, run: Run, now: datetime) -> None:
    """Note what a run that has succeeded stands for."""
    if run.interval_start is None or run.interval_end is None:
        return
    session.merge(
        BuiltInterval(
            job_id=run.job_id,
            interval_start=run.interval_start,
            interval_end=run.interval_end,
            run_id=run.id,
            built_at=now,
        )
    )


def _plan(session: Session, job: Job, asked: Range, now: datetime) -> Plan:
    if job.cron is None:
        raise BadRequest(
            "no_times",
            "The job has no times, so there is no range of them; run it now, with parameters.",
        )
    found = pieces(
        Cron.parse(job.cron, job.timezone),
        job.interval,
        asked.wanted,
        now,
        done=_built(session, job, asked.wanted),
        waiting=_waiting(session, job),
    )
    wanted = ("missing", "done") if asked.again else ("missing",)
    runs = [(one.time, one.interval) for one in found if one.state in wanted]
    if asked.together and runs:
        runs = [(runs[-1][0], Interval(runs[0][1].start, runs[-1][1].end))]
    usual = _usual(session, job)
    return Plan(found, runs, None if usual is None else usual * len(runs))


def _built(session: Session, job: Job, wanted: Interval) -> list[Interval]:
    query = select(BuiltInterval.interval_start, BuiltInterval.interval_end).where(
        BuiltInterval.job_id == job.id,
        BuiltInterval.interval_end > wanted.start,
        # An interval that begins before the range's end may go on after it.
        BuiltInterval.interval_start < wanted.end,
    )
    return [Interval(*row) for row in session.execute(query)]


def _waiting(session: Session, job: Job) -> list[Interval]:
    query = select(Run.interval_start, Run.interval_end).where(
        Run.job_id == job.id,
        Run.state.in_(ACTIVE),
        Run.interval_start.is_not(None),
        Run.interval_end.is_not(None),
    )
    return [Interval(start, end) for start, end in session.execute(query) if start and end]


def _usual(session: Session, job: Job) -> float | None:
    taken = durations(session, job.id, KNOWN)
    return statistics.median(taken) if taken else None
