"""What becomes of runs whose engine is killed, ends, or begins again."""

from __future__ import annotations

from pathlib import Path

from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.models import Run
from lodge_services.schedules.testing import make_core
from support.scheduling import ADA, Bench, at


async def test_a_killed_engine_loses_no_run(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *")
    bench.clock.now = at("2027-01-04T08:00")
    await bench.step()
    (run,) = bench.runs(job_id)
    bench.executor.forget_exit_codes = True
    await bench.restart()
    bench.clock.advance(seconds=61)
    await bench.step()
    assert bench.executor.started == [run.id]
    await bench.end(run.id)
    assert bench.core.run(ADA, run.id).state == "succeeded"
    await bench.step()
    assert len(bench.runs(job_id)) == 1


async def test_a_living_engine_keeps_its_runs(bench: Bench) -> None:
    job_id = bench.job()
    bench.core.run_now(ADA, job_id, {})
    await bench.step()
    other = make_core(bench.folder, bench.executor, bench.clock)
    await other.engine.step()
    assert other.engine._watched == {}
    other.database.close()


async def test_a_run_started_and_not_written_down_is_found(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    with bench.core.database.write() as session:
        row = session.get(Run, run.id)
        assert row is not None
        row.handle = None
    await bench.restart()
    bench.clock.advance(seconds=61)
    await bench.step()
    await bench.until(lambda: bench.core.run(ADA, run.id).handle == {"run": run.id})
    await bench.end(run.id)
    assert bench.core.run(ADA, run.id).state == "succeeded"


async def test_a_run_that_ended_meanwhile_is_finished_from_its_result(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    await bench.restart()
    bench.executor.end(run.id)
    bench.clock.advance(seconds=61)
    await bench.step()
    assert bench.core.run(ADA, run.id).state == "succeeded"


async def test_a_run_that_is_gone_was_interrupted(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    await bench.restart()
    bench.executor.forget_exit_codes = True
    bench.executor.tell(run.id, "running")
    bench.executor.runs[run.id].gone.set()
    bench.clock.advance(seconds=61)
    await bench.step()
    ended = bench.core.run(ADA, run.id)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error["message"].startswith("The run was interrupted: its process is gone")


async def test_a_wish_to_cancel_survives_a_restart(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.step()
    bench.engine.ledger.request_cancel(run.id, bench.clock())
    await bench.restart()
    bench.clock.advance(seconds=61)
    await bench.step()
    await bench.until(lambda: bench.core.run(ADA, run.id).state == "cancelled")


async def test_old_runs_are_forgotten(tmp_path: Path) -> None:
    bench = Bench(tmp_path, EngineOptions(keep_runs=3))
    job_id = bench.job()
    made = []
    for _ in range(5):
        bench.clock.advance(seconds=1)
        run = bench.core.run_now(ADA, job_id, {})
        made.append(run.id)
        await bench.step()
        await bench.end(run.id)
    assert [run.id for run in bench.runs(job_id)] == made[:1:-1]
    assert bench.executor.removed == made[:2]
    assert bench.engine.ledger.beyond(1) == [made[2], made[3]]
    assert bench.engine.ledger.beyond(1, "another") == []
    await bench.kill()


async def test_an_engine_that_ends_leaves_runs_to_the_next(bench: Bench) -> None:
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.engine.start()
    await bench.until(lambda: run.id in bench.executor.running)
    await bench.engine.stop()
    assert bench.executor.running == [run.id]
    assert bench.core.run(ADA, run.id).lease_by is None
    bench.core.database.close()
    bench.core = make_core(bench.folder, bench.executor, bench.clock)
    await bench.step()  # no lease to wait for
    await bench.end(run.id)
    assert bench.core.run(ADA, run.id).state == "succeeded"


async def test_an_engine_that_ends_its_runs_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, EngineOptions(stop_runs=True))
    job_id = bench.job()
    run = bench.core.run_now(ADA, job_id, {})
    await bench.engine.start()
    await bench.until(lambda: run.id in bench.executor.running)
    await bench.engine.stop()
    ended = bench.core.run(ADA, run.id)
    assert ended.state == "failed"
    assert ended.error is not None
    assert ended.error["message"] == (
        "The run was interrupted because Lodge was stopped; run it again."
    )
    await bench.kill()
