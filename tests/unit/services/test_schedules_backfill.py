"""Runs for a range of past times."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_services.errors import BadRequest, Conflict, NotFound
from lodge_services.schedules.backfill.core import Range
from lodge_services.schedules.backfill.plan import MOST, covers, merged, pieces
from lodge_services.schedules.cron import Cron
from lodge_services.schedules.fairness import choose
from lodge_services.schedules.intervals import Interval
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import notebook
from support.scheduling import ADA, Bench, Site

PARIS = "Europe/Paris"
HOURS = st.integers(0, 60)


def day(number: int, month: int = 11) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def span(first: int, last: int) -> Interval:
    return Interval(day(first), day(last))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    made.clock.now = day(20) + timedelta(hours=12)
    yield made
    await made.kill()


@given(st.lists(st.tuples(HOURS, HOURS)), st.tuples(HOURS, HOURS))
def test_what_is_covered_is_what_every_hour_says(
    spans: list[tuple[int, int]], wanted: tuple[int, int]
) -> None:
    zero = day(1)
    made = [Interval(zero + timedelta(hours=a), zero + timedelta(hours=b)) for a, b in spans]
    start, end = sorted(wanted)
    whole = Interval(zero + timedelta(hours=start), zero + timedelta(hours=end + 1))
    hours = {hour for a, b in spans for hour in range(a, b)}
    assert covers(merged(made), whole) == set(range(start, end + 1)).issubset(hours)


def test_each_day_of_a_range_is_there_once_across_summer_time() -> None:
    cron = Cron.parse("0 6 * * *", PARIS)
    zone = ZoneInfo(PARIS)
    wanted = Interval(
        datetime(2026, 3, 28, tzinfo=zone).astimezone(UTC),
        datetime(2026, 3, 31, tzinfo=zone).astimezone(UTC),
    )
    found = pieces(cron, "day", wanted, day(20))
    days = [one.interval.start.astimezone(zone).date().isoformat() for one in found]
    assert days == ["2026-03-28", "2026-03-29", "2026-03-30"]
    hours = [(one.interval.end - one.interval.start) // timedelta(hours=1) for one in found]
    assert hours == [24, 23, 24]
    assert all(one.time.astimezone(zone).hour == 6 for one in found)


def test_times_that_have_not_come_are_left_to_the_schedule() -> None:
    cron = Cron.parse("0 6 * * *", "UTC")
    found = pieces(cron, "day", span(18, 30), day(20) + timedelta(hours=5))
    assert [one.interval.start for one in found] == [day(18)]
    assert pieces(cron, "day", Interval(day(1, 12), day(2, 12)), day(20)) == []


def test_a_range_that_is_empty_or_too_long_is_refused() -> None:
    cron = Cron.parse("* * * * *", "UTC")
    for wanted, reason in ((span(5, 5), "empty_range"), (span(1, 3), "range_too_long")):
        with pytest.raises(BadRequest) as error:
            pieces(cron, "times", wanted, day(20))
        assert error.value.reason == reason
    hours = Interval(day(1), day(1) + timedelta(minutes=MOST - 1))
    assert len(pieces(cron, "times", hours, day(20))) <= MOST


async def test_what_is_missing_runs_in_its_order_with_its_own_parameters(bench: Bench) -> None:
    job = bench.job(
        cron="0 6 * * *",
        interval="day",
        notebook=notebook("print(day)", parameters="day = ''"),
        parameters={"day": "{{ ds }}"},
    )
    plan = bench.core.backfills.plan(ADA, job, Range(span(15, 18)))
    assert [one.state for one in plan.pieces] == ["missing"] * 3
    assert (bench.runs(job), plan.seconds) == ([], None)
    bench.core.backfills.start(ADA, job, Range(span(15, 18)))
    ran = []
    for _ in range(3):
        await bench.step()
        (run,) = bench.in_state("running")
        ran.append((run.trigger, run.parameters["day"], run.interval_start))
        await bench.end(run.id)
    assert ran == [("backfill", f"2026-11-{number}", day(number)) for number in (15, 16, 17)]
    after = bench.core.backfills.plan(ADA, job, Range(span(14, 19)))
    assert [one.state for one in after.pieces] == ["missing", "done", "done", "done", "missing"]
    assert len(after.runs) == 2
    assert after.seconds is not None
    again = bench.core.backfills.plan(ADA, job, Range(span(14, 19), again=True))
    assert len(again.runs) == 5


async def test_one_run_may_stand_for_all_of_it_and_then_all_of_it_is_done(bench: Bench) -> None:
    job = bench.job(cron="0 6 * * *", interval="day")
    bench.core.backfills.start(ADA, job, Range(span(10, 17), together=True))
    await bench.step()
    (run,) = bench.in_state("running")
    assert (run.interval_start, run.interval_end) == (day(10), day(17))
    plan = bench.core.backfills.plan(ADA, job, Range(span(9, 17)))
    assert [one.state for one in plan.pieces] == ["missing", *["waiting"] * 7]
    await bench.end(run.id)
    with pytest.raises(Conflict):
        bench.core.backfills.start(ADA, job, Range(span(11, 15)))


async def test_a_run_that_failed_leaves_its_interval_missing(bench: Bench) -> None:
    job = bench.job(cron="0 6 * * *", interval="day")
    bench.core.backfills.start(ADA, job, Range(span(15, 16)))
    await bench.step()
    await bench.end(bench.in_state("running")[0].id, "failed")
    (piece,) = bench.core.backfills.plan(ADA, job, Range(span(15, 16))).pieces
    assert piece.state == "missing"


async def test_what_has_run_is_known_when_the_run_is_forgotten_and_after_a_kill(
    tmp_path: Path,
) -> None:
    from lodge_services.schedules.engine import EngineOptions

    bench = Bench(tmp_path, EngineOptions(keep_runs=1))
    bench.clock.now = day(20) + timedelta(hours=12)
    job = bench.job(cron="0 6 * * *", interval="day")
    bench.core.backfills.start(ADA, job, Range(span(15, 18)))
    await bench.restart()
    for _ in range(3):
        await bench.step()
        await bench.end(bench.in_state("running")[0].id)
    assert len(bench.runs(job)) == 1
    await bench.restart()
    plan = bench.core.backfills.plan(ADA, job, Range(span(15, 18)))
    assert [one.state for one in plan.pieces] == ["done"] * 3
    await bench.kill()


async def test_asked_for_twice_nothing_runs_twice(bench: Bench) -> None:
    job = bench.job(cron="0 6 * * *", interval="day")
    bench.core.backfills.start(ADA, job, Range(span(10, 12)))
    with pytest.raises(Conflict) as error:
        bench.core.backfills.start(ADA, job, Range(span(10, 12)))
    assert error.value.reason == "nothing_to_run"
    assert len(bench.runs(job)) == 2


async def test_ranges_of_others_and_of_jobs_without_times_are_refused(bench: Bench) -> None:
    job, bare = bench.job(cron="0 6 * * *"), bench.job()
    for does in (bench.core.backfills.plan, bench.core.backfills.start):
        with pytest.raises(NotFound):
            does(Viewer("bob"), job, Range(span(10, 12)))
        with pytest.raises(BadRequest) as error:
            does(ADA, bare, Range(span(10, 12)))
        assert error.value.reason == "no_times"
    with pytest.raises(NotFound):
        bench.core.backfills.cancel(Viewer("bob"), job)


async def test_more_than_may_wait_is_refused_whole(bench: Bench) -> None:
    job = bench.job(cron="*/10 * * * *")
    bench.core.backfills.start(ADA, job, Range(span(1, 6)))
    with pytest.raises(Conflict) as error:
        bench.core.backfills.start(ADA, job, Range(span(6, 12)))
    assert error.value.reason == "too_many_waiting"
    assert bench.core.backfills.cancel(ADA, job) == 5 * 144
    assert bench.core.backfills.waiting(job) == 0
    assert not bench.in_state("queued")


async def test_a_run_that_goes_on_is_not_cancelled_with_what_waits(bench: Bench) -> None:
    job = bench.job(cron="0 6 * * *", interval="day")
    bench.core.backfills.start(ADA, job, Range(span(10, 13)))
    await bench.step()
    assert bench.core.backfills.cancel(ADA, job) == 2
    (run,) = bench.in_state("running")
    await bench.end(run.id)
    assert [one.state for one in bench.runs(job)] == ["cancelled", "cancelled", "succeeded"]


class Waits:
    def __init__(self, name: str, owner: str, trigger: str) -> None:
        self.id, self.job_id, self.owner, self.trigger = name, name, owner, trigger


def test_a_long_range_holds_up_neither_the_schedule_nor_others() -> None:
    queued = [
        *(Waits(f"past {number}", "ada", "backfill") for number in range(3)),
        Waits("daily", "ada", "schedule"),
        Waits("bob's", "bob", "schedule"),
    ]
    assert choose(queued, [], 3) == ["daily", "bob's", "past 0"]


async def test_the_api_looks_first_then_runs_then_cancels(site: Site) -> None:
    site.clock.now = day(20) + timedelta(hours=12)
    job = await site.job(cron="0 6 * * *", interval="day")
    path = f"api/jobs/{job['id']}/backfill"
    asked = {"start": "2026-11-15T00:00:00Z", "end": "2026-11-18T00:00:00Z"}
    seen = await site("POST", path, {**asked, "dry_run": True})
    assert (seen["runs"], seen["seconds"]) == (3, None)
    assert seen["intervals"][0] == {
        "start": "2026-11-15T00:00:00Z",
        "end": "2026-11-16T00:00:00Z",
        "state": "missing",
    }
    assert (await site("GET", f"api/jobs/{job['id']}/runs"))["items"] == []
    await site("POST", path, asked, user="bob", expect=404)
    await site("POST", path, {**asked, "end": asked["start"]}, expect=400)
    await site("POST", path, {"start": "2026-11-15", "end": "x"}, expect=400)
    made = await site("POST", path, asked)
    assert made["runs"] == 3
    runs = (await site("GET", f"api/jobs/{job['id']}/runs"))["items"]
    assert {one["trigger"] for one in runs} == {"backfill"}
    await site("DELETE", path, user="bob", expect=404)
    cancelled = await site("DELETE", path)
    assert cancelled["cancelled"] in (2, 3)


async def test_the_page_shows_a_range_before_it_runs(site: Site) -> None:
    site.clock.now = day(20) + timedelta(hours=12)
    job = await site.job(cron="0 6 * * *", interval="day", timezone="Asia/Shanghai")
    page, form = f"jobs/{job['id']}/backfill", {"first": "2026-11-16", "last": "2026-11-17"}

    async def look(values: dict[str, str]) -> tuple[int, str]:
        answer = await site.ask("GET", f"{page}?{urlencode(values)}")
        return answer.code, answer.body.decode()

    code, text = await look({})
    assert (code, "Look at it first" in text, "Stands for" in text) == (200, True, False)
    code, text = await look(form)
    assert code == 200
    assert "2 times of the schedule" in text
    assert "<td>2026-11-16</td>" in text
    assert "Start 2 runs" in text
    code, text = await look({"first": "2026-11-17", "last": "2026-11-16"})
    assert (code, "ends before it begins" in text) == (400, True)
    code, text = await look({"first": "<script>", "last": ""})
    assert (code, "Name the first and the last day" in text) == (400, True)
    assert 'value="<script>' not in text
    other = await site.ask("GET", page, user="bob")
    assert other.code == 404
    shown = (await site.ask("GET", f"jobs/{job['id']}")).body.decode()
    assert f"{page}" in shown
    assert json.loads((await site.ask("GET", f"api/jobs/{job['id']}/runs")).body)["items"] == []
