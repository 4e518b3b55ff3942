"""Jobs are changed and deleted over HTTP, and with them what belongs to them."""

from __future__ import annotations

from lodge_services.schedules.testing import notebook
from support.scheduling import Site


async def test_changes(site: Site) -> None:
    job = await site.job(cron="0 8 * * *")
    url = f"api/jobs/{job['id']}"
    site.clock.advance(minutes=1)
    paused = await site("PATCH", url, {"enabled": False})
    assert (paused["next_run_at"], paused["updated_at"]) == (None, "2027-01-04T07:01:00Z")
    assert (await site("PATCH", url, {"cron": "0 9 * * *"}))["next_run_at"] is None
    resumed = await site("PATCH", url, {"enabled": True, "timezone": "Europe/Berlin"})
    assert resumed["next_run_at"] == "2027-01-04T08:00:00Z"
    assert (await site("PATCH", url, {"cron": None}))["next_run_at"] is None
    assert (await site("PATCH", url, {"name": "Other"}))["name"] == "Other"
    for bad in ({"name": None}, {"cron": "x"}, {"parameters": {"no": 1}}, {"owner": "bob"}):
        await site("PATCH", url, bad, expect=400)
    assert (await site("GET", url))["name"] == "Other"


async def test_a_new_notebook_replaces_the_snapshot(site: Site) -> None:
    job = await site.job()
    before = {path.name for path in site.service.core.snapshots.folder.rglob("*") if path.is_file()}
    changed = {"notebook": notebook("1", parameters="night = 2"), "parameters": {"night": 3}}
    await site("PATCH", f"api/jobs/{job['id']}", changed)
    after = {path.name for path in site.service.core.snapshots.folder.rglob("*") if path.is_file()}
    assert len(before) == len(after) == 1
    assert before != after
    run = await site.run(job["id"])
    await site.started(run["id"])
    order = site.executor.runs[run["id"]].order
    assert order.parameters == {"night": 3}
    assert b"night = 2" in order.notebook


async def test_jobs_with_one_notebook_share_its_snapshot(site: Site) -> None:
    first, second = await site.job(), await site.job()
    await site("DELETE", f"api/jobs/{first['id']}", expect=204)
    run = await site.run(second["id"])
    await site.started(run["id"])
    site.executor.end(run["id"])
    assert (await site.ended(run["id"]))["state"] == "succeeded"
    await site("DELETE", f"api/jobs/{second['id']}", expect=204)
    assert [path for path in site.service.core.snapshots.folder.rglob("*") if path.is_file()] == []


async def test_a_job_with_a_run_under_way_is_not_deleted(site: Site) -> None:
    job = await site.job()
    run = await site.run(job["id"])
    await site.started(run["id"])
    problem = await site("DELETE", f"api/jobs/{job['id']}", expect=409)
    assert (problem["reason"], "cancel the run" in problem["message"]) == ("run_active", True)
    await site("POST", f"api/runs/{run['id']}/cancel")
    await site.ended(run["id"])
    await site("DELETE", f"api/jobs/{job['id']}", expect=204)
    await site("GET", f"api/runs/{run['id']}", expect=404)
    assert run["id"] in site.executor.removed


async def test_a_job_is_deleted_by_force(site: Site) -> None:
    job = await site.job(cron="* * * * *")
    first = await site.run(job["id"])
    site.clock.advance(seconds=1)
    second = await site.run(job["id"])
    await site.started(first["id"])
    await site("DELETE", f"api/jobs/{job['id']}?force=1", expect=204)
    assert site.executor.running == []
    assert site.executor.runs[first["id"]].stopped_with is not None
    assert set(site.executor.removed) >= {first["id"], second["id"]}
    await site("GET", f"api/jobs/{job['id']}", expect=404)


async def test_an_ended_run_is_not_cancelled(site: Site) -> None:
    run = await site.run((await site.job())["id"])
    await site.started(run["id"])
    site.executor.end(run["id"])
    await site.ended(run["id"])
    problem = await site("POST", f"api/runs/{run['id']}/cancel", expect=409)
    assert problem["message"] == "The run can't be cancelled: it has succeeded already."
