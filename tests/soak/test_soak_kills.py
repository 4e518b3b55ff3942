"""Processes of Lodge are killed at any moment, for long: nothing is lost and all comes back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import httpx
import nbformat
import psutil
import pytest
from support.lodge import RunningLodge, running, wait_for


@pytest.fixture
def lodge() -> Iterator[RunningLodge]:
    with running("soak") as started:
        yield started


def notebook(source: str) -> dict[str, Any]:
    cells = [nbformat.v4.new_code_cell(source)]
    return dict(nbformat.v4.new_notebook(cells=cells))


def answered(api: httpx.Client, path: str) -> Any:
    with suppress(httpx.HTTPError):
        reply = api.get(path)
        return reply.json() if reply.is_success else None
    return None


def ended(api: httpx.Client, run: str) -> Any:
    told = answered(api, f"/services/schedules/api/runs/{run}")
    return told if told and told["state"] not in ("queued", "running") else None


def test_what_was_stored_stays_and_every_run_ends(
    lodge: RunningLodge, rounds: Iterator[int]
) -> None:
    with lodge.api("ada") as api:
        job: dict[str, Any] = {"name": "Soak", "notebook_path": "soak.ipynb", "cron": None}
        job["notebook"] = notebook("import time; time.sleep(3); print('done')")
        reply = api.post("/services/schedules/api/jobs", json=job).raise_for_status()
        job_id = reply.json()["id"]
        shares: list[str] = []
        for number in rounds:
            choice = random.Random(number)
            body = {"title": f"Round {number}", "notebook": notebook(f"{number}")}
            share = api.post("/services/shares/api/shares", json=body).raise_for_status().json()
            shares.append(share["id"])
            runs = f"/services/schedules/api/jobs/{job_id}/runs"
            run = api.post(runs, json={}).raise_for_status().json()["id"]
            for victim in choice.sample(victims(lodge), k=choice.randint(1, 3)):
                with suppress(psutil.NoSuchProcess):
                    victim.kill()
            for share_id in shares[-20:]:
                path = f"/services/shares/api/shares/{share_id}"
                wait_for(partial(answered, api, path), 120, f"{path} in round {number}")
            told = wait_for(partial(ended, api, run), 180, f"an end of run {number}")
            assert told["state"] in ("succeeded", "failed"), told
            wait_for(lambda: answered(api, "/hub/api/user"), 120, f"the hub in round {number}")


def victims(lodge: RunningLodge) -> list[psutil.Process]:
    """The processes that `lodge up` looks after."""
    return psutil.Process(lodge.process.pid).children()
