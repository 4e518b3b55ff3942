from __future__ import annotations

import json
from typing import Any

import pytest
from lodge_server.testing import FakeService
from nbformat.v4 import new_code_cell, new_output

JOB = {"path": "daily.ipynb", "name": "Daily", "cron": "0 8 * * *", "timezone": "Asia/Shanghai"}


def body_of(response: Any) -> Any:
    return json.loads(response.body)


async def make(server: Any, **changes: Any) -> Any:
    output = new_output("stream", text="long ago")
    server.write("daily.ipynb", new_code_cell("print(1)", execution_count=3, outputs=[output]))
    return await server.ask("POST", "lodge/api/jobs", {**JOB, **changes})


async def test_a_job_is_the_notebook_as_it_is_now(server: Any, fake: FakeService) -> None:
    response = await make(server, parameters={"top": 3})
    assert response.code == 201
    job = body_of(response)
    assert (job["name"], job["cron"], job["timezone"]) == ("Daily", "0 8 * * *", "Asia/Shanghai")
    sent = fake.requests[0][2]
    assert sent["notebook_path"] == "daily.ipynb"
    assert sent["parameters"] == {"top": 3}
    cell = sent["notebook"]["cells"][0]
    assert (cell["source"], cell["outputs"], cell["execution_count"]) == ("print(1)", [], None)


async def test_jobs_come_in_pages(server: Any) -> None:
    for number in range(3):
        await make(server, name=f"Job {number}")
    first = body_of(await server.ask("GET", "lodge/api/jobs", limit="2"))
    assert [job["name"] for job in first["items"]] == ["Job 2", "Job 1"]
    rest = await server.ask("GET", "lodge/api/jobs", limit="2", cursor=first["next_cursor"])
    assert [job["name"] for job in body_of(rest)["items"]] == ["Job 0"]
    assert body_of(rest)["next_cursor"] is None


async def test_a_job_is_changed_only_where_asked(server: Any, fake: FakeService) -> None:
    job = body_of(await make(server))
    url = f"lodge/api/jobs/{job['id']}"
    paused = body_of(await server.ask("PATCH", url, {"enabled": False}))
    assert (paused["enabled"], paused["name"], paused["next_run_at"]) == (False, "Daily", None)
    assert fake.requests[-1][2] == {"enabled": False}
    await server.ask("PATCH", url, {"cron": None})
    assert fake.requests[-1][2] == {"cron": None}


async def test_a_job_takes_the_notebook_as_it_is_later(server: Any, fake: FakeService) -> None:
    job = body_of(await make(server))
    server.write("daily.ipynb", new_code_cell("print(2)"))
    await server.ask("PATCH", f"lodge/api/jobs/{job['id']}", {"path": "daily.ipynb"})
    change = fake.requests[-1][2]
    assert set(change) == {"notebook", "notebook_path"}
    assert change["notebook"]["cells"][0]["source"] == "print(2)"


async def test_a_run_goes_from_queued_to_its_end(server: Any, fake: FakeService) -> None:
    fake.seconds_per_cell = 1000
    job = body_of(await make(server))
    response = await server.ask(
        "POST", f"lodge/api/jobs/{job['id']}/runs", {"parameters": {"top": 1}}
    )
    assert response.code == 201
    run = body_of(response)
    assert (run["state"], run["parameters"]) == ("queued", {"top": 1})
    fake.seconds_per_cell = 0
    ended = body_of(await server.ask("GET", f"lodge/api/runs/{run['id']}"))
    assert ended["state"] == "succeeded"
    runs = body_of(await server.ask("GET", f"lodge/api/jobs/{job['id']}/runs"))
    assert [one["id"] for one in runs["items"]] == [run["id"]]


async def test_a_run_without_a_body_takes_the_jobs_parameters(server: Any) -> None:
    job = body_of(await make(server, parameters={"top": 3}))
    response = await server.ask("POST", f"lodge/api/jobs/{job['id']}/runs")
    assert body_of(response)["parameters"] == {"top": 3}


async def test_a_run_is_cancelled(server: Any, fake: FakeService) -> None:
    fake.seconds_per_cell = 1000
    job = body_of(await make(server))
    run = body_of(await server.ask("POST", f"lodge/api/jobs/{job['id']}/runs", {}))
    response = await server.ask("POST", f"lodge/api/runs/{run['id']}/cancel")
    assert body_of(response)["state"] == "cancelled"


async def test_a_job_that_runs_is_deleted_by_force_only(server: Any, fake: FakeService) -> None:
    fake.seconds_per_cell = 1000
    job = body_of(await make(server))
    await server.ask("POST", f"lodge/api/jobs/{job['id']}/runs", {})
    url = f"lodge/api/jobs/{job['id']}"
    refused = await server.ask("DELETE", url)
    assert (refused.code, body_of(refused)["reason"]) == (409, "job_running")
    deleted = await server.ask("DELETE", url, force="true")
    assert (deleted.code, deleted.body) == (204, b"")
    assert (await server.ask("GET", url)).code == 404


async def test_an_expression_is_explained(server: Any) -> None:
    response = await server.ask(
        "GET", "lodge/api/cron", expression="0 8 * * *", timezone="UTC", count="5", language="zh"
    )
    explained = body_of(response)
    assert explained["description"] == "按 0 8 * * *"
    assert len(explained["next"]) == 5


async def test_the_services_sentence_is_passed_on(server: Any) -> None:
    response = await server.ask("GET", "lodge/api/cron", expression="never")
    assert response.code == 400
    assert body_of(response) == {
        "message": "“never” is not a cron expression: it needs five fields.",
        "reason": "bad_cron",
    }


@pytest.mark.parametrize("body", [{}, {**JOB, "owner": "grace"}, {**JOB, "parameters": []}])
async def test_a_job_that_is_not_understood_is_refused(server: Any, body: Any) -> None:
    response = await server.ask("POST", "lodge/api/jobs", body)
    assert (response.code, body_of(response)["reason"]) == (400, "bad_request")


async def test_what_is_told_of_schedules_is_asked_for(server: Any, fake: FakeService) -> None:
    assert body_of(await server.ask("GET", "lodge/api/alerts"))["items"] == []
    fake.alerts = [{"headline": "Late flights 失败", "what": "failed", "seen": False}]
    answer = body_of(await server.ask("GET", "lodge/api/alerts", language="zh"))
    assert [one["headline"] for one in answer["items"]] == ["Late flights 失败"]
