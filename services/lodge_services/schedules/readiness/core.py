"""What jobs and runs wait for, read for those who may see them. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from ...db import Database
from ..models import Job, Run
from ..queries import Viewer, visible_job
from .jobs import Awaited, awaited, candidates, waiting_for


class Dependencies:
    """Which job waits for which.

    Parameters
    ----------
    database
        Of schedules.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def candidates(self, viewer: Viewer, job_id: str) -> Sequence[Job]:
        """Return the jobs that a job may wait for, by name.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        """
        with self._database.read() as session:
            return candidates(session, visible_job(session, viewer, job_id))

    def around(self, viewer: Viewer, job_id: str) -> tuple[Sequence[Awaited], Sequence[Job]]:
        """Return what a job waits for, and the jobs that wait for it.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        """
        with self._database.read() as session:
            job = visible_job(session, viewer, job_id)
            before = job.after if isinstance(job.after, list) else []
            found = select(Job.id, Job.name).where(Job.id.in_(before))
            names = {one.id: one.name for one in session.execute(found)}
            return [Awaited(one, names.get(one, "")) for one in before], waiting_for(session, job)

    def lacking(self, run: Run) -> Sequence[Awaited]:
        """Return which jobs a run still waits for."""
        if run.state != "queued":
            return []
        with self._database.read() as session:
            return awaited(session, [run]).get(run.id, [])
