"""Routes of jobs, runs and cron expressions."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from pydantic import Field
from tornado import web

from ..handlers import Body, LodgeHandler

SCHEDULES = "lodge-schedules"


class JobRequest(Body):
    """A notebook to be scheduled; without ``cron`` it runs when asked to."""

    path: str = Field(min_length=1, max_length=4096)
    name: str = Field(min_length=1)
    cron: str | None = None
    timezone: str = "UTC"
    parameters: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True
    share_id: str | None = None
    publish: bool = False
    interval: str = "times"
    catch_up: str = "latest"
    retries: int = 0
    retry_s: int = 60
    timeout_s: int | None = None
    starts_at: str | None = None
    ends_at: str | None = None


class JobChange(Body):
    """What is to change about a job; with ``path`` also the notebook."""

    path: str | None = Field(None, min_length=1, max_length=4096)
    name: str | None = None
    cron: str | None = None
    timezone: str | None = None
    parameters: dict[str, Any] | None = None
    enabled: bool | None = None
    share_id: str | None = None
    publish: bool | None = None
    interval: str | None = None
    catch_up: str | None = None
    retries: int | None = None
    retry_s: int | None = None
    timeout_s: int | None = None
    starts_at: str | None = None
    ends_at: str | None = None


class RunRequest(Body):
    """A run now."""

    parameters: dict[str, Any] = Field(default_factory=dict)


class JobsHandler(LodgeHandler):
    """The user's jobs."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return a page of them."""
        await self.answer(self.cores.schedule.jobs(self.given("cursor", "limit")))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Make one."""
        wanted = self.body(JobRequest)
        job = wanted.model_dump(exclude={"path"})
        await self.answer(self.cores.schedule.create(wanted.path, job), status=201)


class JobHandler(LodgeHandler):
    """One job."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Return it."""
        await self.answer(self.cores.schedule.job(job_id))

    @web.authenticated
    @authorized
    async def patch(self, job_id: str) -> None:
        """Change it."""
        wanted = self.body(JobChange)
        change = wanted.model_dump(exclude={"path"}, exclude_unset=True)
        await self.answer(self.cores.schedule.change(job_id, change, wanted.path))

    @web.authenticated
    @authorized
    async def delete(self, job_id: str) -> None:
        """Delete it."""
        await self.answer(self.cores.schedule.delete(job_id, self.given("force")))


class JobRunsHandler(LodgeHandler):
    """The runs of a job."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Return a page of them."""
        await self.answer(self.cores.schedule.runs(job_id, self.given("cursor", "limit")))

    @web.authenticated
    @authorized
    async def post(self, job_id: str) -> None:
        """Run it now."""
        wanted = self.body(RunRequest)
        await self.answer(self.cores.schedule.run_now(job_id, wanted.parameters), status=201)


class RunHandler(LodgeHandler):
    """One run."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Return it."""
        await self.answer(self.cores.schedule.run(run_id))


class RunCancelHandler(LodgeHandler):
    """The end of a run, before its own."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        """Cancel it."""
        await self.answer(self.cores.schedule.cancel(run_id))


class AlertsHandler(LodgeHandler):
    """What is told of the user's schedules."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the alerts that they have not seen."""
        await self.answer(self.cores.schedule.alerts(self.given("language")))


class CronHandler(LodgeHandler):
    """Cron expressions in words."""

    auth_resource = SCHEDULES

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return the words and the next times."""
        query = self.given("expression", "timezone", "count", "language")
        await self.answer(self.cores.schedule.cron(query))


ROUTES: list[tuple[str, type[web.RequestHandler]]] = [
    (r"lodge/api/jobs", JobsHandler),
    (r"lodge/api/jobs/([\w-]+)", JobHandler),
    (r"lodge/api/jobs/([\w-]+)/runs", JobRunsHandler),
    (r"lodge/api/runs/([\w-]+)", RunHandler),
    (r"lodge/api/runs/([\w-]+)/cancel", RunCancelHandler),
    (r"lodge/api/alerts", AlertsHandler),
    (r"lodge/api/cron", CronHandler),
]
