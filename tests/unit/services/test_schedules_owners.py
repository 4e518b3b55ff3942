"""Nothing runs for people who are gone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lodge_services.schedules.owners import GONE, HubOwners
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import FakeClock, FakeExecutor, make_core, new_job
from lodge_services.web.settings import HubSettings
from tornado import httpserver, web
from tornado.netutil import bind_sockets


class Gone:
    """Owners of whom some are gone."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    async def is_there(self, name: str) -> bool:
        return name not in self.names


async def test_runs_of_who_is_gone_wait_and_those_that_go_on_end(tmp_path: Path) -> None:
    executor, owners = FakeExecutor(), Gone()
    core = make_core(tmp_path, executor, FakeClock())
    core.engine.owners = owners
    jobs = {name: core.create_job(name, new_job()).job.id for name in ("ada", "grace")}

    def states(name: str) -> list[str]:
        return [run.state for run in core.runs(Viewer(name), jobs[name], None, 10).items]

    async def until(name: str, state: str) -> None:
        for _ in range(400):
            await core.engine.step()
            if states(name)[0] == state:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(states(name))

    try:
        core.run_now(Viewer("ada"), jobs["ada"], {})
        await until("ada", "running")
        owners.names = {"ada", "grace"}
        core.run_now(Viewer("grace"), jobs["grace"], {})
        await until("ada", "cancelled")
        assert states("grace") == ["queued"]
        owners.names = set()
        await until("grace", "running")
        # Noted first, then begun.
        async with asyncio.timeout(30):
            while not executor.running:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        executor.end(next(iter(executor.running)))
        await until("grace", "succeeded")
    finally:
        await core.engine.stop()
        core.database.close()


class Users(web.RequestHandler):
    """The hub's answer about a user."""

    async def get(self, name: str) -> None:
        told = self.settings["told"].get(name, 404)
        self.settings["asked"].append(name)
        if isinstance(told, int):
            self.send_error(told)
        else:
            self.finish({"name": name, "groups": told})


@pytest.fixture
async def hub() -> Any:
    (socket,) = bind_sockets(0, "127.0.0.1")
    application = web.Application([(r"/users/(.*)", Users)], told={}, asked=[])
    server = httpserver.HTTPServer(application)
    server.add_socket(socket)
    settings = HubSettings(
        api_url=f"http://127.0.0.1:{socket.getsockname()[1]}",
        api_token="t",
        service_name="schedules",
        service_prefix="/services/schedules/",
    )
    yield application.settings, settings
    server.stop()
    await server.close_all_connections()


async def test_the_hub_knows_who_is_there(hub: Any) -> None:
    said, settings = hub
    said["told"] = {"ada": ["analysts"], "grace": ["analysts", GONE], "away": 503}
    owners = HubOwners(settings)
    found = {name: await owners.is_there(name) for name in ("ada", "grace", "nobody", "away")}
    # One of whom the hub says nothing is taken to be as before.
    assert found == {"ada": True, "grace": False, "nobody": False, "away": True}
    for name in found:
        await owners.is_there(name)
    assert len(said["asked"]) == len(found)
