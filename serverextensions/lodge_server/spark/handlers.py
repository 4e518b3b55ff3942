"""Routes of the user's Spark sessions."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..errors import BadInput
from ..handlers import LodgeHandler
from .ui import ROUTES as UI_ROUTES

SPARK = "lodge-spark"
DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class _ListHandler(LodgeHandler):
    def limit(self) -> int:
        """Return how many the page wants, 1 to 100."""
        text = self.get_query_argument("limit", str(DEFAULT_LIMIT))
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
            raise BadInput("bad_request", f"limit: a number from 1 to {MAX_LIMIT} is wanted.")
        return int(text)


class SessionsHandler(LodgeHandler):
    """The running sessions."""

    auth_resource = SPARK

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return them with executors and running jobs."""
        await self.answer(self.cores.spark.sessions())


class JobsHandler(_ListHandler):
    """The jobs of a session."""

    auth_resource = SPARK

    @web.authenticated
    @authorized
    async def get(self, application: str) -> None:
        """Return the newest with their stages."""
        await self.answer(self.cores.spark.jobs(application, self.limit()))


class JobCancelHandler(LodgeHandler):
    """The end of a job, before its own."""

    auth_resource = SPARK

    @web.authenticated
    @authorized
    async def post(self, application: str, job_id: str) -> None:
        """Cancel it."""
        if not job_id.isascii() or not job_id.isdigit():
            raise BadInput("bad_request", f"{job_id} is no job's number.")
        await self.answer(self.cores.spark.cancel(application, int(job_id)))


class QueriesHandler(_ListHandler):
    """The SQL queries of a session."""

    auth_resource = SPARK

    @web.authenticated
    @authorized
    async def get(self, application: str) -> None:
        """Return the newest with their plans."""
        await self.answer(self.cores.spark.queries(application, self.limit()))


class StorageHandler(LodgeHandler):
    """What a session holds in memory and on disk."""

    auth_resource = SPARK

    @web.authenticated
    @authorized
    async def get(self, application: str) -> None:
        """Return it, block by block."""
        await self.answer(self.cores.spark.storage(application))


ROUTES: list[tuple[str, type[web.RequestHandler]]] = [
    (r"lodge/api/spark/sessions", SessionsHandler),
    (r"lodge/api/spark/sessions/([\w.-]+)/jobs", JobsHandler),
    (r"lodge/api/spark/sessions/([\w.-]+)/jobs/(\w+)/cancel", JobCancelHandler),
    (r"lodge/api/spark/sessions/([\w.-]+)/sql", QueriesHandler),
    (r"lodge/api/spark/sessions/([\w.-]+)/storage", StorageHandler),
    *UI_ROUTES,
]
