"""The line that says how far the jobs of a cell are."""

from __future__ import annotations

from typing import Any

import pytest
from lodge_magics.spark.progress import CellProgress, bytes_text, progress_html


def job(status: str = "SUCCEEDED", **values: Any) -> dict[str, Any]:
    return {
        "status": status,
        "stageIds": [1, 2],
        "submissionTime": "2026-11-21T03:51:14.000GMT",
        "completionTime": "2026-11-21T03:51:18.200GMT",
        "numTasks": 10,
        "numCompletedTasks": 10,
        "numCompletedStages": 2,
        **values,
    }


def stage(**values: int) -> dict[str, Any]:
    return {"inputBytes": 0, "inputRecords": 0, **values}


def test_while_jobs_run_tasks_and_stages_are_counted() -> None:
    running = job(
        "RUNNING", numTasks=200, numCompletedTasks=50, numActiveTasks=8, numCompletedStages=1
    )
    progress = CellProgress({1: job(), 2: running | {"numFailedTasks": 1}})
    assert progress.running_text(12.4) == (
        "Spark: jobs 1 of 2 · stages 3 of 4 · tasks 60 of 210 done, 8 running, 1 failed · 12 s"
    )
    assert progress.unfinished([1, 2, 3]) == [2, 3]


def test_skipped_tasks_count_as_done_while_running_but_not_as_run() -> None:
    progress = CellProgress({1: job(numCompletedTasks=4, numSkippedTasks=6)})
    assert progress.done_and_total() == (10, 10)
    assert "1 job, 4 tasks in 4.2 s" in progress.final_text()


def test_in_the_end_one_line_tells_what_was_read_shuffled_and_spilled() -> None:
    progress = CellProgress(
        {1: job(numFailedTasks=2)},
        {
            1: stage(inputBytes=3_000_000, inputRecords=336_776, shuffleWriteBytes=2048),
            2: stage(shuffleReadBytes=2048, diskBytesSpilled=5_000_000_000),
        },
    )
    assert progress.final_text() == (
        "Spark: 1 job, 10 tasks in 4.2 s · 336,776 rows read (2.9 MiB) · shuffle 2.0 KiB written, "
        "2.0 KiB read · 4.7 GiB spilled to disk · 2 failed tasks"
    )


def test_a_cancelled_job_is_called_cancelled() -> None:
    progress = CellProgress({1: job("FAILED", numCompletedTasks=3)}, {1: {}, 2: {}})
    assert "1 job cancelled" in progress.final_text(interrupted=True)
    assert "1 job failed" in progress.final_text()


def test_stages_that_were_not_asked_for_are_told() -> None:
    progress = CellProgress({1: job()}, {1: stage()})
    assert progress.missing_stages() == [2]
    assert progress.final_text().endswith("figures without 1 stage")


def test_the_bar_names_its_share_and_escapes_its_text() -> None:
    markup = progress_html("a < b", 1, 3)
    assert 'aria-valuenow="33"' in markup
    assert "a &lt; b" in markup
    assert 'aria-valuenow="0"' in progress_html("", 0, 0)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 KiB"), (5 * 2**30, "5.0 GiB")],
)
def test_sizes_stay_short(number: int, text: str) -> None:
    assert bytes_text(number) == text
