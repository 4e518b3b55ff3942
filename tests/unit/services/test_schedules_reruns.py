"""Runs that are run once more, for the same time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lodge_services.errors import BadRequest, Conflict, NotFound
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import notebook
from support.scheduling import ADA, Bench, Site

PARAMETERS = "day: str = ''  # which\ntop = 5\nnames = ['a']"


async def failed(bench: Bench, **values: object) -> str:
    """Return a run of the schedule that has failed."""
    bench.clock.now = datetime(2026, 11, 20, 5, tzinfo=UTC)
    given = {"day": "{{ ds }}", "top": 7}
    told: dict[str, Any] = {"parameters": given, **values}
    job = bench.job(
        cron="0 6 * * *",
        interval="day",
        notebook=notebook("print(day)", parameters=PARAMETERS),
        **told,
    )
    bench.clock.advance(hours=2)
    await bench.step()
    (run,) = bench.in_state("running")
    assert run.job_id == job
    await bench.end(run.id, "failed")
    return run.id


async def test_it_stands_for_the_same_time_with_what_was_filled_in_then(bench: Bench) -> None:
    first = bench.core.run(ADA, await failed(bench))
    bench.clock.advance(days=3)
    again = bench.core.reruns.rerun(ADA, first.id, {})
    assert (again.trigger, again.attempt, again.parameters) == (
        *("manual", 1),
        {"day": "2026-11-19", "top": 7},
    )
    assert (again.interval_start, again.interval_end) == (first.interval_start, first.interval_end)
    assert again.scheduled_for == first.scheduled_for
    changed = bench.core.reruns.rerun(ADA, first.id, {"top": 2})
    assert changed.parameters == {"day": "2026-11-19", "top": 2}


async def test_it_runs_the_notebook_that_the_job_has_now(bench: Bench) -> None:
    first = bench.core.run(ADA, await failed(bench))
    better = notebook("print(day, 1)", parameters=PARAMETERS)
    bench.core.change_job(ADA, first.job_id, {"notebook": better})
    again = bench.core.reruns.rerun(ADA, first.id, {})
    assert again.notebook_digest != first.notebook_digest
    await bench.step()
    (running,) = bench.in_state("running")
    assert running.id == again.id


async def test_braces_that_a_run_was_given_stay_as_they_are(bench: Bench) -> None:
    run = await failed(bench, parameters={"day": "{{ '{{' }} ds }}"})
    assert bench.core.run(ADA, run).parameters == {"day": "{{ ds }}"}
    assert bench.core.reruns.rerun(ADA, run, {}).parameters == {"day": "{{ ds }}"}


async def test_what_is_refused(bench: Bench) -> None:
    run = await failed(bench)
    with pytest.raises(NotFound):
        bench.core.reruns.rerun(Viewer("bob"), run, {})
    with pytest.raises(NotFound):
        bench.core.reruns.fields(Viewer("bob"), run)
    with pytest.raises(BadRequest):
        bench.core.reruns.rerun(ADA, run, {"nosuch": 1})
    again = bench.core.reruns.rerun(ADA, run, {})
    with pytest.raises(Conflict):
        bench.core.reruns.rerun(ADA, again.id, {})
    for _ in range(19):
        bench.core.reruns.rerun(ADA, run, {})
    with pytest.raises(Conflict) as crowd:
        bench.core.reruns.rerun(ADA, run, {})
    assert crowd.value.reason == "too_many_waiting"


async def test_a_form_has_the_values_of_the_run_and_reads_what_was_changed(bench: Bench) -> None:
    run = await failed(bench)
    reruns = bench.core.reruns
    assert [(one.name, one.text, one.kind, one.help) for one in reruns.fields(ADA, run)] == [
        ("day", "2026-11-19", "str", "which"),
        ("top", "7", "int", ""),
        ("names", '["a"]', "list", ""),
    ]
    texts = {"day": "2026-11-19", "top": "9", "names": '["b", "c"]'}
    assert reruns.changed(ADA, run, texts) == {"top": 9, "names": ["b", "c"]}
    with pytest.raises(BadRequest):
        reruns.changed(ADA, run, {"top": "many"})
    with pytest.raises(BadRequest):
        reruns.changed(ADA, run, {"nosuch": "1"})


async def test_by_the_api_and_by_the_page(site: Site) -> None:
    job = await site.job(notebook=notebook("1", parameters=PARAMETERS), parameters={"top": 6})
    run = await site.run(job["id"])
    await site.started(run["id"])
    await site("POST", f"api/runs/{run['id']}/rerun", {}, expect=409)
    site.executor.end(run["id"], "failed")
    await site.ended(run["id"])
    await site("POST", f"api/runs/{run['id']}/rerun", {}, user="bob", expect=404)
    await site("POST", f"api/runs/{run['id']}/rerun", {}, user="reader", expect=403)
    made = await site("POST", f"api/runs/{run['id']}/rerun", {"parameters": {"top": 1}}, expect=201)
    assert (made["parameters"], made["trigger"]) == ({"top": 1}, "manual")
    page = (await site.ask("GET", f"runs/{run['id']}")).body.decode()
    assert 'name="parameter.top" value="6"' in page
    assert "Run again with other parameters" in page


async def test_a_notebook_that_is_lost_takes_no_page_of_a_run_down(site: Site) -> None:
    job = await site.job(notebook=notebook("1", parameters=PARAMETERS), parameters={"top": 6})
    run = await site.run(job["id"])
    await site.started(run["id"])
    site.executor.end(run["id"], "failed")
    await site.ended(run["id"])
    for path in site.service.core.snapshots.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    page = await site.ask("GET", f"runs/{run['id']}")
    assert (page.code, b'name="parameter.top" value="6"' in page.body) == (200, True)
