"""What is read of jobs and runs, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..errors import BadRequest, Conflict, NotFound
from ..web.paging import decode_cursor
from .models import ACTIVE, Job, Run

#: How many runs of a job that were asked for one by one may wait.
WAITING_LIMIT = 20


@dataclass(frozen=True)
class Viewer:
    """Who asks.

    Parameters
    ----------
    name
        The user.
    admin
        Whether the user may see and change what belongs to others.
    """

    name: str
    admin: bool = False

    def sees(self, owner: str) -> bool:
        """Tell whether things of `owner` exist for this viewer."""
        return self.admin or self.name == owner


def visible_job(session: Session, viewer: Viewer, job_id: str) -> Job:
    """Return a job that exists for the viewer, or raise `NotFound`."""
    job = session.get(Job, job_id)
    if job is None or not viewer.sees(job.owner):
        raise NotFound("no_such_job", "There is no such job; it may have been deleted.")
    return job


def visible_run(session: Session, viewer: Viewer, run_id: str) -> Run:
    """Return a run that exists for the viewer, or raise `NotFound`."""
    run = session.get(Run, run_id)
    if run is None or not viewer.sees(run.owner):
        raise NotFound("no_such_run", "There is no such run; its job may have been deleted.")
    return run


def active_runs(session: Session, job_id: str) -> Sequence[str]:
    """Return the ids of the runs of a job that wait or run."""
    return session.scalars(select(Run.id).where(Run.job_id == job_id, Run.state.in_(ACTIVE))).all()


def refuse_active(session: Session, job: Job) -> None:
    """Raise `Conflict` while a run of a job waits or runs."""
    if active_runs(session, job.id):
        raise Conflict(
            "run_active", f"The job {job.name} can't be deleted yet: a run of it is still ending."
        )


def refuse_crowd(session: Session, job: Job) -> None:
    """Raise `Conflict` where as many runs of a job wait as somebody may have asked for."""
    waiting = select(func.count()).where(
        Run.job_id == job.id, Run.state == "queued", Run.trigger == "manual"
    )
    if (session.scalar(waiting) or 0) >= WAITING_LIMIT:
        raise Conflict(
            "too_many_waiting",
            f"{WAITING_LIMIT} runs of {job.name} wait already; "
            "cancel some, or wait until they have run.",
        )


def newest_runs(session: Session, job_ids: Sequence[str], count: int) -> dict[str, list[Run]]:
    """Return the `count` newest runs of each job, newest first."""
    place = func.row_number().over(
        partition_by=Run.job_id, order_by=(Run.created_at.desc(), Run.id.desc())
    )
    ranked = select(Run, place.label("place")).where(Run.job_id.in_(job_ids)).subquery()
    found = aliased(Run, ranked)
    runs: dict[str, list[Run]] = {job_id: [] for job_id in job_ids}
    query = select(found).where(ranked.c.place <= count).order_by(ranked.c.place)
    for run in session.scalars(query):
        runs[run.job_id].append(run)
    return runs


def durations(session: Session, job_id: str, count: int) -> Sequence[float]:
    """Return how long a job's last `count` successful runs took, in seconds, newest first."""
    query = (
        select(Run.started_at, Run.ended_at)
        .where(Run.job_id == job_id, Run.state == "succeeded")
        .where(Run.started_at.is_not(None), Run.ended_at.is_not(None))
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(count)
    )
    return [
        max(0.0, (ended - started).total_seconds())
        for started, ended in session.execute(query)
        if started is not None and ended is not None
    ]


def sort_key(row: Job | Run) -> tuple[str, str]:
    """Return what lists of jobs and of runs are sorted by, newest first."""
    return row.created_at.isoformat(), row.id


def older_than(table: type[Job | Run], cursor: str) -> ColumnElement[bool]:
    """Return what holds for the rows after the one that `cursor` names, newest first."""
    moment, row_id = decode_cursor(cursor, 2)
    try:
        created_at = datetime.fromisoformat(moment)
        created_at.utctimetuple()
        if created_at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise BadRequest(
            "bad_cursor", "The cursor does not belong to this list; ask for its first page again."
        ) from None
    return or_(
        table.created_at < created_at, and_(table.created_at == created_at, table.id < row_id)
    )
