"""What one user stores keeps nothing from the others: it is set aside, and named."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from lodge_services.errors import Conflict
from lodge_services.schedules.blobs import MissingSnapshotError, Snapshots
from lodge_services.schedules.core import Schedules
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.executors.folder import ASIDE
from lodge_services.schedules.executors.local import LocalExecutor
from lodge_services.schedules.models import Run
from lodge_services.schedules.pages import render
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import FakeClock, FakeExecutor, make_core, new_job
from lodge_spawner.accounts import AccountError
from lodge_spawner.local_settings import LocalSettings, SparkSettings
from sqlalchemy import text

ADA = Viewer("ada")


@pytest.fixture
async def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Schedules]:
    monkeypatch.setattr("lodge_services.schedules.engine.POLL_S", 0.02)
    made = make_core(tmp_path, FakeExecutor(), FakeClock(), EngineOptions(max_runs=8))
    yield made
    for task in list(made.engine._watched.values()):
        task.cancel()
    await asyncio.gather(*made.engine._watched.values(), return_exceptions=True)
    made.database.close()


def damage(core: Schedules, table: str, row_id: str, **columns: object) -> None:
    """Write what no code of ours writes."""
    with core.database.write() as session:
        for column, value in columns.items():
            session.execute(
                text(f"UPDATE {table} SET {column} = :value WHERE id = :id"),
                {"value": value, "id": row_id},
            )


def make_job(core: Schedules, **values: object) -> str:
    return core.create_job("ada", new_job(**values)).job.id


async def until(core: Schedules, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await core.engine.step()
            await asyncio.sleep(0.01)


async def ended(core: Schedules, run_id: str) -> Run:
    await until(core, lambda: core.run(ADA, run_id).state not in ("queued", "running"))
    return core.run(ADA, run_id)


@pytest.mark.parametrize(
    "columns",
    [
        {"parameters": "{not json"},
        {"parameters": "[" * 100_000},
        {"parameters": b"\xff\xfe"},
        {"name": b"half of \xf0\x9f\x98"},
        {"cron": "no such thing"},
        {"timezone": "Nowhere/Else"},
        {"created_at": "yesterday", "updated_at": ""},
    ],
    ids=str,
)
async def test_a_damaged_job_keeps_no_other_from_its_time(
    core: Schedules, columns: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = make_job(core, cron="0 8 * * *"), make_job(core, cron="0 8 * * *")
    damage(core, "job", broken, **columns)
    core.clock.advance(hours=2)  # type: ignore[attr-defined]
    caplog.set_level(logging.ERROR)
    await core.engine.step()
    assert len(core.runs(ADA, other, None, 9).items) == 1
    assert {view.job.id for view in core.jobs("ada", None, 9).items} == {broken, other}
    if not core.job(ADA, broken).job.enabled:
        assert broken in caplog.text
    await core.delete_job(ADA, broken, force=True)
    assert [view.job.id for view in core.jobs("ada", None, 9).items] == [other]


async def test_a_job_whose_parameters_are_lost_says_so_and_takes_new_ones(core: Schedules) -> None:
    job_id = make_job(core)
    damage(core, "job", job_id, parameters="{")
    with pytest.raises(Conflict, match="set them anew"):
        core.run_now(ADA, job_id, {})
    core.change_job(ADA, job_id, {"parameters": {"day": 4}})
    assert core.run_now(ADA, job_id, {}).parameters == {"day": 4}


@pytest.mark.parametrize("value", ["{", "null", "[1]"])
async def test_a_waiting_run_that_cannot_be_read_fails_and_the_next_one_runs(
    core: Schedules, value: str
) -> None:
    broken = core.run_now(ADA, make_job(core), {}).id
    other = core.run_now(ADA, make_job(core), {}).id
    damage(core, "run", broken, parameters=value)
    run = await ended(core, broken)
    assert run.state == "failed"
    assert run.error is not None
    assert "parameters can't be read" in run.error["message"]
    await until(core, lambda: core.run(ADA, other).state == "running")


@pytest.mark.parametrize("handle", ['{"pid": []}', "{", '"text"', "[1]", '{"run": null}'])
async def test_a_running_run_that_cannot_be_found_again_ends(core: Schedules, handle: str) -> None:
    run_id = core.run_now(ADA, make_job(core), {}).id
    damage(core, "run", run_id, state="running", handle=handle, lease_by="who?")
    assert (await ended(core, run_id)).state == "failed"


class Broken(FakeExecutor):
    """What a run left can't be read, looked for or removed."""

    async def find(self, run_id: str, owner: str) -> Any:
        raise AccountError(f"{owner} can't get a Unix account")

    async def report(self, run_id: str) -> Any:
        raise RecursionError

    async def remove(self, run_id: str) -> None:
        raise PermissionError(13, "Permission denied", f"/runs/{run_id}")


async def test_the_engine_starts_whatever_runs_have_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    core = make_core(tmp_path, Broken(), FakeClock(), EngineOptions(max_runs=8, keep_runs=1))
    old = [core.run_now(ADA, make_job(core), {}).id for _ in range(2)]
    job_id = make_job(core)
    runs = [core.run_now(ADA, job_id, {}).id for _ in range(3)]
    for run_id in runs:
        damage(core, "run", run_id, state="failed")
    damage(core, "run", old[0], state="running", handle=None, lease_by=None)
    await core.engine.start()
    try:
        assert (await ended(core, old[0])).state == "failed"
        assert len(core.runs(ADA, job_id, None, 9).items) == 1
        assert "can't be removed" in caplog.text
        await core.delete_job(ADA, job_id)
        assert job_id not in {view.job.id for view in core.jobs(None, None, 9).items}
    finally:
        await core.engine.stop()
        core.database.close()


def test_a_snapshot_that_is_damaged_is_told_and_healed(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    digest = snapshots.put({"cells": []})
    path = next(path for path in tmp_path.rglob("*") if path.is_file())
    path.write_bytes(b"half")
    with pytest.raises(MissingSnapshotError, match="schedule it again"):
        snapshots.get(digest)
    assert snapshots.put({"cells": []}) == digest
    assert json.loads(snapshots.get(digest)) == {"cells": []}
    path.unlink()
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(MissingSnapshotError):
        snapshots.get(digest)
    snapshots.drop(digest)


async def test_a_folder_that_cannot_be_removed_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark = SparkSettings(tmp_path, tmp_path, tmp_path)
    settings = LocalSettings(tmp_path, "test", separate_users=False, spark=spark)
    executor = LocalExecutor(settings, tmp_path / "runs")
    folder = executor._of("0" * 12)
    folder.path.mkdir()
    (folder.path / "kept").touch()

    def fail(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(folder), "remove", lambda self: fail(self.path))
    await executor.remove("0" * 12)
    assert not folder.path.exists()
    (aside,) = (tmp_path / "runs" / ASIDE).iterdir()
    assert (aside / "kept").exists()
    assert str(aside) in caplog.text


def test_an_executed_notebook_that_cannot_be_rendered_is_no_page_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise RecursionError

    monkeypatch.setattr("lodge_services.schedules.pages.render_notebook", fail)
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    assert render(json.dumps(notebook).encode(), None, "en") is None
