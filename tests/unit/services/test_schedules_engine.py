"""The engine with a clock set by hand and an executor that does as told."""

from __future__ import annotations

import asyncio
import errno
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lodge_runner.spec import RunError
from lodge_services.schedules import due
from lodge_services.schedules.engine import FULL, LEASE
from lodge_services.schedules.ledger import Ledger
from lodge_services.schedules.models import Job
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import make_core
from sqlalchemy import update
from support.scheduling import ADA, Bench, at

BROKEN = (
    "The run could not be started: Input/output error; tell your administrator if it happens again."
)


async def test_a_due_job_runs_once(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *", parameters={"day": 3})
    await bench.step()
    assert bench.runs(job_id) == []
    bench.clock.now = at("2027-01-04T08:00:00.3")
    await bench.step()
    await bench.step()
    (run,) = bench.runs(job_id)
    assert (run.state, run.trigger, run.late) == ("running", "schedule", False)
    assert run.scheduled_for == at("2027-01-04T08:00")
    order = bench.executor.runs[run.id].order
    assert (order.owner, order.parameters, order.notebook_path) == (
        "ada",
        {"day": 3},
        "reports/delays.ipynb",
    )
    assert bench.core.job(ADA, job_id).job.next_run_at == at("2027-01-05T08:00")
    await bench.end(run.id)
    (run,) = bench.runs(job_id)
    assert (run.state, run.error, run.cells_done) == ("succeeded", None, 3)


async def test_missed_times_become_one_late_run_of_the_latest(bench: Bench) -> None:
    job_id = bench.job(cron="0 * * * *")
    bench.clock.advance(days=3, minutes=10)
    await bench.step()
    (run,) = bench.runs(job_id)
    assert run.scheduled_for == at("2027-01-07T07:00")
    assert run.late
    assert bench.core.job(ADA, job_id).job.next_run_at == at("2027-01-07T08:00")


async def test_a_time_is_fired_once_by_two_engines(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *")
    other = make_core(bench.folder, bench.executor, bench.clock)
    bench.clock.now = at("2027-01-04T08:00")
    fired = await asyncio.gather(
        *(
            asyncio.to_thread(ledger.fire_due, bench.clock())
            for ledger in [bench.engine.ledger, other.engine.ledger] * 4
        )
    )
    other.database.close()
    assert sum(len(ids) for ids in fired) == 1
    assert len(bench.runs(job_id)) == 1


async def test_many_jobs_that_are_due_at_once_are_fired_once_each(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "TOGETHER", 7)
    job_ids = [bench.job(cron="0 8 * * *", owner=f"user{number}") for number in range(40)]
    other = make_core(bench.folder, bench.executor, bench.clock)
    bench.clock.now = at("2027-01-04T08:00")
    fired = await asyncio.gather(
        *(
            asyncio.to_thread(ledger.fire_due, bench.clock())
            for ledger in [bench.engine.ledger, other.engine.ledger] * 3
        )
    )
    other.database.close()
    assert sum(len(ids) for ids in fired) == len(job_ids)
    waiting = bench.in_state("queued")
    assert sorted(run.job_id for run in waiting) == sorted(job_ids)
    assert {run.scheduled_for for run in waiting} == {at("2027-01-04T08:00")}


async def test_a_bad_job_among_many_is_paused_and_keeps_none_from_its_time(bench: Bench) -> None:
    good = [bench.job(cron="0 8 * * *") for _ in range(3)]
    bad = bench.job(cron="0 8 * * *")
    with bench.core.database.write() as session:
        session.execute(update(Job).where(Job.id == bad).values(timezone="Nowhere/Atall"))
    bench.clock.now = at("2027-01-04T08:00")
    assert len(bench.engine.ledger.fire_due(bench.clock())) == len(good)
    assert not bench.core.job(ADA, bad).job.enabled
    assert all(bench.core.job(ADA, one).job.enabled for one in good)


async def test_a_run_is_started_once_by_two_engines(bench: Bench) -> None:
    job_ids = [bench.job() for _ in range(4)]
    for job_id in job_ids:
        bench.core.run_now(ADA, job_id, {})
    other = make_core(bench.folder, bench.executor, bench.clock)
    await asyncio.gather(bench.engine.step(), other.engine.step())
    await bench.until(lambda: len(bench.executor.started) >= 2)
    for _ in range(20):
        for run_id in bench.executor.running:
            bench.executor.end(run_id)
        await asyncio.gather(bench.engine.step(), other.engine.step())
        if len(bench.executor.started) == 4 and not bench.executor.running:
            break
        await asyncio.sleep(0.02)
    assert sorted(bench.executor.started) == sorted(set(bench.executor.started))
    await bench.until(lambda: not other.engine._watched)
    other.database.close()


async def test_a_job_has_one_run_at_a_time_and_one_scheduled_one_waits(bench: Bench) -> None:
    job_id = bench.job(cron="* * * * *")
    for _ in range(5):
        bench.clock.advance(minutes=1)
        await bench.step()
    newest, oldest = bench.runs(job_id)
    assert (newest.state, oldest.state) == ("queued", "running")
    await bench.end(oldest.id)
    await bench.step()
    assert [run.state for run in bench.runs(job_id)] == ["running", "succeeded"]


async def test_run_now_waits_for_the_run_before(bench: Bench) -> None:
    job_id = bench.job()
    first = bench.core.run_now(ADA, job_id, {"day": 1})
    bench.clock.advance(seconds=1)
    second = bench.core.run_now(ADA, job_id, {"day": 2})
    await bench.step()
    assert bench.executor.running == [first.id]
    await bench.end(first.id)
    await bench.step()
    assert bench.executor.running == [second.id]
    assert bench.executor.runs[second.id].order.parameters == {"day": 2}


async def test_at_most_so_many_at_once_and_fair_among_owners(bench: Bench) -> None:
    for _ in range(5):
        bench.core.run_now(ADA, bench.job(), {})
        bench.clock.advance(seconds=1)
    bob_job = bench.job(owner="bob")
    bob = bench.core.run_now(Viewer("bob"), bob_job, {})
    await bench.step()
    assert len(bench.executor.running) == 2
    assert bob.id in bench.executor.running
    assert len(bench.in_state("queued")) == 4
    for _ in range(10):
        for run_id in bench.executor.running:
            await bench.end(run_id)
        await bench.step()
    assert bench.executor.most_at_once == 2
    assert len(bench.executor.started) == 6


async def test_steps_while_runs_are_being_started_do_not_exceed_the_limit(bench: Bench) -> None:
    for _ in range(6):
        bench.core.run_now(ADA, bench.job(), {})
    await asyncio.gather(*(bench.engine.step() for _ in range(6)))
    await bench.settle()
    assert bench.executor.most_at_once == 2


async def test_a_failed_cell_is_told(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    error = RunError(cell=2, cell_source="1/0", ename="ZeroDivisionError", message="Cell 3 failed.")
    await bench.end(run.id, "failed", error=error)
    (run,) = bench.runs(job_id)
    assert run.state == "failed"
    assert run.error == {
        "cell": 2,
        "cell_source": "1/0",
        "ename": "ZeroDivisionError",
        "evalue": "",
        "message": "Cell 3 failed.",
    }


async def test_progress_is_written_down(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    bench.executor.tell(run.id, cells=2)
    await bench.until(lambda: bench.runs(job_id)[0].cells_done == 2)
    assert bench.runs(job_id)[0].cells_total == 3


async def test_the_lease_is_kept(bench: Bench) -> None:
    job_id = bench.job()
    bench.core.run_now(ADA, job_id, {})
    await bench.step()
    first = bench.clock() + LEASE

    def renewed() -> bool:
        bench.clock.advance(seconds=1)
        until = bench.runs(job_id)[0].lease_until
        return until is not None and until > first

    await bench.until(renewed)
    assert bench.clock() < first


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EIO, BROKEN),
        (errno.ENOSPC, FULL),
        (errno.EDQUOT, FULL),
    ],
)
async def test_a_run_that_cannot_be_started_fails_with_a_sentence(
    bench: Bench, number: int, sentence: str
) -> None:
    job_id = bench.job()
    bench.executor.refuse = OSError(number, os.strerror(number))
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    run = bench.core.run(ADA, run.id)
    assert run.state == "failed"
    assert run.error is not None
    assert run.error["message"] == sentence


async def test_a_lost_snapshot_fails_the_run(bench: Bench) -> None:
    job_id = bench.job()
    bench.core.snapshots.drop(bench.core.job(ADA, job_id).job.notebook_digest)
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    error = bench.core.run(ADA, run.id).error
    assert error is not None
    assert "schedule it again" in error["message"]


async def test_cancelling_a_waiting_run(bench: Bench) -> None:
    job_id = bench.job()
    first = bench.core.run_now(ADA, job_id, {})
    bench.clock.advance(seconds=1)
    second = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    assert (await bench.core.cancel_run(ADA, second.id)).state == "cancelled"
    await bench.end(first.id)
    await bench.step()
    assert second.id not in bench.executor.started


async def test_cancelling_a_running_run(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    await bench.core.cancel_run(ADA, run.id)
    await bench.until(lambda: bench.core.run(ADA, run.id).state == "cancelled")
    assert bench.executor.runs[run.id].stopped_with == bench.engine.options.cancel_grace_s
    assert bench.core.run(ADA, run.id).error is None
    assert (await bench.core.cancel_run(ADA, run.id)).state == "cancelled"


async def test_a_cancel_while_the_run_is_being_started(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    begin = asyncio.Event()
    start = bench.executor.start

    async def slow_start(order):  # type: ignore[no-untyped-def]
        await begin.wait()
        return await start(order)

    bench.executor.start = slow_start  # type: ignore[method-assign]
    await bench.engine.step()
    await bench.until(lambda: bench.core.run(ADA, run.id).state == "running")
    await bench.core.cancel_run(ADA, run.id)
    begin.set()
    await bench.until(lambda: bench.core.run(ADA, run.id).state == "cancelled")
    assert bench.executor.running == []


async def test_run_now_wakes_the_engine(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    job_id = bench.job()
    await bench.engine.start()
    await asyncio.sleep(0.05)
    run = await asyncio.to_thread(bench.core.run_now, ADA, job_id, {})
    async with asyncio.timeout(5):
        await bench.until(lambda: run.id in bench.executor.running)
    await bench.engine.stop()
    await bench.kill()


async def test_the_engine_sleeps_until_the_next_time_and_never_spins(bench: Bench) -> None:
    assert await bench.engine._pause() == 10.0
    bench.job(cron="0 8 * * *")
    assert await bench.engine._pause() == 10.0
    bench.clock.now = at("2027-01-04T07:59:53")
    assert await bench.engine._pause() == 7.0
    bench.clock.now = at("2027-01-04T08:00:01")
    assert await bench.engine._pause() >= 1.0


async def test_a_database_that_is_away_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("lodge_services.schedules.engine.POLL_S", 0.01)
    bench = Bench(tmp_path)
    job_id = bench.job()
    ledger: Ledger = bench.engine.ledger
    fire_due = ledger.fire_due
    failures = iter([True, True])

    def failing(now: datetime) -> list[str]:
        if next(failures, False):
            raise ConnectionError("gone away")
        return fire_due(now)

    monkeypatch.setattr(ledger, "fire_due", failing)
    run = bench.core.run_now(ADA, job_id, {})
    await bench.engine.start()
    await bench.until(lambda: run.id in bench.executor.running)
    await bench.engine.stop()
    assert "tries again" in caplog.text
    await bench.kill()


async def test_clock_changes_end_to_end(bench: Bench) -> None:
    """A job at 01:30 and one at 02:30 New York time run once each on both days."""
    for day, hours in (("2027-03-14", 24), ("2027-11-07", 26)):
        bench.clock.now = at(f"{day}T04:30")
        jobs = [bench.job(cron=f"30 {hour} * * *", timezone="America/New_York") for hour in (1, 2)]
        end = bench.clock.now + timedelta(hours=hours - 2)
        while bench.clock.now < end:
            bench.clock.advance(minutes=15)
            await bench.step()
            for run_id in bench.executor.running:
                await bench.end(run_id)
        assert [len(bench.runs(job_id)) for job_id in jobs] == [1, 1]
        for job_id in jobs:
            bench.core.change_job(ADA, job_id, {"enabled": False})
