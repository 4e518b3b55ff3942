"""Runs that wait for other jobs to succeed for the time that they stand for.

A run of a week waits for all days of the week of a daily job; a run of a day waits for the week of
a weekly one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import BadRequest
from ..backfill.plan import covers, merged
from ..cron import Cron
from ..intervals import Interval, begin, interval_of, previous
from ..models import BuiltInterval, Job, Run

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Awaited:
    """A job that a run waits for.

    Attributes
    ----------
    id
        Of the job.
    name
        What it is called; "" where it is gone.
    """

    id: str
    name: str


def awaited(session: Session, runs: Iterable[Run]) -> dict[str, list[Awaited]]:
    """Return by the ids of runs which jobs have not succeeded yet for what they stand for.

    Runs that wait for nothing are left out.
    """
    waiting = [run for run in runs if isinstance(run.after, list) and run.after]
    if not waiting:
        return {}
    named = {str(one) for run in waiting for one in run.after}
    jobs = {one.id: one for one in session.scalars(select(Job).where(Job.id.in_(named)))}
    wanted = {
        (run.id, job_id): wanted_of(run, jobs[job_id])
        for run in waiting
        for job_id in run.after
        if job_id in jobs
    }
    since = min((one.start for one in wanted.values()), default=waiting[0].scheduled_for)
    built = _built(session, named, since)
    found: dict[str, list[Awaited]] = {}
    for run in waiting:
        for job_id in run.after:
            interval = wanted.get((run.id, job_id))
            if interval is None or not covers(built.get(job_id, ()), interval):
                name = jobs[job_id].name if job_id in jobs else ""
                found.setdefault(run.id, []).append(Awaited(job_id, name))
    return found


def wanted_of(run: Run, other: Job) -> Interval:
    """Return for which time another job has to have succeeded before a run begins.

    Where both stand for whole units, that is what the run stands for. A job that stands for what
    is between its times has none in common with others: there it is the other's last time before
    the run's own, and all back to where the run begins.
    """
    own = Interval(run.interval_start or run.scheduled_for, run.interval_end or run.scheduled_for)
    if other.cron is None or (other.interval != "times" and _is_whole(own, other)):
        return own
    cron = Cron.parse(other.cron, other.timezone)
    last = interval_of(previous(cron, run.scheduled_for + _MOMENT), cron, other.interval)
    return Interval(min(own.start, last.start), last.end)


def _is_whole(interval: Interval, job: Job) -> bool:
    """Tell whether an interval is one of whole units as a job's are, or of larger ones."""
    zone = ZoneInfo(job.timezone)
    ends = (interval.start, interval.end)
    return all(begin(one, job.interval, zone) == one for one in ends)


def too_late(run: Run, lacking: Sequence[Awaited], now: datetime) -> str:
    """Return why a run that lacks other jobs is given up; "" as long as it goes on waiting."""
    gone = [one for one in lacking if not one.name]
    if gone:
        return (
            "The run did not begin, since a job that it waits for was deleted; choose what the job "
            "waits for anew, then run it again."
        )
    if run.ready_by is None or now < run.ready_by:
        return ""
    names = ", ".join(one.name for one in lacking)
    return (
        f"The run did not begin, since its data is not ready: {names} did not succeed for the same "
        "time until the deadline; when that has run, run this again."
    )


def check_after(session: Session, job: Job) -> None:
    """Make sure that a job can wait for the jobs that it names.

    Raises
    ------
    BadRequest
        One is not there, or has no times, or waits for this job; or the job has no times itself.
    """
    if not job.after:
        return
    if job.cron is None:
        raise BadRequest(
            "no_times",
            "A job without times stands for no time, so it can't wait for others; give it a "
            "schedule, or let it wait for nothing.",
        )
    found = {
        one.id: one
        for one in session.scalars(select(Job).where(Job.id.in_(job.after), Job.owner == job.owner))
    }
    for name in job.after:
        other = found.get(name)
        if other is None:
            raise BadRequest(
                "no_such_job", f"There is no job {name} of the same owner to wait for."
            )
        if other.cron is None:
            raise BadRequest(
                "no_times",
                f"{other.name} has no schedule, so it is never said for which time it has "
                "succeeded; give it one.",
            )
    others = session.scalars(select(Job).where(Job.owner == job.owner)).all()
    if job.id is not None and job.id in _closure(_befores(others), job.after):
        raise BadRequest(
            "circle", "The jobs would wait for each other in a circle; leave one of them out."
        )


def waiting_for(session: Session, job: Job) -> Sequence[Job]:
    """Return the jobs of the same owner that wait for a job, by name."""
    others = session.scalars(select(Job).where(Job.owner == job.owner).order_by(Job.name)).all()
    return [one for one in others if isinstance(one.after, list) and job.id in one.after]


def candidates(session: Session, job: Job) -> Sequence[Job]:
    """Return the jobs that a job may wait for, by name."""
    others = session.scalars(
        select(Job)
        .where(Job.owner == job.owner, Job.id != job.id, Job.cron.is_not(None))
        .order_by(Job.name, Job.id)
    ).all()
    before = _befores(others)
    return [one for one in others if job.id not in _closure(before, [one.id])]


def _befores(jobs: Iterable[Job]) -> Mapping[str, Sequence[str]]:
    return {one.id: one.after for one in jobs if isinstance(one.after, list)}


def _closure(before: Mapping[str, Sequence[str]], jobs: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = list(jobs)
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += before.get(one, ())
    return found


def _built(
    session: Session, jobs: Collection[str], since: datetime
) -> Mapping[str, Sequence[Interval]]:
    query = select(
        BuiltInterval.job_id, BuiltInterval.interval_start, BuiltInterval.interval_end
    ).where(BuiltInterval.job_id.in_(jobs), BuiltInterval.interval_end > since)
    found: dict[str, list[Interval]] = {}
    for job_id, start, end in session.execute(query):
        found.setdefault(job_id, []).append(Interval(start, end))
    return {job_id: merged(intervals) for job_id, intervals in found.items()}
