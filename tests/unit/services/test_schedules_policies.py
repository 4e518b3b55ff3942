"""What runs stand for, what becomes of missed times, of failures, and of what takes too long."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lodge_runner.spec import RunError
from lodge_services.db import upgrade
from lodge_services.db.migrate import downgrade
from lodge_services.errors import BadRequest
from lodge_services.schedules.firing import retry_of
from lodge_services.schedules.models import Run
from lodge_services.schedules.testing import notebook
from support.scheduling import ADA, Bench, Site, at

DATED = notebook("print(day)", parameters="day = ''")


def spans(runs: list[Run]) -> list[tuple[str, str]]:
    """Return what runs stand for, oldest first, in hours of UTC."""
    found = []
    for run in reversed(runs):
        assert run.interval_start is not None
        assert run.interval_end is not None
        found.append((f"{run.interval_start:%d %H}", f"{run.interval_end:%d %H}"))
    return found


async def ended(bench: Bench, run_id: str) -> None:
    """Wait until a run is over."""
    await bench.until(lambda: bench.core.run(ADA, run_id).state not in ("queued", "running"))


async def test_a_run_knows_what_it_stands_for(bench: Bench) -> None:
    job_id = bench.job(
        cron="0 9 * * *",
        timezone="Asia/Shanghai",
        interval="day",
        notebook=DATED,
        parameters={"day": "{{ ds }}"},
    )
    bench.clock.now = at("2027-01-05T01:00")
    await bench.step()
    (run,) = bench.runs(job_id)
    assert run.parameters == {"day": "2027-01-04"}
    assert (run.interval_start, run.interval_end) == (
        at("2027-01-03T16:00"),
        at("2027-01-04T16:00"),
    )
    assert bench.executor.runs[run.id].order.parameters == {"day": "2027-01-04"}
    # The job keeps the template.
    assert bench.core.job(ADA, job_id).job.parameters == {"day": "{{ ds }}"}
    await bench.end(run.id)
    # Asked for by hand, it is what the last scheduled one was.
    bench.clock.advance(hours=3)
    again = bench.core.run_now(ADA, job_id, {})
    assert again.parameters == {"day": "2027-01-04"}
    other = bench.core.run_now(ADA, job_id, {"day": "{{ interval_end | %m-%d }}"})
    assert other.parameters == {"day": "01-05"}


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        ("latest", [("06 00", "07 00")]),
        ("one", [("03 00", "07 00")]),
        ("all", [("03 00", "04 00"), ("04 00", "05 00"), ("05 00", "06 00"), ("06 00", "07 00")]),
        ("none", []),
    ],
)
async def test_what_becomes_of_missed_times(
    bench: Bench, catch_up: str, expected: list[tuple[str, str]]
) -> None:
    job_id = bench.job(cron="0 8 * * *", interval="day", catch_up=catch_up)
    bench.clock.now = at("2027-01-07T12:00")
    await bench.step()
    runs = bench.runs(job_id)
    assert spans(runs) == expected
    assert all(run.late for run in runs)
    assert bench.core.job(ADA, job_id).job.next_run_at == at("2027-01-08T08:00")


async def test_a_time_that_is_in_time_is_no_missed_one(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *", catch_up="none")
    bench.clock.now = at("2027-01-04T08:00:30")
    await bench.step()
    assert len(bench.runs(job_id)) == 1


async def test_many_missed_times_are_made_up_step_by_step(bench: Bench) -> None:
    job_id = bench.job(cron="*/5 * * * *", catch_up="all")
    bench.clock.advance(hours=20)
    for _ in range(4):
        await bench.step()
    runs = bench.core.runs(ADA, job_id, None, 100)
    more = bench.core.runs(ADA, job_id, runs.next_cursor, 100)
    more_yet = bench.core.runs(ADA, job_id, more.next_cursor, 100)
    found = [*runs.items, *more.items, *more_yet.items]
    assert len(found) == 240
    assert len({run.scheduled_for for run in found}) == 240
    starts = sorted(run.interval_start for run in found if run.interval_start)
    ends = sorted(run.interval_end for run in found if run.interval_end)
    assert starts[1:] == ends[:-1]


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [
        ("latest", [("03 00", "04 00"), ("05 00", "06 00")]),
        ("one", [("03 00", "04 00"), ("04 00", "06 00")]),
        ("all", [("03 00", "04 00"), ("04 00", "05 00"), ("05 00", "06 00")]),
    ],
)
async def test_one_that_waits_stands_for_what_comes_meanwhile(
    bench: Bench, catch_up: str, expected: list[tuple[str, str]]
) -> None:
    job_id = bench.job(
        cron="0 8 * * *",
        interval="day",
        catch_up=catch_up,
        notebook=DATED,
        parameters={"day": "{{ interval_end | %d }}"},
    )
    for day in ("04", "05", "06"):
        bench.clock.now = at(f"2027-01-{day}T08:00")
        await bench.step()
    runs = bench.runs(job_id)
    assert spans(runs) == expected
    assert runs[0].parameters["day"] == "06"


async def test_what_fails_is_tried_again_after_a_pause(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *", retries=2, retry_s=100)
    bench.clock.now = at("2027-01-04T08:00")
    await bench.step()
    pauses = []
    for attempt in (1, 2, 3):
        newest = bench.runs(job_id)[0]
        assert (newest.attempt, newest.state) == (attempt, "running")
        bench.clock.advance(seconds=1)
        bench.executor.end(newest.id, "failed", error=RunError(message="no"))
        await ended(bench, newest.id)
        waiting = bench.runs(job_id)[0]
        if attempt < 3:
            assert waiting.not_before is not None
            pauses.append((waiting.not_before - bench.clock.now).total_seconds())
            assert waiting.scheduled_for == at("2027-01-04T08:00")
            await bench.step()
            assert bench.runs(job_id)[0].state == "queued"
            assert bench.engine.ledger.next_due(bench.clock.now) == waiting.not_before
            bench.clock.now = waiting.not_before
            await bench.step()
    assert 100 <= pauses[0] <= 110
    assert 200 <= pauses[1] <= 220
    assert [run.state for run in bench.runs(job_id)] == ["failed"] * 3


async def test_what_was_cancelled_is_not_tried_again(bench: Bench) -> None:
    job_id = bench.job(retries=3)
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    await bench.core.cancel_run(ADA, run.id)
    await ended(bench, run.id)
    assert [one.state for one in bench.runs(job_id)] == ["cancelled"]


async def test_one_that_waits_for_its_next_try_can_be_cancelled(bench: Bench) -> None:
    job_id = bench.job(retries=1)
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    bench.clock.advance(seconds=1)
    bench.executor.end(run.id, "failed", error=RunError(message="no"))
    await ended(bench, run.id)
    waiting = bench.runs(job_id)[0]
    await bench.core.cancel_run(ADA, waiting.id)
    bench.clock.advance(hours=2)
    await bench.step()
    assert [one.state for one in bench.runs(job_id)] == ["cancelled", "failed"]


async def test_what_takes_too_long_is_ended_and_told(bench: Bench) -> None:
    job_id = bench.job(timeout_s=600, retries=1)
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    bench.executor.tell(run.id)
    bench.clock.advance(seconds=599)
    await bench.step()
    assert bench.executor.runs[run.id].stopped_with is None
    bench.clock.advance(seconds=2)
    await ended(bench, run.id)
    assert bench.executor.runs[run.id].stopped_with is not None
    waiting, over = bench.runs(job_id)
    assert over.state == "failed"
    assert over.error is not None
    assert "took longer than its 600 seconds" in over.error["message"]
    assert (waiting.attempt, waiting.state) == (2, "queued")


async def test_a_kill_forgets_no_time_out(bench: Bench) -> None:
    job_id = bench.job(timeout_s=600)
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    await bench.restart()
    bench.clock.advance(hours=1)
    await bench.step()
    await ended(bench, run.id)
    assert bench.executor.runs[run.id].stopped_with is not None
    (over,) = bench.runs(job_id)
    assert over.state == "failed"
    assert over.error is not None
    assert "took longer" in over.error["message"]


async def test_a_job_begins_and_ends(bench: Bench) -> None:
    job_id = bench.job(
        cron="0 8 * * *", starts_at=at("2027-01-06T00:00"), ends_at=at("2027-01-08T08:00")
    )
    fired = []
    for _ in range(8):
        bench.clock.advance(days=1)
        await bench.step()
        for run in bench.runs(job_id):
            if run.state == "running":
                fired.append(f"{run.scheduled_for:%d}")
                await bench.end(run.id)
    assert fired == ["06", "07"]
    assert bench.core.job(ADA, job_id).job.next_run_at is None


async def test_what_was_missed_before_its_end_is_made_up_after_it(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *", catch_up="all", ends_at=at("2027-01-06T00:00"))
    bench.clock.advance(days=30)
    await bench.step()
    assert [f"{run.scheduled_for:%d}" for run in bench.runs(job_id)] == ["05", "04"]
    assert bench.core.job(ADA, job_id).job.next_run_at is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cron": "0 8,20 * * *", "interval": "day"}, "more than once in a day"),
        ({"cron": None, "parameters": {"day": "{{ ds }}"}}, "without times has no interval"),
        ({"cron": "0 8 * * *", "parameters": {"day": "{{ dss }}"}}, "did you mean ds?"),
        (
            {
                "cron": "0 8 * * *",
                "starts_at": at("2027-02-01T00:00"),
                "ends_at": at("2027-01-01T00:00"),
            },
            "ends before it begins",
        ),
    ],
)
def test_what_can_not_be_is_refused_when_it_is_saved(
    bench: Bench, values: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequest, match=said.replace("?", r"\?")):
        bench.job(notebook=DATED, **values)
    good = bench.job(notebook=DATED, cron="0 8 * * *", parameters={"day": "{{ ds }}"})
    with pytest.raises(BadRequest):
        bench.core.change_job(ADA, good, {"parameters": {"day": "x"}, **values} | values)
    assert bench.core.job(ADA, good).job.cron == "0 8 * * *"
    # Its parameters name an interval: it has to have times.
    with pytest.raises(BadRequest, match="no interval"):
        bench.core.change_job(ADA, good, {"cron": None})


async def test_the_api_takes_and_tells_them(site: Site) -> None:
    job = await site.job(
        cron="0 8 * * *",
        interval="day",
        catch_up="one",
        retries=2,
        retry_s=30,
        timeout_s=3600,
        starts_at="2027-02-01T00:00:00+08:00",
    )
    assert (job["interval"], job["catch_up"], job["retries"]) == ("day", "one", 2)
    assert (job["timeout_s"], job["starts_at"]) == (3600, "2027-01-31T16:00:00Z")
    assert job["next_run_at"] == "2027-02-01T08:00:00Z"
    changed = await site("PATCH", f"api/jobs/{job['id']}", {"starts_at": None, "timeout_s": None})
    assert (changed["starts_at"], changed["next_run_at"]) == (None, "2027-01-04T08:00:00Z")
    run = await site.run(job["id"])
    assert (run["attempt"], run["interval_end"]) == (1, "2027-01-03T00:00:00Z")
    for wrong in (
        {"interval": "year"},
        {"catch_up": "some"},
        {"retries": 99},
        {"timeout_s": 0},
        {"starts_at": "2027-02-01T00:00:00"},
        {"retries": None},
    ):
        assert (await site.ask("PATCH", f"api/jobs/{job['id']}", wrong)).code == 400, wrong


def test_braces_of_older_jobs_stay_what_they_were(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/schedules.sqlite"
    upgrade(url, "schedules")
    downgrade(url, "schedules", "0002")
    with sqlite3.connect(tmp_path / "schedules.sqlite") as connection:
        names = "id owner name notebook_path notebook_digest timezone parameters enabled"
        columns = [*names.split(), "created_at", "updated_at", "publish"]
        values = ["a" * 12, "ada", "n", "p", "d", "UTC", '{"q": ["{{ x }}", 1]}', 1]
        now = "2027-01-04 07:00:00.000000"
        places = ", ".join("?" * len(columns))
        connection.execute(
            f"INSERT INTO job ({', '.join(columns)}) VALUES ({places})",
            [*values, now, now, 0],
        )
    upgrade(url, "schedules")
    with sqlite3.connect(tmp_path / "schedules.sqlite") as connection:
        (kept,) = connection.execute("SELECT parameters FROM job").fetchone()
    assert "{{ '{{' }} x }}" in kept


def test_pauses_are_no_longer_than_an_hour(bench: Bench) -> None:

    job = bench.core.job(ADA, bench.job(retries=10, retry_s=86_400)).job
    run = bench.core.run_now(ADA, job.id, {})
    again = retry_of(run, job, bench.clock.now)
    assert again is not None
    assert again.not_before is not None
    assert again.not_before - bench.clock.now <= timedelta(minutes=66)
