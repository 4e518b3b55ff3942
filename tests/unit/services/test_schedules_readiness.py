"""Jobs that wait for other jobs to succeed for the same time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lodge_services.errors import BadRequest, NotFound
from lodge_services.schedules.backfill.core import Range
from lodge_services.schedules.intervals import Interval
from lodge_services.schedules.models import Job, Run
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.readiness.jobs import wanted_of
from support.scheduling import ADA, Bench, Site


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def pair(bench: Bench, **values: Any) -> tuple[str, str]:
    """Return a daily job and one an hour later that waits for it, both from the 20th on."""
    bench.clock.now = at(20, 4)
    first = bench.job(name="Load", cron="0 5 * * *", interval="day")
    later = {"cron": "0 6 * * *", "interval": "day", "after": [first], **values}
    return first, bench.job(name="Report", **later)


async def ran(bench: Bench, state: str = "succeeded") -> str:
    """Let the one run that runs end; return its job."""
    (run,) = bench.in_state("running")
    await bench.end(run.id, state)
    return run.job_id


async def test_a_run_begins_once_the_other_has_succeeded_for_its_day(bench: Bench) -> None:
    first, second = pair(bench)
    bench.clock.now = at(20, 5)
    await bench.step()
    (load,) = bench.in_state("running")
    bench.clock.now = at(20, 6)
    await bench.step()
    assert [run.job_id for run in bench.in_state("queued")] == [second]
    (lacking,) = bench.core.dependencies.lacking(bench.in_state("queued")[0])
    assert (lacking.id, lacking.name) == (first, "Load")
    await bench.end(load.id)
    await bench.step()
    (report,) = bench.in_state("running")
    assert (report.job_id, report.interval_start) == (second, at(19))


async def test_one_that_failed_is_waited_for_until_somebody_runs_it_again(bench: Bench) -> None:
    first, second = pair(bench)
    bench.clock.now = at(20, 6)
    await bench.step()
    assert await ran(bench, "failed") == first
    await bench.step()
    assert not bench.in_state("running")
    (failed,) = bench.runs(first)
    bench.core.reruns.rerun(ADA, failed.id, {})
    await bench.step()
    assert await ran(bench) == first
    await bench.step()
    assert await ran(bench) == second


async def test_at_the_deadline_it_fails_and_says_what_was_missing(bench: Bench) -> None:
    first, second = pair(bench, after_s=7200, retries=3)
    bench.core.change_job(ADA, first, {"enabled": False})
    bench.clock.now = at(20, 6)
    await bench.step()
    assert len(bench.in_state("queued")) == 1
    bench.clock.now = at(20, 8)
    await bench.step()
    (run,) = bench.runs(second)
    assert run.state == "failed"
    assert run.error is not None
    assert "Load did not succeed for the same time" in run.error["message"]
    assert run.started_at is None


async def test_each_day_waits_for_its_own_and_none_is_forgotten(bench: Bench) -> None:
    first, second = pair(bench, after_s=30 * 86_400)
    bench.core.change_job(ADA, first, {"enabled": False})
    for day in (20, 21, 22):
        bench.clock.now = at(day, 7)
        await bench.step()
    waiting = sorted(run.interval_start for run in bench.in_state("queued") if run.interval_start)
    assert waiting == [at(19), at(20), at(21)]
    # The middle one is made up: its day goes on, the others wait.
    bench.core.backfills.start(ADA, first, Range(Interval(at(20), at(21))))
    await bench.step()
    assert await ran(bench) == first
    await bench.step()
    (report,) = bench.in_state("running")
    assert (report.job_id, report.interval_start) == (second, at(20))
    await bench.end(report.id)
    assert len(bench.in_state("queued")) == 2


async def test_it_is_the_same_after_a_kill(bench: Bench) -> None:
    first, second = pair(bench)
    bench.clock.now = at(20, 5)
    await bench.step()
    assert await ran(bench) == first
    await bench.restart()
    bench.clock.now = at(20, 6)
    await bench.step()
    assert await ran(bench) == second
    bench.core.change_job(ADA, first, {"enabled": False})
    bench.clock.now = at(21, 6)
    await bench.step()
    await bench.restart()
    await bench.step()
    assert [run.job_id for run in bench.in_state("queued")] == [second]
    bench.clock.now = at(22, 7)
    await bench.step()
    failed = [run for run in bench.runs(second) if run.state == "failed"]
    assert [run.interval_start for run in failed] == [at(20)]


async def test_who_asks_for_a_run_by_hand_does_not_wait(bench: Bench) -> None:
    _, second = pair(bench)
    bench.core.run_now(ADA, second, {})
    await bench.step()
    assert await ran(bench) == second


async def test_past_times_wait_as_well(bench: Bench) -> None:
    first, second = pair(bench)
    bench.core.backfills.start(ADA, second, Range(Interval(at(15), at(17))))
    await bench.step()
    assert not bench.in_state("running")
    bench.core.backfills.start(ADA, first, Range(Interval(at(15), at(17)), together=True))
    await bench.step()
    assert await ran(bench) == first
    for _ in range(2):
        await bench.step()
        assert await ran(bench) == second


async def test_a_job_that_is_deleted_is_not_waited_for_in_silence(bench: Bench) -> None:
    first, second = pair(bench)
    bench.clock.now = at(20, 6)
    await bench.step()
    await bench.core.delete_job(ADA, first, force=True)
    await bench.step()
    (run,) = bench.runs(second)
    assert run.error is not None
    assert (run.state, "was deleted" in run.error["message"]) == ("failed", True)


async def test_circles_and_jobs_of_others_are_refused(bench: Bench) -> None:
    first, second = pair(bench)
    third = bench.job(cron="0 7 * * *", after=[second])
    for job, after in ((first, [third]), (first, [first]), (second, [third])):
        with pytest.raises(BadRequest) as error:
            bench.core.change_job(ADA, job, {"after": after})
        assert error.value.reason == "circle"
    assert bench.core.job(ADA, first).job.after == []
    theirs, bare = bench.job("bob", cron="0 1 * * *"), bench.job()
    for job, after, reason in (
        (first, [theirs], "no_such_job"),
        (first, ["x" * 12], "no_such_job"),
        (first, [bare], "no_times"),
        (bare, [first], "no_times"),
    ):
        with pytest.raises(BadRequest) as error:
            bench.core.change_job(ADA, job, {"after": after})
        assert error.value.reason == reason
    with pytest.raises(BadRequest):
        bench.core.change_job(ADA, second, {"cron": None})
    offered = [job.id for job in bench.core.dependencies.candidates(ADA, first)]
    assert offered == []
    assert {job.id for job in bench.core.dependencies.candidates(ADA, third)} == {first, second}
    with pytest.raises(NotFound):
        bench.core.dependencies.candidates(Viewer("bob"), first)


@pytest.mark.parametrize(
    ("run", "job", "wanted"),
    [
        # A day and a day; a week of days; a day of a week.
        ((at(19), at(20), at(20, 6)), ("0 5 * * *", "day"), (at(19), at(20))),
        ((at(9), at(16), at(16, 6)), ("0 5 * * *", "day"), (at(9), at(16))),
        ((at(18), at(19), at(19, 6)), ("0 5 * * 1", "week"), (at(9), at(16))),
        # What is between times has none in common: the last time before, and back to its own start.
        ((at(19, 6), at(20, 6), at(20, 6)), ("0 5 * * *", "times"), (at(19, 5), at(20, 5))),
        ((at(19, 6), at(20, 6), at(20, 6)), ("0 5 * * *", "day"), (at(19), at(20))),
        ((at(13, 6), at(20, 6), at(20, 6)), ("0 5 * * *", "times"), (at(13, 6), at(20, 5))),
        ((at(20, 6), at(20, 7), at(20, 7)), ("0 5 * * *", "times"), (at(19, 5), at(20, 5))),
        ((at(20, 4), at(20, 5), at(20, 5)), ("0 5 * * *", "times"), (at(19, 5), at(20, 5))),
    ],
)
def test_for_which_time_the_other_has_to_have_succeeded(
    run: tuple[datetime, ...], job: tuple[str, str], wanted: tuple[datetime, datetime]
) -> None:
    start, end, time = run
    made = Run(interval_start=start, interval_end=end, scheduled_for=time)
    other = Job(cron=job[0], interval=job[1], timezone="UTC")
    found = wanted_of(made, other)
    assert (found.start, found.end) == wanted


async def test_api_and_pages(site: Site) -> None:
    first = await site.job(name="Load", cron="0 5 * * *", interval="day")
    second = await site.job(name="Report", cron="0 6 * * *", interval="day", after=[first["id"]])
    assert (second["after"], second["after_s"]) == ([first["id"]], 86_400)
    await site("PATCH", f"api/jobs/{first['id']}", {"after": [second["id"]]}, expect=400)
    await site("PATCH", f"api/jobs/{first['id']}", {"after": ["<script>"]}, expect=400)
    await site("PATCH", f"api/jobs/{second['id']}", {"after_s": 5}, expect=400)
    page = (await site.ask("GET", f"jobs/{second['id']}")).body.decode()
    assert ">Waits for</h3>" in page
    assert ">Load</a>" in page
    assert "Wait for it" in (await site.ask("GET", f"jobs/{first['id']}")).body.decode()
    form = (await site.ask("GET", f"jobs/{second['id']}/after")).body.decode()
    assert f'value="{first["id"]}" checked' in form
    assert (await site.ask("GET", f"jobs/{second['id']}/after", user="bob")).code == 404
    empty = (await site.ask("GET", f"jobs/{first['id']}/after")).body.decode()
    assert "No other job has a schedule" in empty
