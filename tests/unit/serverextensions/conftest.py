"""A real Jupyter Server with the extension, and a service that speaks the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import nbformat
import pytest
from jupyter_server.serverapp import ServerApp
from lodge_server.spark.core import Spark
from lodge_server.testing import FakeService
from lodge_spawner.ports import free_port
from support.spark_driver import FakeDriver, Kernels
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from traitlets.config import Config

TOKEN = "server-token"


@dataclass
class Server:
    """The user's server, and how to ask it."""

    app: ServerApp
    root: Path
    url: str

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        /,
        *,
        token: str | None = TOKEN,
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> HTTPResponse:
        sent = {"Authorization": f"token {token}"} if token else {}
        client = AsyncHTTPClient(force_instance=True)
        try:
            return await client.fetch(
                self.url + path + (f"?{urlencode(query)}" if query else ""),
                method=method,
                headers=sent | (headers or {}),
                body=None if body is None else json.dumps(body),
                allow_nonstandard_methods=True,
                follow_redirects=False,
                raise_error=False,
            )
        finally:
            client.close()

    def write(self, path: str, *cells: nbformat.NotebookNode, **lodge: Any) -> Path:
        notebook = nbformat.v4.new_notebook(cells=list(cells))
        if lodge:
            notebook.metadata["lodge"] = lodge
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        return target


def answer(response: HTTPResponse) -> Any:
    return json.loads(response.body)


@pytest.fixture
async def fake() -> AsyncIterator[FakeService]:
    async with FakeService() as service:
        yield service


@pytest.fixture
def lodge_environment(fake: FakeService) -> dict[str, str]:
    return {
        "LODGE_USER": fake.user,
        "LODGE_SHARES_URL": fake.url + "shares/",
        "LODGE_SCHEDULES_URL": fake.url + "schedules/",
        "JUPYTERHUB_API_TOKEN": fake.token,
    }


@pytest.fixture
async def server(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lodge_environment: dict[str, str],
) -> AsyncIterator[Server]:
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / name.lower()))
    for name in ("LODGE_USER", "LODGE_SHARES_URL", "LODGE_SCHEDULES_URL", "JUPYTERHUB_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in lodge_environment.items():
        monkeypatch.setenv(name, value)
    port = free_port()
    root = tmp_path / "home"
    root.mkdir()
    config = Config()
    config.ServerApp.jpserver_extensions = {"lodge_server": True}
    config.ServerApp.allow_unauthenticated_access = False
    config.IdentityProvider.token = TOKEN
    ServerApp.clear_instance()
    app = ServerApp.instance(
        config=config,
        root_dir=str(root),
        ip="127.0.0.1",
        port=port,
        port_retries=0,
        base_url="/user/ada/",
        allow_root=True,
        open_browser=False,
        log_level="WARN",
    )
    app.init_signal = lambda: None
    app.initialize(argv=[], find_extensions=False, new_httpserver=True)
    yield Server(app, root, f"http://127.0.0.1:{port}/user/ada/")
    app.http_server.stop()
    await app.http_server.close_all_connections()
    await app._cleanup()
    ServerApp.clear_instance()


@pytest.fixture
async def driver() -> AsyncIterator[FakeDriver]:
    one = FakeDriver()
    yield one
    await one.stop()


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Where the server of the fixture `server` looks."""
    return tmp_path / "runtime_dir"


@pytest.fixture
def spark(runtime: Path) -> Spark:
    return Spark(runtime=runtime, kernels=Kernels(), patience=30)
