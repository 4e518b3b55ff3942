"""What tests of the services share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_services.db.migrate import upgrade
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.service import create_service
from lodge_services.schedules.testing import FakeClock, FakeExecutor
from lodge_services.testing import COOKIE_SECRET, FakeHub
from support.migrated import copied
from support.publishing_room import Room
from support.scheduling import Bench, Site
from tornado import httpserver, web
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.netutil import bind_sockets


@dataclass
class Client:
    """Asks a service that runs in this process."""

    origin: str
    prefix: str

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> HTTPResponse:
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        url = self.origin + ("" if path.startswith("/") else self.prefix) + path
        options.setdefault("follow_redirects", False)
        options.setdefault("allow_nonstandard_methods", True)
        client = AsyncHTTPClient(force_instance=True)
        try:
            return await client.fetch(
                url, method=method, headers=sent, raise_error=False, **options
            )
        finally:
            client.close()


Start = Callable[[web.Application, FakeHub], Awaitable[Client]]


@pytest.fixture
async def make_hub() -> AsyncIterator[Callable[..., FakeHub]]:
    """Makes hubs that are stopped at the end."""
    async with AsyncExitStack() as stack:

        def make(service: str, base_url: str = "/") -> FakeHub:
            hub = FakeHub(service, base_url)
            stack.push_async_callback(hub.close)
            return hub

        yield make
        if JupyterHubHTTPClient.initialized():
            await JupyterHubHTTPClient.loop_instance().close()


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Serves applications on free ports until the end of the test."""
    async with AsyncExitStack() as stack:

        async def run(application: web.Application, hub: FakeHub) -> Client:
            sockets = bind_sockets(0, "127.0.0.1")
            server = httpserver.HTTPServer(application)
            server.add_sockets(sockets)

            async def stop() -> None:
                server.stop()
                await server.close_all_connections()
                application.settings["context"].close()

            stack.push_async_callback(stop)
            port = sockets[0].getsockname()[1]
            prefix = application.settings["context"].hub.service_prefix
            return Client(f"http://127.0.0.1:{port}", prefix)

        yield run


@pytest.fixture(scope="session", autouse=True)
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with copied(tmp_path_factory.mktemp("databases")):
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "shares.sqlite"
    upgrade(f"sqlite:///{path}", "shares")
    return path


@pytest.fixture
def room(tmp_path: Path, migrated: Path) -> Iterator[Room]:
    made = Room(tmp_path, migrated)
    yield made
    made.shares.database.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.kill()


@pytest.fixture
async def site(
    tmp_path: Path, make_hub: Callable[..., FakeHub], start: Callable[..., Any]
) -> AsyncIterator[Site]:
    hub = make_hub("schedules", "/base/")
    executor, clock = FakeExecutor(), FakeClock()
    service = create_service(
        hub.service_settings(tmp_path),
        executor,
        EngineOptions(max_runs=2),
        clock,
        cookie_secret=COOKIE_SECRET,
    )
    tokens = {
        "ada": hub.add_member("ada"),
        "bob": hub.add_member("bob"),
        "root": hub.add_admin("root"),
        "reader": hub.add_user("reader", "custom:lodge-schedules:read"),
    }
    client = await start(service.application, hub)
    async with service.lifespan():
        yield Site(hub, service, executor, clock, client, tokens)
