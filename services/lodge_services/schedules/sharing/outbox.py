"""Runs that are yet to be put on a share's page, in the database.

What is to be done is written with the end of the run, in one transaction; that it is done, once
the service of shares has said so. Between the two a kill loses nothing, and what is sent twice is
put there once: the run's id tells.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from ...clock import Clock, utc_now
from ...db import Database
from ...errors import Conflict
from ..models import Job, Run
from ..queries import Viewer, visible_run

#: How long after a try that failed the next one comes: this, doubled with each, up to the longest.
SOON = timedelta(seconds=15)
LONGEST = timedelta(minutes=10)


def wait_for_page(session: Session, run_id: str, now: datetime) -> None:
    """Have a run that has succeeded put on the page that its job names; on none where it does not.

    In the transaction that ends the run.
    """
    run = session.get_one(Run, run_id, populate_existing=True)
    job = session.get(Job, run.job_id)
    if job is not None and job.share_id is not None:
        run.share_id, run.publish = job.share_id, job.publish
        run.share_state, run.share_due_at = "waiting", now


def take_back(session: Session, job_id: str) -> None:
    """Have no run of a job that still waits put on a page."""
    session.execute(
        update(Run)
        .where(Run.job_id == job_id, Run.share_state == "waiting")
        .values(share_state=None, share_id=None, share_message="", share_due_at=None)
    )


class Outbox:
    """The runs that wait.

    Parameters
    ----------
    database
        Of schedules.
    clock
        Gives the time.
    """

    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self.database = database
        self.clock = clock

    def next(self) -> tuple[Run, Job] | None:
        """Return the run that is to be put on its page next, whenever that is, with its job.

        Of one job the oldest comes first, so that the newest one leads in the end.
        """
        older = aliased(Run)
        before = exists().where(
            older.job_id == Run.job_id,
            older.share_state == "waiting",
            or_(
                older.created_at < Run.created_at,
                and_(older.created_at == Run.created_at, older.id < Run.id),
            ),
        )
        query = (
            select(Run, Job)
            .join(Job, Job.id == Run.job_id)
            .where(Run.share_state == "waiting", ~before)
            .order_by(Run.share_due_at, Run.id)
            .limit(1)
        )
        with self.database.read() as session:
            found = session.execute(query).first()
            return None if found is None else (found[0], found[1])

    def shared(self, run_id: str, version: int) -> None:
        """Note that a run is on its page, as a version of the share."""
        self._note(run_id, share_state="shared", share_version=version, share_message="")

    def refused(self, run_id: str, message: str) -> None:
        """Note that a run can't be put on its page, and why."""
        self._note(run_id, share_state="refused", share_message=message)

    def later(self, run: Run, message: str, *, tried: bool) -> None:
        """Note why a run could not be put on its page now; it is tried again.

        Parameters
        ----------
        run
            The run.
        message
            Why.
        tried
            Whether this counts among the tries after which it is given up.
        """
        tries = run.share_tries + tried
        pause = min(SOON * 2 ** min(run.share_tries, 10), LONGEST) if tried else SOON
        self._note(
            run.id,
            share_message=message,
            share_tries=tries,
            share_due_at=self.clock() + pause,
        )

    def again(self, viewer: Viewer, run_id: str) -> Run:
        """Have a run that was refused tried again.

        Raises
        ------
        NotFound
            There is no such run for the viewer.
        Conflict
            It was not refused.
        """
        with self.database.write() as session:
            run = visible_run(session, viewer, run_id)
            if run.share_state == "shared" or run.share_id is None:
                raise Conflict(
                    "not_refused",
                    "The run is on its page already."
                    if run.share_id
                    else "The run is not meant for a page.",
                )
            run.share_state, run.share_tries = "waiting", 0
            run.share_due_at = self.clock()
            return run

    def _note(self, run_id: str, **values: Any) -> None:
        with self.database.write() as session:
            session.execute(
                update(Run).where(Run.id == run_id, Run.share_state == "waiting").values(**values)
            )
