"""The steps of a job's deletion, each within a transaction of its own.

First its runs are cancelled, then what they left is removed, then the rows go: a kill in between
leaves a job that is paused, and can be deleted again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..errors import Conflict
from .models import Job, Run
from .queries import Viewer, active_runs, refuse_active, visible_job


def pause(session: Session, viewer: Viewer, job_id: str, *, force: bool) -> Sequence[str]:
    """Let a job run no more; return the ids of its runs that have to be cancelled.

    Raises
    ------
    NotFound
        There is no such job for the viewer.
    Conflict
        A run of it waits or runs, and `force` is not set.
    """
    job = visible_job(session, viewer, job_id)
    active = active_runs(session, job.id)
    if active and not force:
        raise Conflict(
            "run_active",
            f"The job {job.name} can't be deleted while a run of it waits or runs; "
            "cancel the run, or delete with force.",
        )
    job.enabled, job.next_run_at = False, None
    return active


def ended_runs(session: Session, viewer: Viewer, job_id: str) -> Sequence[str]:
    """Return the ids of a job's runs, all of which have ended.

    Raises
    ------
    NotFound
        There is no such job for the viewer.
    Conflict
        One has not.
    """
    job = visible_job(session, viewer, job_id)
    refuse_active(session, job)
    return session.scalars(select(Run.id).where(Run.job_id == job.id)).all()


def delete_rows(session: Session, viewer: Viewer, job_id: str) -> set[str]:
    """Delete a job and its runs; return the digests of the notebooks that they had.

    Raises
    ------
    NotFound
        There is no such job for the viewer.
    Conflict
        A run of it has not ended.
    """
    job = visible_job(session, viewer, job_id)
    refuse_active(session, job)
    digests = {job.notebook_digest}
    digests |= set(session.scalars(select(Run.notebook_digest).where(Run.job_id == job.id)))
    session.execute(delete(Run).where(Run.job_id == job.id))
    session.execute(delete(Job).where(Job.id == job.id))
    return digests
