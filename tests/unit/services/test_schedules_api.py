"""The API of schedules over HTTP, with a small hub and an executor that does as told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from lodge_runner.spec import RunError
from lodge_services.schedules.models import Job, Run
from lodge_services.schedules.service import ROUTES
from lodge_services.schedules.testing import as_json, new_job, notebook
from lodge_services.web.auth import public_reason_of, scope_of
from lodge_services.web.openapi import verbs_of
from openapi_spec_validator import validate
from support.scheduling import Site


async def test_a_job_and_its_fields(site: Site) -> None:
    job = await site.job(cron=" 30  8 * * MON-FRI", timezone="Asia/Shanghai", parameters={"day": 2})
    assert {key: job[key] for key in job.keys() - {"id"}} == {
        "owner": "ada",
        "name": "Daily delays",
        "notebook_path": "reports/delays.ipynb",
        "cron": "30 8 * * MON-FRI",
        "timezone": "Asia/Shanghai",
        "parameters": {"day": 2},
        "enabled": True,
        "share_id": None,
        "publish": False,
        "interval": "times",
        "catch_up": "latest",
        "retries": 0,
        "retry_s": 60,
        "timeout_s": None,
        "starts_at": None,
        "ends_at": None,
        "after": [],
        "after_s": 86_400,
        "created_at": "2027-01-04T07:00:00Z",
        "updated_at": "2027-01-04T07:00:00Z",
        "next_run_at": "2027-01-05T00:30:00Z",
        "last_run": None,
        "fault": None,
    }
    assert await site("GET", f"api/jobs/{job['id']}") == job
    assert (await site("GET", "api/jobs"))["items"] == [job]


async def test_a_run_from_beginning_to_end(site: Site) -> None:
    job = await site.job(parameters={"day": 1})
    body = {"parameters": {"day": 5}}
    run = await site("POST", f"api/jobs/{job['id']}/runs", body, expect=201)
    assert (run["state"], run["trigger"], run["parameters"]) == ("queued", "manual", {"day": 5})
    assert run["url"] == f"/base/services/schedules/runs/{run['id']}"
    await site.started(run["id"])
    site.executor.notebooks[run["id"]] = as_json(notebook("print(5)"))
    site.executor.logs[run["id"]] = "done · 完成\n".encode()
    site.clock.advance(seconds=90)
    error = RunError(cell=0, cell_source="x", ename="NameError", evalue="x", message="Cell 1.")
    site.executor.end(run["id"], "failed", error)
    ended = await site.ended(run["id"])
    assert (ended["state"], ended["error"]["ename"], ended["duration_s"]) == (
        "failed",
        "NameError",
        90,
    )
    assert (await site("GET", f"api/jobs/{job['id']}"))["last_run"] == ended
    assert (await site("GET", f"api/jobs/{job['id']}/runs"))["items"] == [ended]
    assert (await site("GET", f"api/runs/{run['id']}/notebook"))["nbformat"] == 4
    log = await site.ask("GET", f"api/runs/{run['id']}/log")
    assert log.body.decode() == "done · 完成\n"
    assert log.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_a_garbled_notebook_is_none(site: Site) -> None:
    run = await site.run((await site.job())["id"])
    await site.started(run["id"])
    problem = await site("GET", f"api/runs/{run['id']}/notebook", expect=404)
    assert problem["reason"] == "no_notebook"
    for garbage in (b"\xff\x00", b"[" * 100_000, b'{"nbformat": 4}', b"null", b""):
        site.executor.notebooks[run["id"]] = garbage
        await site("GET", f"api/runs/{run['id']}/notebook", expect=404)


OTHERS = [
    ("GET", "api/jobs/{job}", None),
    ("PATCH", "api/jobs/{job}", {"name": "Mine now"}),
    ("DELETE", "api/jobs/{job}", None),
    ("DELETE", "api/jobs/{job}?force=1", None),
    ("GET", "api/jobs/{job}/runs", None),
    ("POST", "api/jobs/{job}/runs", {}),
    ("GET", "api/runs/{run}", None),
    ("GET", "api/runs/{run}/notebook", None),
    ("GET", "api/runs/{run}/log", None),
    ("POST", "api/runs/{run}/cancel", None),
]


@pytest.mark.parametrize(("method", "path", "body"), OTHERS)
async def test_what_is_not_yours_does_not_exist(
    site: Site, method: str, path: str, body: Any
) -> None:
    job = await site.job()
    run = await site.run(job["id"])
    await site.started(run["id"])
    site.executor.notebooks[run["id"]] = as_json(notebook("secret"))
    real = path.format(job=job["id"], run=run["id"])
    theirs = await site.ask(method, real, body, user="bob")
    missing = await site.ask(method, path.format(job="0" * 12, run="0" * 12), body, user="bob")
    assert (theirs.code, theirs.body) == (404, missing.body)
    assert b"secret" not in theirs.body
    assert (await site("GET", f"api/jobs/{job['id']}"))["name"] == "Daily delays"
    assert site.executor.running == [run["id"]]


async def test_lists_hold_what_is_yours(site: Site) -> None:
    await site.job()
    assert (await site("GET", "api/jobs", user="bob"))["items"] == []
    problem = await site("GET", "api/jobs?owner=ada", user="bob", expect=403)
    assert problem["reason"] == "not_yours"


async def test_administrators_see_and_change_what_is_not_theirs(site: Site) -> None:
    job = await site.job()
    run = await site.run(job["id"])
    await site.started(run["id"])
    assert len((await site("GET", "api/jobs?owner=ada", user="root"))["items"]) == 1
    assert (await site("GET", "api/jobs", user="root"))["items"] == []
    await site("POST", f"api/runs/{run['id']}/cancel", user="root")
    assert (await site.ended(run["id"]))["state"] == "cancelled"
    changed = await site("PATCH", f"api/jobs/{job['id']}", {"enabled": False}, user="root")
    assert (changed["owner"], changed["enabled"]) == ("ada", False)


async def test_an_administrator_sees_the_jobs_of_all(site: Site) -> None:
    await site.job()
    await site.job(user="bob")
    listed = (await site("GET", "api/jobs?all=true", user="root"))["items"]
    assert sorted(job["owner"] for job in listed) == ["ada", "bob"]
    assert len((await site("GET", "api/jobs?owner=bob", user="root"))["items"]) == 1
    await site("GET", "api/jobs?all=true", user="bob", expect=403)


async def test_reading_is_not_writing(site: Site) -> None:
    await site("GET", "api/jobs", user="reader")
    problem = await site("POST", "api/jobs", new_job(), user="reader", expect=403)
    assert "custom:lodge-schedules:write" in problem["message"]


async def test_nobody_is_let_in_without_a_token(site: Site) -> None:
    for method, path, _ in OTHERS:
        response = await site.client(method, path.format(job="0" * 12, run="0" * 12))
        assert response.code in (401, 403), path


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"cron": "61 * * * *"}, "the minute 61 is outside of 0 to 59"),
        ({"timezone": "Asia/Shangai"}, "did you mean Asia/Shanghai?"),
        ({"parameters": {"dya": 1}}, "day"),
        ({"parameters": {"day": "three"}}, "must be an int"),
        ({"parameters": {"day": [1e999]}}, ""),
        ({"notebook": {}}, "can't be scheduled: it has no list of cells"),
        ({"notebook": {"nbformat": 3, "worksheets": []}}, "its format is 3, and only 4 is known"),
        ({"notebook": {**notebook("1"), "nbformat_minor": "5"}}, "nbformat_minor is no whole"),
        ({"notebook": {**notebook("1"), "nbformat_minor": True}}, "nbformat_minor is no whole"),
        ({"notebook": {**notebook("1"), "metadata": {"kernelspec": None}}}, "'kernelspec' is no"),
        ({"parameters": {"day": "\ud83d"}}, '"parameters" holds half a character'),
        ({"parameters": {"day": {"k\ud83d": 1}}}, '"parameters" holds half a character'),
        ({"name": "a\x00b"}, 'The field "name" is not valid: it holds control characters'),
        ({"a\ud83d": 1}, 'The field "a\\ud83d" holds half a character'),
        ({"notebook_path": "../../etc/passwd"}, "path of a notebook in the home"),
        ({"notebook_path": "a/"}, "path of a notebook in the home"),
        ({"name": "  "}, '"name"'),
        ({"name": "\ud800"}, '"name"'),
        ({"corn": "0 0 * * *"}, 'did you mean "cron"?'),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "it must be from the year 1970 to 9900"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "it must be from the year 1970 to 9900"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "it must be from the year 1970 to 9900"),
    ],
)
async def test_a_bad_job_is_refused_with_a_sentence(
    site: Site, values: dict[str, Any], says: str
) -> None:
    problem = await site("POST", "api/jobs", new_job(**values), expect=400)
    assert says in problem["message"]
    assert (await site("GET", "api/jobs"))["items"] == []


async def test_half_characters_are_refused_wherever_they_come(site: Site) -> None:
    job = await site.job()
    for method, path, body in (
        ("PATCH", f"api/jobs/{job['id']}", {"parameters": {"day": "\ud83d"}}),
        ("POST", f"api/jobs/{job['id']}/runs", {"parameters": {"day": ["\ud83d"]}}),
        ("GET", "api/cron?expression=%00", None),
    ):
        assert "which can't be kept" in (await site(method, path, body, expect=400))["message"]
    await site("GET", "api/jobs/%00", expect=404)
    assert (await site("GET", f"api/jobs/{job['id']}/runs"))["items"] == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue"])
async def test_the_ends_of_time_are_shown(site: Site, zone: str) -> None:
    first, last = "1970-01-01T00:00:00Z", "9900-12-31T23:59:59Z"
    job = await site.job(cron="* * * * *", timezone=zone, starts_at=first, ends_at=last)
    late = await site.job(cron="0 0 * * *", timezone=zone, starts_at=last)
    assert late["next_run_at"].startswith("9901-01-01")
    with site.service.core.database.write() as session:
        row = session.get_one(Job, job["id"])
        row.starts_at = datetime.min.replace(tzinfo=UTC)
        row.ends_at = datetime.max.replace(tzinfo=UTC)
    for path in ("", f"jobs/{job['id']}", f"jobs/{late['id']}", "api/jobs"):
        assert (await site.ask("GET", path)).code == 200, path


async def test_a_bad_row_costs_no_list(site: Site) -> None:
    other = await site.job(name="Other")
    site.clock.advance(minutes=1)
    job = await site.job()
    run = await site.run(job["id"])
    await site.started(run["id"])
    site.executor.end(run["id"])
    await site.ended(run["id"])
    with site.service.core.database.write() as session:
        row = session.get(Job, other["id"])
        assert row is not None
        row.parameters = {"a\ud83d": ["b\ud83d", "\ud83d\ude00"]}
        session.get_one(Job, job["id"]).parameters = ["no", "object"]  # type: ignore[assignment]
        session.get_one(Run, run["id"]).error = {"what": "is this"}
    listed = (await site("GET", "api/jobs"))["items"]
    assert [item["parameters"] for item in listed] == [{}, {"a\ufffd": ["b\ufffd", "😀"]}]
    assert [item["fault"] is not None for item in listed] == [True, False]
    (broken,) = (await site("GET", f"api/jobs/{job['id']}/runs"))["items"]
    assert "can't be read" in broken["error"]["message"]
    for path in ("", f"jobs/{job['id']}", f"runs/{run['id']}"):
        assert (await site.ask("GET", path)).code == 200, path
    for item in listed:
        await site("DELETE", f"api/jobs/{item['id']}", expect=204)


async def test_too_many_waiting_runs(site: Site) -> None:
    job = await site.job()
    for _ in range(21):
        run = await site.run(job["id"])
        await site.until(lambda: len(site.executor.running) == 1)
    problem = await site("POST", f"api/jobs/{job['id']}/runs", {}, expect=409)
    assert problem["reason"] == "too_many_waiting"
    assert (await site("GET", f"api/runs/{run['id']}"))["state"] == "queued"


async def test_pages_of_lists(site: Site) -> None:
    made = []
    for index in range(5):
        site.clock.advance(seconds=1)
        made.append((await site.job(name=f"Job {index}"))["id"])
    seen: list[str] = []
    cursor: str | None = ""
    for size in (2, 2, 1):
        page = await site("GET", f"api/jobs?limit=2&cursor={cursor}")
        assert len(page["items"]) == size
        seen += [job["id"] for job in page["items"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert seen == made[::-1]
    await site("GET", "api/jobs?cursor=nonsense", expect=400)
    await site("GET", "api/jobs?limit=1000", expect=400)
    await site("GET", f"api/jobs/{made[0]}/runs?limit=1&cursor=", expect=200)


async def test_a_schedule_is_explained(site: Site) -> None:
    # The explanation begins now, whatever the service's clock says.
    query = "expression=30%208%20*%20*%201-5&timezone=Asia/Shanghai&language=zh&count=3"
    told = await site("GET", f"api/cron?{query}")
    assert told["description"] == "在08:30，星期一到星期五"
    assert len(told["next"]) == 3
    assert all(time.endswith("T08:30:00+08:00") for time in told["next"])
    problem = await site("GET", "api/cron?expression=every%20day", expect=400)
    assert problem["reason"] == "bad_cron"
    assert "it has 2 fields" in problem["message"]
    assert (await site("GET", "api/cron", expect=400))["message"].startswith("The schedule is emp")


async def test_health_and_openapi(site: Site) -> None:
    assert (await site.client("GET", "api/health")).code == 200
    document = json.loads((await site.client("GET", "api/openapi.json")).body)
    validate(document)
    assert {path for path in document["paths"] if path.startswith("/api/")} == {
        "/api/health",
        "/api/openapi.json",
        "/api/jobs",
        "/api/jobs/{job_id}",
        "/api/jobs/{job_id}/runs",
        "/api/jobs/{job_id}/backfill",
        "/api/runs/{run_id}",
        "/api/runs/{run_id}/notebook",
        "/api/runs/{run_id}/log",
        "/api/runs/{run_id}/cancel",
        "/api/runs/{run_id}/rerun",
        "/api/runs/{run_id}/page",
        "/api/cron",
        "/api/jobs/{job_id}/alerts",
        "/api/jobs/{job_id}/alerts/mute",
        "/api/jobs/{job_id}/alerts/recipients",
        "/api/jobs/{job_id}/alerts/recipients/{recipient_id}",
        "/api/jobs/{job_id}/alerts/test",
        "/api/alerts",
        "/api/alerts/seen",
    }


def test_every_verb_is_guarded() -> None:
    for route in ROUTES:
        for verb, method in verbs_of(route):
            assert scope_of(method) and not public_reason_of(method), (route.path, verb)  # noqa: PT018
