"""The API of schedules: parse, one call of the core, reply."""

from __future__ import annotations

from typing import cast

from ..clock import utc_now
from ..errors import Forbidden
from ..web.auth import Identity, scoped
from ..web.handlers import ApiHandler
from ..web.operations import operation
from ..web.paging import Page
from ..web.route import Route
from .core import JobView, Schedules
from .cron import Cron
from .models import Run
from .present import job_out, run_out
from .queries import Viewer
from .sharing.pages import SharePages
from .wire import (
    CronOut,
    CronQuery,
    DeleteQuery,
    JobChange,
    JobList,
    JobOut,
    JobsQuery,
    NewJob,
    NewRun,
    RunList,
    RunOut,
    RunsQuery,
)

READ = "custom:lodge-schedules:read"
WRITE = "custom:lodge-schedules:write"
ADMIN = "custom:lodge-schedules:admin"

#: How much of a log is sent, in bytes: its end.
LOG_LIMIT = 4 * 1024 * 1024


def viewer_of(user: Identity) -> Viewer:
    """Return what the core needs to know of who asks."""
    return Viewer(user.name, user.may(ADMIN))


def owner_asked(query: JobsQuery, viewer: Viewer) -> str | None:
    """Return whose jobs are asked for; None: everybody's.

    Raises
    ------
    Forbidden
        They are not for this viewer.
    """
    owner = None if query.all and not query.owner else query.owner or viewer.name
    if not (viewer.admin if owner is None else viewer.sees(owner)):
        raise Forbidden(
            "not_yours", "Only administrators see the jobs of others; leave owner and all out."
        )
    return owner


class SchedulesApiHandler(ApiHandler):
    """A handler that knows the core and who asks it."""

    @property
    def core(self) -> Schedules:
        """Jobs and runs."""
        return cast("Schedules", self.context.core)

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return viewer_of(self.user)

    @property
    def pages(self) -> SharePages:
        """The pages that runs may be put on."""
        return self.core.share_pages

    def job_out(self, view: JobView) -> JobOut:
        """Return the wire form of a job."""
        return job_out(view, self.context.hub.service_prefix)

    def run_out(self, run: Run) -> RunOut:
        """Return the wire form of a run."""
        return run_out(run, self.context.hub.service_prefix)


class JobsHandler(SchedulesApiHandler):
    """All jobs."""

    @scoped(WRITE)
    @operation("Schedule a notebook", body=NewJob, returns=JobOut, status=201)
    async def post(self, body: NewJob) -> JobOut:
        """Make a job."""
        if body.share_id is not None:
            await self.pages.find(self.user.name, body.share_id)
        values = {name: getattr(body, name) for name in type(body).model_fields}
        return self.job_out(await self.call(self.core.create_job, self.user.name, values))

    @scoped(READ)
    @operation("Jobs, newest first", query=JobsQuery, returns=JobList)
    async def get(self, query: JobsQuery) -> JobList:
        """List jobs."""
        owner = owner_asked(query, self.viewer)
        page: Page[JobView] = await self.call(self.core.jobs, owner, query.cursor, query.limit)
        return JobList(
            items=[self.job_out(view) for view in page.items], next_cursor=page.next_cursor
        )


class JobHandler(SchedulesApiHandler):
    """One job."""

    @scoped(READ)
    @operation("A job", returns=JobOut, errors=(404,))
    async def get(self, job_id: str) -> JobOut:
        """Return a job."""
        return self.job_out(await self.call(self.core.job, self.viewer, job_id))

    @scoped(WRITE)
    @operation("Change a job", body=JobChange, returns=JobOut, errors=(404,))
    async def patch(self, job_id: str, body: JobChange) -> JobOut:
        """Change what the body names."""
        changes = {name: getattr(body, name) for name in body.model_fields_set}
        if body.share_id is not None:
            view = await self.call(self.core.job, self.viewer, job_id)
            await self.pages.find(view.job.owner, body.share_id)
        return self.job_out(await self.call(self.core.change_job, self.viewer, job_id, changes))

    @scoped(WRITE)
    @operation(
        "Delete a job, its runs and their results", query=DeleteQuery, status=204, errors=(404, 409)
    )
    async def delete(self, job_id: str, query: DeleteQuery) -> None:
        """Delete a job."""
        await self.core.delete_job(self.viewer, job_id, force=query.force)


class JobRunsHandler(SchedulesApiHandler):
    """The runs of a job."""

    @scoped(WRITE)
    @operation("Run a job now", body=NewRun, returns=RunOut, status=201, errors=(404, 409))
    async def post(self, job_id: str, body: NewRun) -> RunOut:
        """Queue a run."""
        run = await self.call(self.core.run_now, self.viewer, job_id, body.parameters)
        return self.run_out(run)

    @scoped(READ)
    @operation("The runs of a job, newest first", query=RunsQuery, returns=RunList, errors=(404,))
    async def get(self, job_id: str, query: RunsQuery) -> RunList:
        """List runs."""
        page = await self.call(self.core.runs, self.viewer, job_id, query.cursor, query.limit)
        return RunList(
            items=[self.run_out(run) for run in page.items], next_cursor=page.next_cursor
        )


class RunHandler(SchedulesApiHandler):
    """One run."""

    @scoped(READ)
    @operation("A run", returns=RunOut, errors=(404,))
    async def get(self, run_id: str) -> RunOut:
        """Return a run."""
        return self.run_out(await self.call(self.core.run, self.viewer, run_id))


class RunNotebookHandler(SchedulesApiHandler):
    """What a run made of its notebook."""

    @scoped(READ)
    @operation("The executed notebook of a run", errors=(404,))
    async def get(self, run_id: str) -> bytes:
        """Return the notebook."""
        return await self.core.notebook(self.viewer, run_id)


class RunLogHandler(SchedulesApiHandler):
    """What a run's process wrote."""

    @scoped(READ)
    @operation("The end of a run's log", media_type="text/plain", errors=(404,))
    async def get(self, run_id: str) -> str:
        """Return the log."""
        return await self.core.log(self.viewer, run_id, LOG_LIMIT)


class RunCancelHandler(SchedulesApiHandler):
    """The end of a run before its time."""

    @scoped(WRITE)
    @operation("Cancel a run", returns=RunOut, errors=(404, 409))
    async def post(self, run_id: str) -> RunOut:
        """Cancel a run; one that runs ends a moment later."""
        return self.run_out(await self.core.cancel_run(self.viewer, run_id))


class RunRerunHandler(SchedulesApiHandler):
    """A run, once more."""

    @scoped(WRITE)
    @operation(
        "Run once more what a run stands for",
        body=NewRun,
        returns=RunOut,
        status=201,
        errors=(404, 409),
    )
    async def post(self, run_id: str, body: NewRun) -> RunOut:
        """Queue a run for the same time, with the job's notebook of now."""
        run = await self.call(self.core.reruns.rerun, self.viewer, run_id, body.parameters)
        return self.run_out(run)


class RunPageHandler(SchedulesApiHandler):
    """A run's way to its page."""

    @scoped(WRITE)
    @operation("Try again to put a run on its page", returns=RunOut, errors=(404, 409))
    async def post(self, run_id: str) -> RunOut:
        """Try again, as soon as it may be."""
        return self.run_out(await self.call(self.core.outbox.again, self.viewer, run_id))


class CronHandler(SchedulesApiHandler):
    """Schedules in words."""

    @scoped(READ)
    @operation("Explain a schedule", query=CronQuery, returns=CronOut)
    async def get(self, query: CronQuery) -> CronOut:
        """Return the schedule in words, and its next times."""
        return await self.call(_explain, query)


def _explain(query: CronQuery) -> CronOut:
    cron = Cron.parse(query.expression, query.timezone)
    return CronOut(
        expression=cron.expression,
        timezone=cron.timezone,
        description=cron.describe(query.language),
        next=[time.isoformat() for time in cron.upcoming(utc_now(), query.count)],
    )


API_ROUTES = [
    Route("api/jobs", JobsHandler, "jobs"),
    Route("api/jobs/{job_id}", JobHandler, "job"),
    Route("api/jobs/{job_id}/runs", JobRunsHandler, "job_runs"),
    Route("api/runs/{run_id}", RunHandler, "run"),
    Route("api/runs/{run_id}/notebook", RunNotebookHandler, "run_notebook"),
    Route("api/runs/{run_id}/log", RunLogHandler, "run_log"),
    Route("api/runs/{run_id}/cancel", RunCancelHandler, "run_cancel"),
    Route("api/runs/{run_id}/rerun", RunRerunHandler, "run_rerun"),
    Route("api/runs/{run_id}/page", RunPageHandler, "run_share_page"),
    Route("api/cron", CronHandler, "cron"),
]
