"""What users do with jobs and runs. It knows no HTTP; what is not yours does not exist for you."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..clock import Clock, utc_now
from ..db import Database
from ..errors import BadRequest, Conflict, NotFound
from ..web.paging import Page
from . import deletion
from .alerts.core import Alerts, usual
from .backfill.core import Backfills
from .blobs import Snapshots
from .checks import check_parameters, damaged_job
from .cron import Cron, check_timezone
from .engine import Engine
from .firing import last_interval, new_run, next_time, sample
from .intervals import is_too_frequent
from .models import ACTIVE, Job, Run
from .notebooks import parse_notebook
from .queries import (
    Viewer,
    newest_runs,
    older_than,
    refuse_crowd,
    sort_key,
    visible_job,
    visible_run,
)
from .readiness.core import Dependencies
from .readiness.jobs import check_after
from .reruns import Reruns
from .sharing.outbox import Outbox, take_back
from .sharing.pages import NoPages, SharePages
from .templates import has_templates, rendered

#: Fields of a job that may be without a value, and those that its times and intervals come from.
_NULLABLE = {"cron", "share_id", "timeout_s", "starts_at", "ends_at"}
_OF_TIMES = {"cron", "timezone", "enabled", "interval", "starts_at", "ends_at"}
#: How long a job's deletion waits for its cancelled runs, in seconds.
DELETE_WAIT_S = 30.0


@dataclass(frozen=True)
class JobView:
    """A job with its newest runs, newest first."""

    job: Job
    runs: Sequence[Run]

    @property
    def last_run(self) -> Run | None:
        """The newest run."""
        return self.runs[0] if self.runs else None


class Schedules:
    """Jobs and runs of all users.

    Parameters
    ----------
    database
        The database of schedules, at its newest schema.
    engine
        Runs the jobs.
    snapshots
        The notebooks of jobs.
    clock
        Gives the time.
    share_pages
        The pages that runs may be put on. None: there is no gallery.
    alerts
        What is told of jobs. None: in bells alone.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        snapshots: Snapshots,
        clock: Clock = utc_now,
        share_pages: SharePages | None = None,
        alerts: Alerts | None = None,
    ) -> None:
        self.database = database
        self.engine = engine
        self.snapshots = snapshots
        self.clock = clock
        self.outbox = Outbox(database, clock)
        self.share_pages: SharePages = share_pages or NoPages()
        self.alerts = alerts or Alerts(database, clock)
        self.backfills = Backfills(database, clock, engine.wake_threadsafe)
        self.dependencies = Dependencies(database)
        self.reruns = Reruns(
            database,
            clock,
            lambda job: self._notebook(job.notebook_digest),
            engine.wake_threadsafe,
        )
        # Between the look for a snapshot's last job and its removal, nobody may refer to it.
        self._snapshots_lock = threading.Lock()

    # Jobs

    def create_job(self, owner: str, values: Mapping[str, Any]) -> JobView:
        """Make a job of `values`: the fields of `wire.NewJob`.

        Raises
        ------
        BadRequest
            The notebook, the parameters, the schedule or the time zone are not valid, or there is
            no such folder or kernel.
        """
        notebook, now = values["notebook"], self.clock()
        job = Job(
            owner=owner,
            **{name: value for name, value in values.items() if name != "notebook"},
            created_at=now,
            updated_at=now,
        )
        job.cron, job.next_run_at = self._times(job, now)
        with self.database.read() as session:
            check_after(session, job)
        check_parameters(notebook, rendered(job.parameters, sample(job, now)))
        self.engine.executor.check(owner, values["notebook_path"], notebook["metadata"])
        with self._snapshots_lock:
            job.notebook_digest = self.snapshots.put(notebook)
            with self.database.write() as session:
                session.add(job)
                usual(session, job, now)
        self.engine.wake_threadsafe()
        return JobView(job, [])

    def jobs(
        self, owner: str | None, cursor: str | None, limit: int, *, recent: int = 1
    ) -> Page[JobView]:
        """Return a page of jobs, newest first, each with its `recent` newest runs.

        Parameters
        ----------
        owner
            Whose; None: everybody's.
        cursor
            Where the page begins; None: the first.
        limit
            How many jobs.
        recent
            How many runs of each.
        """
        query = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit + 1)
        if owner is not None:
            query = query.where(Job.owner == owner)
        if cursor is not None:
            query = query.where(older_than(Job, cursor))
        with self.database.read() as session:
            page = Page.cut(session.scalars(query).all(), limit, sort_key)
            runs = newest_runs(session, [job.id for job in page.items], recent)
        return Page([JobView(job, runs[job.id]) for job in page.items], page.next_cursor)

    def owners(self) -> list[str]:
        """Return the names of all who have jobs."""
        with self.database.read() as session:
            return list(session.scalars(select(Job.owner).distinct().order_by(Job.owner)))

    def job(self, viewer: Viewer, job_id: str, *, recent: int = 1) -> JobView:
        """Return a job.

        Raises
        ------
        NotFound
            There is none of that id for the viewer.
        """
        with self.database.read() as session:
            job = visible_job(session, viewer, job_id)
            return JobView(job, newest_runs(session, [job.id], recent)[job.id])

    def change_job(self, viewer: Viewer, job_id: str, changes: Mapping[str, Any]) -> JobView:
        """Change the fields of a job that `changes` names, all or none.

        Raises
        ------
        NotFound, BadRequest
            As `job` and `create_job`.
        """
        empty = [name for name, value in changes.items() if value is None and name not in _NULLABLE]
        if empty:
            raise BadRequest(
                "invalid_body", f'The field "{empty[0]}" can\'t be null; leave it out.'
            )
        now = self.clock()
        with self._snapshots_lock, self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            before = job.notebook_digest
            if changes.get("share_id", job.share_id) != job.share_id:
                take_back(session, job.id)
            for name, value in changes.items():
                if name != "notebook":
                    setattr(job, name, value)
            if changes.keys() & _OF_TIMES:
                job.cron, job.next_run_at = self._times(job, now)
            if changes.keys() & {"after", "cron"}:
                check_after(session, job)
            # What its parameters say of times has to be so of its other times as well.
            named = has_templates(job.parameters) and changes.keys() & _OF_TIMES
            if "notebook" in changes or "parameters" in changes or named:
                notebook = changes.get("notebook") or self._notebook(before)
                check_parameters(notebook, rendered(job.parameters, sample(job, now)))
                if "notebook" in changes:
                    self.engine.executor.check(job.owner, job.notebook_path, notebook["metadata"])
                    job.notebook_digest = self.snapshots.put(notebook)
            job.updated_at = now
            session.flush()
            if before != job.notebook_digest:
                self._drop_unused(session, [before])
            runs = newest_runs(session, [job.id], 1)[job.id]
        self.engine.wake_threadsafe()
        return JobView(job, runs)

    async def delete_job(self, viewer: Viewer, job_id: str, *, force: bool = False) -> None:
        """Delete a job, its runs and all they left.

        Raises
        ------
        NotFound
            There is none of that id for the viewer.
        Conflict
            A run of it waits or runs, and `force` is not set, or the run does not end.
        """
        for run_id in await asyncio.to_thread(self._pause_for_deletion, viewer, job_id, force):
            await self.engine.cancel(run_id)
            await self.engine.ended(run_id, DELETE_WAIT_S)
        for run_id in await asyncio.to_thread(self._runs_to_delete, viewer, job_id):
            await self.engine.remove(run_id)
        await asyncio.to_thread(self._delete, viewer, job_id)
        self.engine.wake()

    def _pause_for_deletion(self, viewer: Viewer, job_id: str, force: bool) -> Sequence[str]:
        with self.database.write() as session:
            return deletion.pause(session, viewer, job_id, force=force)

    def _runs_to_delete(self, viewer: Viewer, job_id: str) -> Sequence[str]:
        with self.database.read() as session:
            return deletion.ended_runs(session, viewer, job_id)

    def _delete(self, viewer: Viewer, job_id: str) -> None:
        with self._snapshots_lock, self.database.write() as session:
            self._drop_unused(session, deletion.delete_rows(session, viewer, job_id))

    # Runs

    def runs(self, viewer: Viewer, job_id: str, cursor: str | None, limit: int) -> Page[Run]:
        """Return a page of a job's runs, newest first."""
        query = select(Run).where(Run.job_id == job_id)
        if cursor is not None:
            query = query.where(older_than(Run, cursor))
        query = query.order_by(Run.created_at.desc(), Run.id.desc()).limit(limit + 1)
        with self.database.read() as session:
            visible_job(session, viewer, job_id)
            return Page.cut(session.scalars(query).all(), limit, sort_key)

    def run(self, viewer: Viewer, run_id: str) -> Run:
        """Return a run.

        Raises
        ------
        NotFound
            There is none of that id for the viewer.
        """
        with self.database.read() as session:
            return visible_run(session, viewer, run_id)

    def run_now(self, viewer: Viewer, job_id: str, parameters: Mapping[str, Any]) -> Run:
        """Queue a run of a job, paused or not; the engine starts it as soon as it may.

        Parameters
        ----------
        viewer
            Who asks.
        job_id
            The job.
        parameters
            Laid over the parameters of the job.

        Raises
        ------
        NotFound
            There is no such job for the viewer.
        BadRequest
            The notebook has no such parameters.
        Conflict
            Too many runs of the job wait already.
        """
        now = self.clock()
        with self._snapshots_lock, self.database.write() as session:
            job = visible_job(session, viewer, job_id)
            if not isinstance(job.parameters, dict):
                raise damaged_job()
            values = {**job.parameters, **parameters}
            interval = last_interval(job, now)
            run = new_run(job, "manual", now, now, values, interval)
            if parameters:
                check_parameters(self._notebook(job.notebook_digest), run.parameters)
            refuse_crowd(session, job)
            session.add(run)
        self.engine.wake_threadsafe()
        return run

    async def cancel_run(self, viewer: Viewer, run_id: str) -> Run:
        """Cancel a run and return it; one that runs ends a moment later.

        Raises
        ------
        NotFound
            There is no such run for the viewer.
        Conflict
            It has ended already.
        """
        run = await asyncio.to_thread(self.run, viewer, run_id)
        if run.state in ("succeeded", "failed"):
            raise Conflict("run_ended", f"The run can't be cancelled: it has {run.state} already.")
        return await self.engine.cancel(run_id) or run

    async def notebook(self, viewer: Viewer, run_id: str) -> bytes:
        """Return the executed notebook of a run as JSON.

        Raises
        ------
        NotFound
            There is no such run for the viewer, or no notebook of it.
        """
        run = await asyncio.to_thread(self.run, viewer, run_id)
        content = await self.engine.executor.notebook(run.id)
        if content is None or await asyncio.to_thread(parse_notebook, content) is None:
            raise NotFound(
                "no_notebook",
                "The run has no executed notebook"
                + ("; look again when it has ended." if run.state in ACTIVE else "."),
            )
        return content

    async def unfinished(self, run: Run) -> bytes | None:
        """Return as JSON what a run without an executed notebook has done; None: nobody can say."""
        return None if run.state == "queued" else await self.engine.executor.unfinished(run.id)

    async def log(self, viewer: Viewer, run_id: str, limit: int) -> str:
        """Return the last `limit` bytes of a run's log as text."""
        run = await asyncio.to_thread(self.run, viewer, run_id)
        content = await self.engine.executor.log(run.id, limit)
        text = content.decode("utf-8", "replace")
        if len(content) < limit:
            return text
        return f"[The log is longer; these are its last {limit // 1024} KiB.]\n{text}"

    # Pieces

    def _times(self, job: Job, now: datetime) -> tuple[str | None, datetime | None]:
        """Return the schedule of a job in its plain form, and its next time."""
        check_timezone(job.timezone)
        if job.cron is None:
            return None, None
        cron = Cron.parse(job.cron, job.timezone)
        if job.starts_at and job.ends_at and job.starts_at >= job.ends_at:
            raise BadRequest("ends_too_early", "The job ends before it begins; change one of them.")
        if is_too_frequent(cron, job.interval, now):
            raise BadRequest(
                "too_frequent",
                f"The schedule comes more than once in a {job.interval}, so a run would stand for "
                "no time; choose a shorter interval, or the one from a time to the next.",
            )
        return cron.expression, next_time(job, cron, now) if job.enabled else None

    def _notebook(self, digest: str) -> dict[str, Any]:
        return parse_notebook(self.snapshots.get(digest)) or {}

    def _drop_unused(self, session: Session, digests: Iterable[str]) -> None:
        for digest in digests:
            of_job = select(Job.id).where(Job.notebook_digest == digest).limit(1)
            of_run = (
                select(Run.id).where(Run.notebook_digest == digest, Run.state.in_(ACTIVE)).limit(1)
            )
            if session.scalar(of_job) is None and session.scalar(of_run) is None:
                self.snapshots.drop(digest)
