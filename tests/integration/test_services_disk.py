"""Services on a full disk: they say so, nothing is half-written, runs end and are told."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from lodge_services.db import Database
from lodge_services.schedules.engine import FULL, EngineOptions
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import FakeClock, FakeExecutor, make_core, new_job
from lodge_services.shares.models import Actor
from lodge_services.shares.service import SharesService
from lodge_services.storage import is_full
from lodge_spawner.local_settings import LocalSettings, SparkSettings
from sqlalchemy import text
from support.disk import fill, small_disk

pytestmark = pytest.mark.integration

ADA = Viewer("ada")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "24m") as folder:
        yield folder


def notebook(source: str) -> dict[str, object]:
    return dict(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]))


def test_a_database_goes_on_on_a_full_disk(disk: Path) -> None:
    database = Database(f"sqlite:///{disk}/own.sqlite")
    with database.write() as session:
        session.execute(text("CREATE TABLE said (number INTEGER, text TEXT)"))
    fill(disk)
    for number in range(500):
        with database.write() as session:
            session.execute(
                text("INSERT INTO said VALUES (:number, :text)"),
                {"number": number, "text": "x" * 500},
            )
    with pytest.raises(Exception, match="full") as caught, database.write() as session:
        session.execute(text("INSERT INTO said VALUES (-1, :text)"), {"text": "x" * 20_000_000})
    assert is_full(caught.value)
    with database.read() as session:
        assert session.scalar(text("SELECT count(*) FROM said WHERE number >= 0")) == 500
    database.close()


def test_a_share_is_kept_whole_or_refused(disk: Path) -> None:
    service = SharesService.open(f"sqlite:///{disk}/shares.sqlite", disk / "store")
    first = service.shares.create(Actor("ada"), title="Kept", notebook=notebook("1"))
    filling = fill(disk)
    with pytest.raises(OSError, match="No space left") as caught:
        service.shares.create(Actor("ada"), title="Not", notebook=notebook("2" * 100_000))
    assert is_full(caught.value)
    assert [share.title for share in service.shares.list(Actor("reader")).items] == ["Kept"]
    assert service.shares.notebook(Actor("reader"), first.id, 1)["cells"][0]["source"] == "1"
    assert list((disk / "store" / "tmp").iterdir()) == []
    # A wish that needs no room in the store is fulfilled.
    service.shares.update(Actor("ada"), first.id, title="Changed")
    filling.unlink()
    service.shares.create(Actor("ada"), title="Then", notebook=notebook("2" * 100_000))
    assert {share.title for share in service.shares.list(Actor("reader")).items} == {
        "Changed",
        "Then",
    }
    service.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_runs_ends_and_its_end_is_written_down(disk: Path) -> None:
    executor = FakeExecutor()
    core = make_core(disk, executor, FakeClock(), EngineOptions(max_runs=8))
    job = core.create_job("ada", new_job()).job
    run = core.run_now(ADA, job.id, {})
    later = core.create_job("ada", new_job()).job
    fill(disk)
    await core.engine.start()
    try:
        await until(lambda: run.id in executor.running)
        executor.end(run.id)
        await until(lambda: core.run(ADA, run.id).state != "running")
        assert core.run(ADA, run.id).state == "succeeded"
        executor.refuse = OSError(28, "No space left on device")
        refused = core.run_now(ADA, later.id, {})
        await until(lambda: core.run(ADA, refused.id).state not in ("queued", "running"))
        error = core.run(ADA, refused.id).error
        assert error is not None
        assert error["message"] == FULL
    finally:
        await core.engine.stop()
        core.database.close()


@pytest.mark.parametrize("name", ["shares", "schedules"])
def test_a_service_that_cannot_open_its_database_says_so_in_a_sentence(
    disk: Path, tmp_path: Path, name: str
) -> None:
    settings = tmp_path / "settings.json"
    LocalSettings(disk, "test", separate_users=False, spark=SparkSettings(disk, disk, disk)).save(
        settings
    )
    database = disk / f"{name}.sqlite"
    environment = {
        "PATH": os.environ["PATH"],
        "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api",
        "JUPYTERHUB_API_TOKEN": "none",
        "JUPYTERHUB_SERVICE_NAME": name,
        "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:1",
        "LODGE_DATABASE_URL": f"sqlite:///{database}",
        "LODGE_STORE": str(tmp_path / "store"),
        "LODGE_LOCAL_SETTINGS": str(settings),
    }

    def start() -> str:
        done = subprocess.run(
            [sys.executable, "-m", f"lodge_services.{name}"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        return done.stderr

    database.write_bytes(b"no database" * 1000)
    said = start()
    assert f"{name} can't start. The database {database} can't be opened" in said
    assert "`lodge doctor --repair` restores it" in said
    database.unlink()
    fill(disk)
    assert f"{name} can't start. The database {database} can't be opened" in start()
