"""How a run ended, whose turn it is, and what the environment says: pure functions."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_runner.spec import RunError, RunResult
from lodge_services.pages.translation import Translator
from lodge_services.schedules.executors import processes
from lodge_services.schedules.fairness import choose
from lodge_services.schedules.outcome import judge, readable
from lodge_services.schedules.settings import ScheduleSettings
from lodge_services.schedules.words import duration_words
from lodge_services.texts import value_words
from lodge_services.web.settings import SettingsError

START = datetime(2027, 1, 4, 8, tzinfo=UTC)
NOW = START + timedelta(minutes=10)


def report(state: str, **values: Any) -> RunResult:
    return RunResult.model_validate(
        {
            "state": state,
            "exit_code": None,
            "started_at": START,
            "ended_at": None if state == "running" else START + timedelta(minutes=5),
            "duration_s": 300.0,
            "cells_total": 4,
            "cells_done": 2,
            "current_cell": None,
            "error": None,
            **values,
        }
    )


FAILED = RunError(cell=1, cell_source="1/0", ename="E", evalue="v", message="Cell 2 failed.")


@pytest.mark.parametrize(
    ("told", "code", "options", "state", "says"),
    [
        (report("succeeded"), 0, {}, "succeeded", None),
        (report("succeeded"), None, {"cancelled": True}, "succeeded", None),
        (report("failed", error=FAILED), 1, {}, "failed", "Cell 2 failed."),
        (report("failed", error=FAILED), 1, {"stopped": True}, "failed", "Cell 2 failed."),
        (report("timed_out"), 4, {}, "failed", "The run timed out."),
        (report("cancelled"), 130, {"cancelled": True}, "cancelled", None),
        (report("running"), -9, {"cancelled": True}, "cancelled", None),
        (None, None, {"cancelled": True}, "cancelled", None),
        (report("cancelled"), 130, {}, "failed", "interrupted from outside of Lodge"),
        (report("cancelled"), 130, {"stopped": True}, "failed", "because Lodge was stopped"),
        (report("running"), -9, {}, "failed", "its process was killed"),
        (report("running"), -15, {}, "failed", "ended by SIGTERM"),
        (report("running"), -250, {}, "failed", "ended by signal 250"),
        (report("running"), None, {}, "failed", "its process is gone"),
        (None, 2, {}, "failed", "ended with code 2; its log says why"),
        (None, None, {}, "failed", "its process is gone"),
    ],
)
def test_how_a_run_ended(
    told: RunResult | None, code: int | None, options: Any, state: str, says: str | None
) -> None:
    outcome = judge(told, code, started_at=START, now=NOW, **options)
    assert outcome.state == state
    if says is None:
        assert outcome.error is None
    else:
        assert outcome.error is not None
        assert says in outcome.error["message"]


def test_a_killed_run_names_the_cell_that_was_saved() -> None:
    saved = report("failed", exit_code=5, error=FAILED)
    outcome = judge(report("running"), -9, started_at=START, now=NOW, rescued=saved)
    assert outcome.error is not None
    assert outcome.error["cell"] == 1
    assert outcome.error["cell_source"] == "1/0"
    assert outcome.error["message"].startswith("The run was interrupted")


def test_a_run_killed_after_its_end_has_ended_well() -> None:
    saved = report("succeeded", exit_code=0)
    outcome = judge(report("running"), -9, started_at=START, now=NOW, rescued=saved)
    assert (outcome.state, outcome.ended_at) == ("succeeded", START + timedelta(minutes=5))


@pytest.mark.parametrize("told", [START - timedelta(days=1), NOW + timedelta(days=1)])
def test_an_unbelievable_end_is_now(told: datetime) -> None:
    outcome = judge(report("succeeded", ended_at=told), 0, started_at=START, now=NOW)
    assert outcome.ended_at == NOW


def test_unbelievable_values_are_cut() -> None:
    told = report("failed", cells_total=10**30, cells_done=-4)
    outcome = judge(told, 1, started_at=START, now=NOW)
    assert (outcome.cells_total, outcome.cells_done) == (1_000_000, 0)
    error = readable(
        RunError(cell=-1, cell_source="x" * 10**6, ename="\x00", evalue="\ud800", message="m")
    )
    assert error["cell"] is None
    assert len(error["cell_source"]) == 20_000
    assert error["ename"] == "\ufffd"
    assert error["evalue"] == "?"


@dataclass(frozen=True)
class Waiting:
    id: str
    job_id: str
    owner: str
    trigger: str = "schedule"


waiting = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from(["ada", "bob", "eve"])), max_size=20
).map(
    lambda items: [
        Waiting(str(index), f"{owner}-{job}", owner) for index, (job, owner) in enumerate(items)
    ]
)


@given(waiting, waiting, st.integers(0, 6))
def test_the_choice_is_fair(queued: list[Waiting], active: list[Waiting], slots: int) -> None:
    by_id = {run.id: run for run in queued}
    chosen = [by_id[run_id] for run_id in choose(queued, active, slots)]
    assert len(chosen) <= slots
    jobs = [run.job_id for run in chosen]
    assert len(jobs) == len(set(jobs))
    assert not set(jobs) & {run.job_id for run in active}
    free = [run for run in queued if run.job_id not in {*jobs, *(r.job_id for r in active)}]
    assert len(chosen) == slots or not free
    load = Counter(run.owner for run in active)
    for run in chosen:
        others = [other for other in free if load[other.owner] < load[run.owner]]
        assert others == []
        load[run.owner] += 1


def test_the_longest_waiting_comes_first() -> None:
    runs = [Waiting(str(index), f"job {index}", "ada") for index in range(5)]
    assert choose(runs, [], 2) == ["0", "1"]
    assert choose(runs, [], 0) == choose(runs, [], -1) == []


def test_settings_from_the_environment() -> None:
    made = ScheduleSettings.from_environment({"LODGE_LOCAL_SETTINGS": "/x.json"})
    assert (made.options.max_runs, made.options.keep_runs, made.options.stop_runs) == (
        2,
        100,
        False,
    )
    made = ScheduleSettings.from_environment(
        {
            "LODGE_LOCAL_SETTINGS": "/x.json",
            "LODGE_MAX_RUNS": "5",
            "LODGE_KEEP_RUNS": "7",
            "LODGE_STOP_RUNS": "1",
        }
    )
    assert (made.options.max_runs, made.options.keep_runs, made.options.stop_runs) == (5, 7, True)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1e3", "100001", "٣"])
def test_a_number_that_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="LODGE_KEEP_RUNS"):
        ScheduleSettings.from_environment(
            {"LODGE_LOCAL_SETTINGS": "/x.json", "LODGE_KEEP_RUNS": value}
        )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0.0 s"),
        (3.14, "3.1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3600, "1 h 0 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert duration_words(seconds, Translator("en", {})) == words


def test_values() -> None:
    assert value_words("延误") == '"延误"'
    assert value_words({"a": [1, None, True]}) == '{"a": [1, null, true]}'
    assert len(value_words("x" * 1000)) == 300


def test_a_process_that_is_gone_has_no_identity() -> None:
    assert processes.identity(2**22 + 1) is None


async def test_waiting_for_a_process_that_is_gone_or_another() -> None:
    assert await processes.wait_gone(2**22 + 1, "boot/1", 5)

    assert await processes.wait_gone(os.getpid(), "another/1", 5)
    own = processes.identity(os.getpid())
    assert own is not None
    assert not await processes.wait_gone(os.getpid(), own, 0.01)
