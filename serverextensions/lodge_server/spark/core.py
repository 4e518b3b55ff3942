"""What the user's Spark sessions do: knows drivers and their answers, and no HTTP server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from ..errors import LodgeServerError, NotFound, ServiceError, Unavailable
from .driver import API_TIMEOUT_S, Api, Driver
from .executors import executor, executors, queue
from .files import SessionFile, discover
from .jobs import ACTIVE, FINAL, RUNNING, comparable, job, pending, skew, stage
from .queries import query
from .storage import MAX_CACHED, cached, shuffle

PATIENCE_S = 1.5
"""How long the list of sessions waits for a driver; one that is slower is told as such."""
MAX_RUNNING = 10
MAX_STAGES = 20
MAX_EVICTED = 20
MAX_REMEMBERED = 2000
QUANTILES = {"quantiles": "0.5,1.0"}
CSRF = re.compile(r'name="csrfToken"\s+value="([^"]+)"|value="([^"]+)"\s+name="csrfToken"')


class Kernels(Protocol):
    """The kernels of the user's server."""

    async def notebooks(self) -> Mapping[str, str]:
        """Return the paths of open notebooks by the ids of their kernels."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


class Spark:
    """The user's Spark sessions.

    Parameters
    ----------
    runtime
        Jupyter's runtime folder, where kernels tell of their sessions.
    kernels
        Tells which notebook a kernel belongs to.
    patience
        How long the list of sessions waits for a driver, in seconds.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        runtime: Path,
        kernels: Kernels,
        patience: float = PATIENCE_S,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._runtime, self._kernels = runtime, kernels
        self._patience, self._clock = patience, clock
        # Drivers that have not answered yet: what they say is there for a later list.
        self._silent: set[str] = set()
        self._late: dict[str, asyncio.Task[dict[str, Any]]] = {}
        self._queues: dict[str, str | None] = {}
        self._held: dict[str, set[int]] = {}
        # Stages that have ended stay as they are: asked for once.
        self._stages: dict[tuple[str, int], dict[str, Any]] = {}

    async def sessions(self) -> dict[str, Any]:
        """Return all sessions with their executors and running jobs.

        A driver that does not answer in time costs its own session a sentence; it goes on being
        asked, and its answer is there the next time.
        """
        found, notebooks = discover(self._runtime), await self._kernels.notebooks()
        self._forget({one.application for one in found})
        asked = [self._ask(one) for one in found]
        # Who kept the list waiting before is not waited for again.
        quick = [
            task
            for one, task in zip(found, asked, strict=True)
            if one.application not in self._silent
        ]
        if quick:
            await asyncio.wait(quick, timeout=self._patience)
        for one, task in zip(found, asked, strict=True):
            if not task.done():
                self._late[one.application] = task
                self._silent.add(one.application)
        return {
            "items": [
                self._told(one, notebooks) | self._insight(one, task)
                for one, task in zip(found, asked, strict=True)
            ]
        }

    def driver(self, application: str) -> Driver:
        """Return the driver of a session.

        Raises
        ------
        NotFound
            No such session runs.
        Unavailable
            Its UI is off.
        """
        for one in discover(self._runtime):
            if one.application == application:
                return Driver(one)
        raise NotFound(
            "no_spark_session",
            f"No Spark session {application} is running; it has stopped, or its kernel has.",
        )

    async def properties(self, path: str) -> list[Any]:
        """Return Spark's properties of the session that runs for a notebook, as pairs.

        None where no session does, or its driver does not tell within `patience`.
        """
        notebooks = await self._kernels.notebooks()
        for one in discover(self._runtime):
            if one.kernel_id is None or notebooks.get(one.kernel_id) != path or one.ui is None:
                continue
            try:
                async with asyncio.timeout(self._patience), Driver(one).api() as api:
                    found = await api.get("environment")
            except (TimeoutError, LodgeServerError):
                return []
            return list(found.get("sparkProperties") or ())
        return []

    async def jobs(self, application: str, limit: int) -> dict[str, Any]:
        """Return the newest jobs with their stages; those that run come first."""
        async with self._api(application) as api:
            answers = await api.get("jobs")
            answers.sort(key=lambda one: (one.get("status") != RUNNING, -one["jobId"]))
            items = [await self._job(api, application, one) for one in answers[:limit]]
        return {"items": items, "total": len(answers)}

    async def queries(self, application: str, limit: int) -> dict[str, Any]:
        """Return the newest SQL queries with their plans."""
        async with self._api(application) as api:
            bare = {"details": "false", "planDescription": "false", "length": "10000"}
            total = len(await api.get("sql", bare))
            # The API pages from the oldest.
            page = {"offset": str(max(0, total - limit)), "length": str(limit)}
            answers = await api.get("sql", {"details": "false", **page}) if total else []
        now = self._clock()
        items = sorted((query(one, now) for one in answers), key=lambda one: -one["id"])
        return {"items": items, "total": total}

    async def storage(self, application: str) -> dict[str, Any]:
        """Return what is cached, block by block, and the shuffle data on disk."""
        async with self._api(application) as api:
            held, workers = await asyncio.gather(api.get("storage/rdd"), api.get("executors"))
            held += await self._evicted(api, application, {one["id"] for one in held})
        rows = [executor(one) for one in workers]
        hosts = {row["host"]: row["id"] for row in rows}
        held.sort(key=lambda one: -one["id"])
        return {
            "cached": [cached(one, hosts) for one in held[:MAX_CACHED]],
            "total": len(held),
            "shuffle": shuffle(rows),
        }

    async def cancel(self, application: str, job_id: int) -> None:
        """Cancel a running job, as the button of the Spark UI does.

        Raises
        ------
        ServiceError
            The Spark UI does not let jobs be cancelled.
        """
        driver = self.driver(application)
        async with driver.client(API_TIMEOUT_S) as client:
            form = {"id": str(job_id)}
            # Spark 4.3 and newer want the token that their own pages carry.
            page = await client.get("/jobs/")
            if match := CSRF.search(page.text):
                form["csrfToken"] = match.group(1) or match.group(2)
            answer = await client.post("/jobs/job/kill/", params={"id": str(job_id)}, data=form)
        if answer.status_code >= 400:
            raise ServiceError(
                409,
                "not_cancelled",
                f"Job {job_id} was not cancelled: it has ended, or this session's Spark UI does "
                "not cancel jobs (spark.ui.killEnabled).",
            )

    # The list of sessions

    def _told(self, one: SessionFile, notebooks: Mapping[str, str]) -> dict[str, Any]:
        kernel = None
        if one.kernel_id is not None:
            kernel = {"id": one.kernel_id, "path": notebooks.get(one.kernel_id)}
        told = one.model_dump(include={"application", "name", "master", "version", "started"})
        connect = None if one.connect is None else one.connect.model_dump()
        return {
            **told,
            "pid": one.pid,
            "ui": one.ui is not None,
            "kernel": kernel,
            "connect": connect,
        }

    def _ask(self, one: SessionFile) -> asyncio.Task[dict[str, Any]]:
        late = self._late.pop(one.application, None)
        return late or asyncio.create_task(self._look(one), name=f"spark-{one.application}")

    async def _look(self, one: SessionFile) -> dict[str, Any]:
        if one.connect is not None:
            return self._blank(None)
        try:
            async with asyncio.timeout(API_TIMEOUT_S), Driver(one).api() as api:
                workers, jobs = await asyncio.gather(
                    api.get("executors"), api.get("jobs", {"status": "running"})
                )
                if one.application not in self._queues:
                    yarn = one.master.startswith("yarn")
                    environment = await api.get("environment") if yarn else {}
                    self._queues[one.application] = queue(one.master, environment)
        except TimeoutError:
            return self._blank(Driver(one).silent())
        except LodgeServerError as error:
            return self._blank(error)
        self._silent.discard(one.application)
        now = self._clock()
        return {
            "queue": self._queues[one.application],
            "executors": executors(workers),
            "jobs": [job(one, now) for one in jobs[:MAX_RUNNING]],
            "jobs_total": len(jobs),
            "error": None,
        }

    def _insight(self, one: SessionFile, task: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
        if task.done():
            return task.result()
        if one.application in self._queues:
            return self._blank(Driver(one).silent())
        # The first answer takes a driver some seconds: no reason to worry.
        words = f"The driver of “{one.name}” has not answered yet."
        return self._blank(Unavailable("spark_waiting", words))

    def _blank(self, error: LodgeServerError | None) -> dict[str, Any]:
        told = None if error is None else {"message": error.message, "reason": error.reason}
        return {"queue": None, "executors": None, "jobs": [], "jobs_total": 0, "error": told}

    def _forget(self, running: set[str]) -> None:
        self._silent &= running
        for name in set(self._late) - running:
            self._late.pop(name).cancel()
        for known in (self._queues, self._held):
            for name in set(known) - running:
                del known[name]
        if gone := {key[0] for key in self._stages} - running:
            self._stages = {key: one for key, one in self._stages.items() if key[0] not in gone}
        while len(self._stages) > MAX_REMEMBERED:
            del self._stages[next(iter(self._stages))]

    # One session

    def _api(self, application: str) -> AbstractAsyncContextManager[Api]:
        return self.driver(application).api()

    async def _evicted(self, api: Api, application: str, held: set[int]) -> list[dict[str, Any]]:
        """Return what was cached when last looked at, and still should be, but has no block left.

        Spark lists only what has one; asked for by its id, it tells unpersisted from evicted.
        """
        found = []
        for rdd in sorted(self._held.get(application, set()) - held)[-MAX_EVICTED:]:
            try:
                found.append(await api.get(f"storage/rdd/{rdd}"))
            except NotFound:
                continue
        self._held[application] = held | {one["id"] for one in found}
        return found

    async def _job(self, api: Api, application: str, answer: Mapping[str, Any]) -> dict[str, Any]:
        newest = sorted(answer.get("stageIds", []), reverse=True)[:MAX_STAGES]
        # While the job runs, a stage that is complete may be tried again.
        ended = answer.get("status") != RUNNING
        stages = await asyncio.gather(
            *(self._stage(api, application, one, keep=ended) for one in newest)
        )
        return job(answer, self._clock()) | {
            "stages": list(stages),
            "skewed": any(one["skew"] and one["skew"]["marked"] for one in stages),
        }

    async def _stage(
        self, api: Api, application: str, stage_id: int, *, keep: bool
    ) -> dict[str, Any]:
        if (application, stage_id) in self._stages:
            return self._stages[application, stage_id]
        try:
            attempts = await api.get(f"stages/{stage_id}", {"details": "false"})
        except NotFound:
            return pending(stage_id)
        answer = max(attempts, key=lambda one: int(one["attemptId"]))
        found = stage(answer, await self._skew(api, answer), self._clock())
        if keep and found["status"] in FINAL:
            self._stages[application, stage_id] = found
        return found

    async def _skew(self, api: Api, answer: Mapping[str, Any]) -> dict[str, Any] | None:
        if not comparable(answer):
            return None
        path = f"stages/{answer['stageId']}/{answer['attemptId']}"
        longest = None
        try:
            summary = await api.get(f"{path}/taskSummary", QUANTILES)
            if answer.get("status") == ACTIVE:
                slow = {"status": "running", "sortBy": "-runtime", "length": "1"}
                longest = next(iter(await api.get(f"{path}/taskList", slow)), None)
        except (NotFound, Unavailable):  # Its tasks are no longer kept: no times, no mark.
            return None
        return skew(summary, longest)
