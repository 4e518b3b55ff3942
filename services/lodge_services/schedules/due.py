"""Firing the jobs whose time has come: many in one transaction, each by itself where one is bad.

A second service on the same database fires none of them twice: a job is moved to its next time in
the transaction that makes its runs, and a time of a schedule has one run.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import CursorResult, Update, bindparam, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from ..db import Database
from .alerts.guard import guarded
from .alerts.watches import watch_times
from .cron import Cron
from .errors import BadCron, BadTimezone
from .firing import due_runs, new_run
from .intervals import Interval
from .models import Job, Run

log = logging.getLogger(__name__)

#: Jobs that are fired in one transaction: others are not kept from the database for long.
TOGETHER = 500


class Due:
    """The times of jobs.

    Parameters
    ----------
    database
        The database of schedules.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def fire(self, now: datetime) -> list[str]:
        """Queue a run for every job whose time has come; return the ids of the runs.

        What comes of the times that a job missed, its ``catch_up`` says. A job that has a scheduled
        run waiting gets no second one, but for the catch-up of all times: the waiting one stands
        for the new time then, or for both. A job that can't be read is paused, and keeps none of
        the others from its time.
        """
        query = select(Job).where(Job.enabled, Job.next_run_at <= now)
        with self._database.read() as session:
            due = session.scalars(query.order_by(Job.next_run_at, Job.id)).all()
        fired: list[str] = []
        for first in range(0, len(due), TOGETHER):
            fired += self._fire_some(due[first : first + TOGETHER], now)
        return fired

    def _fire_some(self, jobs: Sequence[Job], now: datetime) -> list[str]:
        if len(jobs) > 1:
            try:
                return self._fire_all(jobs, now)
            except (InterfaceError, OperationalError):
                raise  # the database is away, for all jobs
            except Exception as error:
                log.info("Jobs are fired one by one: %s", error)
        return [run_id for job in jobs for run_id in self._fire_or_pause(job, now)]

    def _fire_all(self, jobs: Sequence[Job], now: datetime) -> list[str]:
        due = [(job, *due_runs(job, _cron(job), now)) for job in jobs]
        ids = [job.id for job in jobs]
        with self._database.write() as session:
            there = select(Job.id, Job.next_run_at).where(Job.id.in_(ids), Job.enabled)
            times = {one.id: one.next_run_at for one in session.execute(there.with_for_update())}
            waiting = _waiting(session, ids)
            made: list[Run] = []
            fired: dict[str, list[datetime]] = {}
            moved: list[dict[str, object]] = []
            for job, runs, following in due:
                if times.get(job.id) != job.next_run_at:
                    continue  # somebody has changed it since, or fired it
                moved.append({"moved": job.id, "following": following})
                fired[job.id] = [run.scheduled_for for run in runs]
                made += _beside(waiting.get(job.id), job, runs)
            if moved:
                table = Job.__table__
                session.connection().execute(
                    update(table)  # type: ignore[arg-type]
                    .where(table.c.id == bindparam("moved"))
                    .values(next_run_at=bindparam("following")),
                    moved,
                )
            session.add_all(made)
            session.flush()
            _watch(session, fired)
            return [run.id for run in made]

    def _fire_or_pause(self, job: Job, now: datetime) -> list[str]:
        try:
            return self._fire(job, now)
        except (InterfaceError, OperationalError):
            raise  # the database is away, for all jobs
        except Exception:
            log.exception(
                "Job %s (%r) of %s can't be run and is paused", job.id, job.name, job.owner
            )
            with self._database.write() as session:
                session.execute(
                    update(Job).where(Job.id == job.id).values(enabled=False, next_run_at=None)
                )
            return []

    def _fire(self, job: Job, now: datetime) -> list[str]:
        try:
            cron = _cron(job)
        except (BadCron, BadTimezone) as error:
            # Only possible when the time zones of the machine changed under us.
            log.error("Job %s is paused: %s", job.id, error)
            self._advance(job, None, enabled=False)
            return []
        runs, following = due_runs(job, cron, now)
        times = [run.scheduled_for for run in runs]
        try:
            with self._database.write() as session:
                if not _changed(session, _to_next(job, following)):
                    return []
                runs = _beside(_waiting(session, [job.id]).get(job.id), job, runs)
                session.add_all(runs)
                session.flush()
                _watch(session, {job.id: times})
                return [run.id for run in runs]
        except IntegrityError:
            # This time was fired already, or the job is being deleted.
            self._advance(job, following, enabled=True)
            return []

    def _advance(self, job: Job, following: datetime | None, *, enabled: bool) -> None:
        with self._database.write() as session:
            session.execute(_to_next(job, following).values(enabled=enabled))


def _watch(session: Session, fired: dict[str, list[datetime]]) -> None:
    with guarded(session, f"the times of {len(fired)} jobs"):
        watch_times(session, fired)


def _cron(job: Job) -> Cron:
    return Cron.parse(job.cron or "", job.timezone)


def _waiting(session: Session, job_ids: Sequence[str]) -> dict[str, Run]:
    """Return by their jobs the runs of schedules that wait."""
    found = session.scalars(
        select(Run)
        .where(
            Run.job_id.in_(job_ids),
            Run.state == "queued",
            Run.trigger == "schedule",
            Run.attempt == 1,
        )
        .order_by(Run.created_at.desc(), Run.id.desc())
        .with_for_update()
    )
    return {run.job_id: run for run in found}


def _beside(waiting: Run | None, job: Job, runs: Sequence[Run]) -> list[Run]:
    """Return what is to be added where a run of the schedule may wait already."""
    if not runs or waiting is None or job.catch_up == "all" or job.after:
        # One that waits for its data is not forgotten for the one after it.
        return list(runs)
    run = runs[0]
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
    return bool(cast("CursorResult[object]", result).rowcount)
