"""What is told of jobs, and when: in the owner's bell, by a clock that is set by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from lodge_runner.spec import RunError
from lodge_services.db import Database, upgrade
from lodge_services.db.migrate import downgrade
from lodge_services.errors import Conflict, NotFound
from lodge_services.pages.translation import Translator
from lodge_services.schedules.alerts import incidents, messages
from lodge_services.schedules.alerts.decisions import (
    LONGEST,
    TRIES,
    pause_after,
    too_long_s,
    usual_s,
)
from lodge_services.schedules.alerts.lateness import Lateness
from lodge_services.schedules.alerts.models import AlertIncident
from lodge_services.schedules.alerts.words import sentences
from lodge_services.schedules.models import Base
from lodge_services.schedules.outcome import failure
from lodge_services.schedules.queries import Viewer
from sqlalchemy import select, text
from support.scheduling import ADA, Bench

ENGLISH = Translator("en", {})
WRONG = RunError(cell=1, ename="KeyError", evalue="'day'", message="Cell 2 failed")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def told(bench: Bench, person: str = "ada") -> list[str]:
    """Return what was told in somebody's bell, in order."""
    return [one.what for one in reversed(bench.core.alerts.notices(person))]


async def run(bench: Bench, job_id: str, state: str = "succeeded", **span: float) -> str:
    """Let a job run to its end, and return the run."""
    run_id = bench.core.run_now(ADA, job_id, {}).id
    await bench.step()
    bench.clock.advance(**(span or {"minutes": 1}))
    await bench.end(run_id, state)
    return run_id


async def cancelled(bench: Bench, run_id: str) -> None:
    await bench.core.cancel_run(ADA, run_id)
    await bench.until(lambda: bench.core.run(ADA, run_id).state == "cancelled")


def late(bench: Bench) -> Lateness:
    return Lateness(bench.core.database, bench.clock)


def incident(bench: Bench) -> list[tuple[str, int, bool]]:
    with bench.core.database.read() as session:
        found = session.scalars(select(AlertIncident).order_by(AlertIncident.opened_at))
        return [(one.cause, one.count, one.closed_at is None) for one in found]


async def test_a_new_job_tells_its_owner_once_that_it_fails_and_once_that_it_works_again(
    bench: Bench,
) -> None:
    job_id = bench.job()
    await run(bench, job_id)
    assert told(bench) == []
    for _ in range(3):
        await run(bench, job_id, "failed")
    assert told(bench) == ["failed"]
    assert incident(bench) == [("failed", 3, True)]
    await run(bench, job_id)
    await run(bench, job_id)
    assert told(bench) == ["failed", "recovered"]
    assert incident(bench) == [("failed", 3, False)]
    await run(bench, job_id, "failed")
    assert told(bench) == ["failed", "recovered", "failed"]
    assert told(bench, "bob") == []


async def test_what_is_tried_again_is_not_told_before_its_last_retry(bench: Bench) -> None:
    job_id = bench.job(retries=1, retry_s=60)
    await run(bench, job_id, "failed")
    assert told(bench) == []
    bench.clock.advance(minutes=5)
    await bench.step()
    retry = bench.executor.running[0]
    await bench.end(retry, "failed", error=WRONG)
    (alert,) = bench.core.alerts.notices("ada")
    assert (alert.what, alert.run_id) == ("failed", retry)
    said = sentences("failed", alert.facts, ENGLISH)
    assert said[0] == "Cell 2 failed: KeyError: 'day'"
    assert "It was tried 2 times." in said


async def test_a_cancelled_run_tells_nothing_and_ends_nothing(bench: Bench) -> None:
    job_id = bench.job()
    await run(bench, job_id, "failed")
    run_id = bench.core.run_now(ADA, job_id, {}).id
    await bench.step()
    await cancelled(bench, run_id)
    assert told(bench) == ["failed"]
    assert incident(bench) == [("failed", 1, True)]


async def test_a_muted_job_tells_nothing_until_it_fails_after_that(bench: Bench) -> None:
    job_id = bench.job()
    bench.core.alerts.mute(ADA, job_id, 24)
    await run(bench, job_id, "failed")
    assert told(bench) == []
    bench.clock.advance(hours=25)
    await run(bench, job_id, "failed")
    (alert,) = bench.core.alerts.notices("ada")
    assert (alert.what, alert.facts["count"]) == ("failed", 2)
    bench.core.alerts.mute(ADA, job_id, 24)
    await run(bench, job_id)
    assert told(bench) == ["failed"]
    bench.core.alerts.mute(ADA, job_id, 0)
    await run(bench, job_id)
    assert told(bench) == ["failed"]  # that is over, and was not told
    await run(bench, job_id, "failed")
    assert told(bench) == ["failed", "failed"]


async def test_what_is_not_chosen_is_not_told(bench: Bench) -> None:
    job_id = bench.job()
    bench.core.alerts.change(ADA, job_id, {"failed": False})
    await run(bench, job_id, "failed")
    await run(bench, job_id)
    assert told(bench) == []
    bench.core.alerts.change(ADA, job_id, {"failed": True, "recovered": False})
    await run(bench, job_id, "failed")
    await run(bench, job_id)
    assert told(bench) == ["failed"]


@pytest.mark.parametrize("ends", ["not", "failed", "succeeded", "cancelled"])
async def test_a_time_without_a_success_is_late(bench: Bench, ends: str) -> None:
    job_id = bench.job(cron="0 8 * * *")
    bench.core.alerts.change(ADA, job_id, {"failed": False, "late": True, "late_minutes": 30})
    bench.clock.advance(hours=1)
    await bench.step()
    (run_id,) = bench.executor.running
    assert late(bench).look() == 0
    bench.clock.advance(minutes=29)
    if ends == "cancelled":
        await cancelled(bench, run_id)
    elif ends != "not":
        await bench.end(run_id, ends)
    bench.clock.advance(minutes=1)
    late(bench).look()
    expected = ["late"] if ends in ("not", "failed") else []
    assert told(bench) == expected
    if ends == "not":
        bench.clock.advance(minutes=5)
        await bench.end(run_id)
        assert told(bench) == ["late", "recovered"]
    late(bench).look()
    assert len(told(bench)) == len(expected) + (ends == "not")


async def test_a_time_that_was_told_to_have_failed_is_not_told_to_be_late_too(
    bench: Bench,
) -> None:
    job_id = bench.job(cron="0 8 * * *")
    bench.core.alerts.change(ADA, job_id, {"late": True, "late_minutes": 30})
    bench.clock.advance(hours=1)
    await bench.step()
    await bench.end(bench.executor.running[0], "failed")
    bench.clock.advance(minutes=31)
    late(bench).look()
    assert told(bench) == ["failed"]


async def test_a_run_that_waits_in_the_queue_is_late_and_a_kill_loses_none_of_it(
    bench: Bench,
) -> None:
    job_id = bench.job(cron="0 8 * * *")
    bench.core.alerts.change(ADA, job_id, {"late": True, "late_minutes": 30})
    bench.clock.advance(hours=1)
    bench.core.engine.ledger.fire_due(bench.clock())
    await bench.restart()
    bench.clock.advance(hours=2)
    assert late(bench).look() == 1
    (alert,) = bench.core.alerts.notices("ada")
    assert sentences("late", alert.facts, ENGLISH) == [
        "It was due at 2027-01-04 08:00 (UTC), and no run has succeeded within 30 minutes."
    ]
    await bench.restart()
    assert late(bench).look() == 0
    assert told(bench) == ["late"]


async def test_a_run_that_takes_longer_than_usual_is_told_while_it_runs(bench: Bench) -> None:
    job_id = bench.job()
    bench.core.alerts.change(ADA, job_id, {"late": True})
    for _ in range(4):
        await run(bench, job_id, minutes=10)
    bench.core.run_now(ADA, job_id, {})
    await bench.step()
    bench.clock.advance(hours=3)
    assert late(bench).look() == 0  # nobody knows yet what is usual
    await bench.end(bench.executor.running[0])
    for _ in range(29):
        await run(bench, job_id, minutes=10)
    run_id = bench.core.run_now(ADA, job_id, {}).id
    await bench.step()
    bench.clock.advance(minutes=14)
    assert late(bench).look() == 0
    bench.clock.advance(minutes=1)
    assert late(bench).look() == 1
    (alert,) = bench.core.alerts.notices("ada")
    assert (alert.what, alert.run_id) == ("slow", run_id)
    assert "15 min 0 s" in sentences("slow", alert.facts, ENGLISH)[0]
    await bench.end(run_id)
    assert told(bench) == ["slow", "recovered"]


@pytest.mark.parametrize("ends", ["cancelled", "failed"])
async def test_a_run_that_has_ended_takes_no_longer(bench: Bench, ends: str) -> None:
    job_id = bench.job()
    bench.core.alerts.change(ADA, job_id, {"late": True})
    for _ in range(5):
        await run(bench, job_id, minutes=10)
    run_id = bench.core.run_now(ADA, job_id, {}).id
    await bench.step()
    bench.clock.advance(minutes=20)
    late(bench).look()
    if ends == "cancelled":
        await cancelled(bench, run_id)
    else:
        await bench.end(run_id, ends)
    await bench.until(lambda: ("slow", 1, False) in incident(bench))
    assert told(bench) == ["slow", *(["failed"] if ends == "failed" else [])]


async def test_choosing_what_is_late_concerns_what_runs_already(bench: Bench) -> None:
    job_id = bench.job(cron="0 8 * * *")
    bench.clock.advance(hours=1)
    await bench.step()
    bench.core.alerts.change(ADA, job_id, {"late": True, "late_minutes": 10})
    bench.clock.advance(minutes=10)
    late(bench).look()
    assert told(bench) == ["late"]


async def test_a_fault_of_ours_keeps_no_run_from_its_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(incidents, "facts_of", broken)
    job_id = bench.job(retries=1)
    run_id = bench.core.run_now(ADA, job_id, {}).id
    await bench.step()
    await bench.end(run_id, "failed")
    states = sorted(one.state for one in bench.runs(job_id))
    assert states == ["failed", "queued"]
    bench.clock.advance(minutes=5)
    await bench.step()
    await bench.end(bench.executor.running[0], "failed")
    assert {one.state for one in bench.runs(job_id)} == {"failed"}


async def test_the_end_of_a_run_and_its_alert_are_there_together_or_neither(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill before the commit leaves a run that goes on; the next engine tells its end once."""
    job_id = bench.job()
    run_id = bench.core.run_now(ADA, job_id, {}).id
    await bench.step()
    real = messages.write
    killed: list[bool] = []

    def killed_here(*values: Any) -> None:
        real(*values)
        if not killed:
            killed.append(True)
            raise KeyboardInterrupt

    monkeypatch.setattr("lodge_services.schedules.alerts.incidents.write", killed_here)
    bench.executor.end(run_id, "failed")
    with pytest.raises(KeyboardInterrupt):
        bench.core.engine.ledger.finish(run_id, failure("it fell", bench.clock()))
    assert told(bench) == []
    await bench.restart()
    bench.clock.advance(minutes=2)
    await bench.step()
    assert told(bench) == ["failed"]
    assert [one.state for one in bench.runs(job_id)] == ["failed"]


def test_alerts_are_for_those_who_see_the_job(bench: Bench) -> None:
    job_id = bench.job()
    bob = Viewer("bob")
    alerts = bench.core.alerts
    for ask in (
        lambda: alerts.of(bob, job_id),
        lambda: alerts.change(bob, job_id, {"failed": False}),
        lambda: alerts.mute(bob, job_id, 1),
        lambda: alerts.test(bob, job_id),
        lambda: alerts.remove(bob, job_id, "x"),
    ):
        with pytest.raises(NotFound):
            ask()
    assert alerts.of(Viewer("root", admin=True), job_id).rule.failed


def test_a_test_reaches_the_bell_and_is_not_sent_twice_in_a_row(bench: Bench) -> None:
    job_id = bench.job()
    alerts = bench.core.alerts
    alerts.test(ADA, job_id)
    assert told(bench) == ["test"]
    with pytest.raises(Conflict, match="just now"):
        alerts.test(ADA, job_id)
    bench.clock.advance(seconds=11)
    (bell,) = alerts.of(ADA, job_id).recipients
    alerts.remove(ADA, job_id, bell.id)
    with pytest.raises(Conflict, match="Nobody"):
        alerts.test(ADA, job_id)


def test_what_is_seen_is_no_longer_new(bench: Bench) -> None:
    alerts = bench.core.alerts
    for _ in range(2):
        alerts.test(ADA, bench.job())
        bench.clock.advance(minutes=1)
    newest, older = alerts.notices("ada", unseen=True)
    alerts.see("bob", newest.number)
    assert len(alerts.notices("ada", unseen=True)) == 2
    alerts.see("ada", older.number)
    assert [one.number for one in alerts.notices("ada", unseen=True)] == [newest.number]


async def test_a_deleted_job_takes_its_alerts_with_it(bench: Bench) -> None:
    job_id = bench.job()
    await run(bench, job_id, "failed")
    await bench.core.delete_job(ADA, job_id)
    assert told(bench) == []
    with bench.core.database.read() as session:
        for table in ("rule", "recipient", "incident", "watch", "delivery"):
            count = session.scalar(text(f"SELECT count(*) FROM alert_{table}"))
            assert count == 0, table


def test_jobs_from_before_tell_their_failures_in_the_bell(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/schedules.sqlite"
    upgrade(url, "schedules", "0003")
    database = Database(url)
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO job (id, owner, name, notebook_path, notebook_digest, timezone, "
                "parameters, enabled, created_at, updated_at) VALUES ('abc', 'ada', 'Old', 'a', "
                "'d', 'UTC', '{}', 1, '2027-01-01 00:00:00', '2027-01-01 00:00:00')"
            )
        )
    database.close()
    upgrade(url, "schedules")
    bench = Bench(tmp_path)
    view = bench.core.alerts.of(ADA, "abc")
    assert (view.rule.failed, view.rule.recovered, view.rule.late) == (True, True, False)
    assert [one.kind for one in view.recipients] == ["bell"]
    assert view.recipients[0].target == bench.core.alerts.of(ADA, bench.job()).recipients[0].target
    bench.core.database.close()
    downgrade(url, "schedules", "0003")
    upgrade(url, "schedules")


def test_the_schema_is_that_of_the_tables(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.core.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
        assert [one for one in found if "lodge_room" not in str(one)] == []


@given(st.lists(st.floats(0, 1e6), max_size=60))
def test_what_is_usual_is_what_nearly_all_of_the_last_runs_took(durations: list[float]) -> None:
    usual, last = usual_s(durations), durations[:30]
    if len(last) < 5:
        assert usual is None
        return
    assert usual in last
    assert sum(one <= usual for one in last) >= 0.95 * len(last)
    longest = too_long_s(durations)
    assert longest is None if usual == 0 else longest == usual * 1.5


def test_pauses_grow_to_half_an_hour_and_end_after_hours() -> None:
    pauses = [pause_after(tries) for tries in range(TRIES)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST
    assert 6 < sum(one.total_seconds() for one in pauses) / 3600 < 12
