"""The service as a process of its own, killed and ended while runs go on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_services.db import Database
from lodge_services.schedules.executors.processes import MARK
from lodge_services.schedules.models import Run
from lodge_services.schedules.testing import new_job, notebook
from lodge_services.testing import FakeHub
from lodge_spawner.local_settings import LocalSettings, SparkSettings
from lodge_spawner.ports import free_port
from lodge_spawner.process import processes_with
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

pytestmark = pytest.mark.integration

#: Says that it began, and ends when it is told to.
PATIENT = """
import os, time
with open("begun", "a") as file:
    file.write("begun\\n")
while not os.path.exists("go"):
    time.sleep(0.05)
"""


class Service:
    """``python -m lodge_services.schedules``, started, killed and started again."""

    def __init__(self, folder: Path, hub: FakeHub) -> None:
        self.folder = folder
        self.hub = hub
        self.token = hub.add_member("ada")
        self.home = folder / "data" / "homes" / "ada"
        self.home.mkdir(parents=True)
        (folder / "data" / "run").mkdir()
        java = shutil.which("java")
        assert java is not None
        LocalSettings(
            data_dir=folder / "data",
            instance=folder.name,
            separate_users=False,
            spark=SparkSettings(
                home=folder,
                java_home=Path(java).resolve().parent.parent,
                python=Path(sys.executable),
            ),
        ).save(folder / "local.json")
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self, port: int) -> dict[str, str]:
        settings = self.hub.settings()
        return {
            "PATH": os.environ["PATH"],
            "JUPYTERHUB_API_URL": settings.api_url,
            "JUPYTERHUB_API_TOKEN": settings.api_token,
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_SERVICE_NAME": "schedules",
            "JUPYTERHUB_SERVICE_PREFIX": "/services/schedules/",
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
            "JUPYTERHUB_CLIENT_ID": "service-schedules",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": "/services/schedules/oauth_callback",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:services!service=schedules"]',
            "LODGE_DATABASE_URL": f"sqlite:///{self.folder / 'schedules.sqlite'}",
            "LODGE_STORE": str(self.folder / "store"),
            "LODGE_LOCAL_SETTINGS": str(self.folder / "local.json"),
        }

    async def start(self, **more: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/services/schedules/"
        with (self.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220  (starting takes no time)
                [sys.executable, "-m", "lodge_services.schedules"],
                env={**self.environment(port), **more},
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(60):
            while True:
                assert self.process.poll() is None, self.log()
                try:
                    await AsyncHTTPClient().fetch(f"{self.url}api/health")
                except (OSError, HTTPClientError):
                    await asyncio.sleep(0.05)
                else:
                    return

    def log(self) -> str:
        return (self.folder / "service.log").read_text()

    async def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = await asyncio.to_thread(self.process.wait, 10)
        self.process = None
        return code

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        response = await AsyncHTTPClient().fetch(
            self.url + path,
            method=method,
            headers={"Authorization": f"Bearer {self.token}"},
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        return json.loads(response.body) if response.body else None

    async def begin(self, *cells: str, **values: Any) -> dict[str, Any]:
        sent = new_job(notebook=notebook(*cells), notebook_path="a.ipynb", **values)
        job = await self("POST", "api/jobs", sent)
        run: dict[str, Any] = await self("POST", f"api/jobs/{job['id']}/runs", {})
        return run

    async def ended(self, run_id: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                run: dict[str, Any] = await self("GET", f"api/runs/{run_id}")
                if run["state"] not in ("queued", "running"):
                    return run
                await asyncio.sleep(0.1)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def begun(self) -> None:
        await self.until((self.home / "begun").exists)

    def pid(self, run_id: str) -> int:
        database = Database(f"sqlite:///{self.folder / 'schedules.sqlite'}")
        with database.read() as session:
            run = session.get(Run, run_id)
            assert run is not None
            assert run.handle is not None
            pid: int = run.handle["pid"]
        database.close()
        return pid


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    hub = FakeHub("schedules")
    made = Service(tmp_path, hub)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()
    for process in processes_with("LODGE_INSTANCE", tmp_path.name):
        process.kill()
    await hub.close()
    if JupyterHubHTTPClient.initialized():
        await JupyterHubHTTPClient.loop_instance().close()


def alive(run_id: str) -> list[psutil.Process]:
    return [p for p in processes_with(MARK, run_id) if p.status() != psutil.STATUS_ZOMBIE]


async def test_a_run_survives_the_service_and_is_adopted(service: Service) -> None:
    await service.start()
    run = await service.begin("print('before')", PATIENT, "print('after')")
    await service.begun()
    await service.until(lambda: service.pid(run["id"]) > 0)
    pid = service.pid(run["id"])
    await service.end(signal.SIGKILL)
    assert psutil.pid_exists(pid)
    await service.start()
    adopted = await service("GET", f"api/runs/{run['id']}")
    assert adopted["state"] == "running"
    assert service.pid(run["id"]) == pid
    assert "is taken over" in service.log()
    (service.home / "go").touch()
    assert (await service.ended(run["id"]))["state"] == "succeeded"
    assert (service.home / "begun").read_text() == "begun\n"
    assert alive(run["id"]) == []


async def test_what_hangs_is_ended_and_tried_again_also_after_a_kill(service: Service) -> None:
    await service.start()
    run = await service.begin("1", PATIENT, timeout_s=3, retries=1, retry_s=1)
    await service.begun()
    await service.end(signal.SIGKILL)
    await service.start()
    over = await service.ended(run["id"])
    assert (over["state"], over["attempt"]) == ("failed", 1)
    assert "took longer than its 3 seconds" in over["error"]["message"]
    # In the cell in which it was then.
    assert over["error"]["cell"] == 1
    assert alive(run["id"]) == []
    (service.home / "go").touch()
    again, _ = (await service("GET", f"api/jobs/{run['job_id']}/runs"))["items"]
    assert again["attempt"] == 2
    assert (await service.ended(again["id"]))["state"] == "succeeded"


async def test_a_run_is_found_that_was_started_and_not_written_down(service: Service) -> None:
    """As after a kill between the start of the process and the note of its pid."""
    await service.start()
    run = await service.begin(PATIENT)
    await service.begun()
    await service.until(lambda: service.pid(run["id"]) > 0)
    pid = service.pid(run["id"])
    await service.end(signal.SIGKILL)
    database = Database(f"sqlite:///{service.folder / 'schedules.sqlite'}")
    with database.write() as session:
        row = session.get(Run, run["id"])
        assert row is not None
        row.handle = None
    database.close()
    await service.start()
    (service.home / "go").touch()
    assert (await service.ended(run["id"]))["state"] == "succeeded"
    assert service.pid(run["id"]) == pid
    assert (service.home / "begun").read_text() == "begun\n"


async def test_an_adopted_run_can_be_cancelled(service: Service) -> None:
    await service.start()
    run = await service.begin(PATIENT)
    await service.begun()
    await service.end(signal.SIGKILL)
    await service.start()
    await service("POST", f"api/runs/{run['id']}/cancel")
    assert (await service.ended(run["id"]))["state"] == "cancelled"
    assert alive(run["id"]) == []


async def test_a_run_that_ended_while_the_service_was_away(service: Service) -> None:
    await service.start()
    run = await service.begin(PATIENT, "print('through')")
    await service.begun()
    await service.end(signal.SIGKILL)
    (service.home / "go").touch()
    await service.until(lambda: not alive(run["id"]))
    await service.start()
    ended = await service.ended(run["id"])
    assert ended["state"] == "succeeded"
    executed = await service("GET", f"api/runs/{run['id']}/notebook")
    assert "through" in json.dumps(executed["cells"][1]["outputs"])


async def test_a_run_that_was_killed_while_the_service_was_away(service: Service) -> None:
    await service.start()
    run = await service.begin("print('kept')", PATIENT)
    await service.begun()
    await service.end(signal.SIGKILL)
    for process in alive(run["id"]):
        process.kill()
    await service.until(lambda: not alive(run["id"]))
    await service.start()
    ended = await service.ended(run["id"])
    assert ended["state"] == "failed"
    assert ended["error"]["message"].startswith("The run was interrupted: its process is gone")


async def test_runs_that_wait_are_started_by_the_next_service(service: Service) -> None:
    await service.start(LODGE_MAX_RUNS="1")
    first = await service.begin(PATIENT)
    second = await service.begin("print('second')")
    await service.begun()
    assert (await service("GET", f"api/runs/{second['id']}"))["state"] == "queued"
    await service.end(signal.SIGKILL)
    (service.home / "go").touch()
    await service.start(LODGE_MAX_RUNS="1")
    assert (await service.ended(first["id"]))["state"] == "succeeded"
    assert (await service.ended(second["id"]))["state"] == "succeeded"


async def test_ending_the_service_leaves_runs_to_the_next(service: Service) -> None:
    await service.start()
    run = await service.begin(PATIENT)
    await service.begun()
    async with asyncio.timeout(5):
        assert await service.end(signal.SIGTERM) == 0
    assert alive(run["id"]) != []
    await service.start()
    (service.home / "go").touch()
    assert (await service.ended(run["id"]))["state"] == "succeeded"


async def test_ending_the_service_with_its_runs(service: Service) -> None:
    await service.start(LODGE_STOP_RUNS="1")
    run = await service.begin(PATIENT)
    await service.begun()
    async with asyncio.timeout(5):
        assert await service.end(signal.SIGTERM) == 0
    assert alive(run["id"]) == []
    await service.start()
    ended = await service("GET", f"api/runs/{run['id']}")
    assert ended["state"] == "failed"
    assert ended["error"]["message"] == (
        "The run was interrupted because Lodge was stopped; run it again."
    )


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LODGE_LOCAL_SETTINGS", "", "LODGE_LOCAL_SETTINGS is not set"),
        ("LODGE_LOCAL_SETTINGS", "/nowhere.json", "/nowhere.json"),
        ("LODGE_MAX_RUNS", "many", "it must be a number from 1"),
        ("LODGE_STOP_RUNS", "yes", "it must be 0 or 1"),
    ],
)
async def test_a_wrong_environment_is_told(
    service: Service, name: str, value: str, says: str
) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "lodge_services.schedules"],
        env={**service.environment(free_port()), name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip().startswith("schedules can't start: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
