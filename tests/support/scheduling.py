"""The core of schedules and its service, with a clock set by hand and runs that end as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.models import Run
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.service import Service
from lodge_services.schedules.testing import FakeClock, FakeExecutor, as_json, make_core, new_job
from lodge_services.testing import FakeHub
from tornado.httpclient import HTTPResponse

ADA = Viewer("ada")


class Bench:
    """A core, its engine stepped by hand."""

    def __init__(self, folder: Path, options: EngineOptions | None = None) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.executor = FakeExecutor()
        self.options = options
        self.core = make_core(folder, self.executor, self.clock, options)

    @property
    def engine(self):  # type: ignore[no-untyped-def]
        return self.core.engine

    async def step(self) -> None:
        await self.engine.step()
        await self.settle()

    async def settle(self) -> None:
        """Wait until no run is on its way to be started or ended."""
        await self.until(
            lambda: (
                set(self.engine._watched)
                == {r.id for r in self.in_state("running")}
                == set(self.executor.running)
            )
        )

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    def in_state(self, state: str) -> list[Run]:
        return list(self.core.engine.ledger.in_state(state))

    def job(self, owner: str = "ada", **values: object) -> str:
        return self.core.create_job(owner, new_job(**values)).job.id

    def runs(self, job_id: str, owner: str = "ada") -> list[Run]:
        return self.core.runs(Viewer(owner), job_id, None, 100).items

    async def end(self, run_id: str, state: str = "succeeded", **values: object) -> None:
        self.executor.end(run_id, state, **values)  # type: ignore[arg-type]
        await self.settle()

    async def restart(self) -> None:
        """As after kill -9: nothing of the old engine goes on, nothing was said to it."""
        await self.kill()
        self.core = make_core(self.folder, self.executor, self.clock, self.options)

    async def kill(self) -> None:
        for task in list(self.engine._watched.values()):
            task.cancel()
        await asyncio.gather(*self.engine._watched.values(), return_exceptions=True)
        self.core.database.close()


@dataclass
class Site:
    """A service with users who ask it."""

    hub: FakeHub
    service: Service
    executor: FakeExecutor
    clock: FakeClock
    client: Callable[..., Awaitable[HTTPResponse]]
    tokens: dict[str, str]

    async def __call__(
        self, method: str, path: str, body: Any = None, *, user: str = "ada", expect: int = 200
    ) -> Any:
        response = await self.ask(method, path, body, user=user)
        assert response.code == expect, (response.code, response.body)
        return json.loads(response.body) if response.body else None

    async def ask(
        self, method: str, path: str, body: Any = None, *, user: str = "ada", **options: Any
    ) -> HTTPResponse:
        content = None if body is None else as_json(body)
        return await self.client(method, path, token=self.tokens[user], body=content, **options)

    async def job(self, user: str = "ada", **values: Any) -> dict[str, Any]:
        made: dict[str, Any] = await self(
            "POST", "api/jobs", new_job(**values), user=user, expect=201
        )
        return made

    async def run(self, job_id: str, user: str = "ada") -> dict[str, Any]:
        made: dict[str, Any] = await self(
            "POST", f"api/jobs/{job_id}/runs", {}, user=user, expect=201
        )
        return made

    async def started(self, run_id: str) -> None:
        await self.until(lambda: run_id in self.executor.running)

    async def ended(self, run_id: str) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                run: dict[str, Any] = await self("GET", f"api/runs/{run_id}")
                if run["state"] not in ("queued", "running"):
                    return run
                await asyncio.sleep(0.01)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
