"""The fake service answers in the shapes of the real ones, as the plugins know them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lodge_server.testing import FakeService

SCHEMA = Path(__file__).parents[3] / "labextensions" / "kit" / "schema"
NOTEBOOK = {"metadata": {}, "cells": [{"cell_type": "code", "source": "1 / 0"}]}
JOB = {
    "name": "Daily",
    "notebook": NOTEBOOK,
    "notebook_path": "daily.ipynb",
    "cron": "0 8 * * *",
    "timezone": "UTC",
    "parameters": {},
    "enabled": True,
}


def fields(service: str, model: str) -> set[str]:
    document: dict[str, Any] = json.loads((SCHEMA / f"{service}.json").read_text(encoding="utf-8"))
    return set(document["components"]["schemas"][model]["properties"])


@pytest.fixture
def fake() -> FakeService:
    return FakeService()


async def test_shares(fake: FakeService) -> None:
    share = fake.post_shares({"title": "Late flights", "notebook": NOTEBOOK})
    assert set(share) == fields("shares", "ShareModel")
    forked = fake.redeem({"ticket": fake.make_ticket(share["id"])})
    assert set(forked) == fields("shares", "ForkedModel")


async def test_jobs_and_runs(fake: FakeService) -> None:
    job = fake.post_jobs(JOB)
    assert set(job) == fields("schedules", "JobOut")
    run = fake.post_run(job["id"], {})
    assert set(run) == fields("schedules", "RunOut")
    assert run["state"] == "failed"
    assert set(run["error"]) == fields("schedules", "RunErrorOut")
    assert set(fake.cron("0 8 * * *", "UTC", 5, "en")) == fields("schedules", "CronOut")
