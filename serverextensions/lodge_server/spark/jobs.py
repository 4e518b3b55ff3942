"""Jobs and their stages, out of the driver's answers, and which stage is skewed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .numbers import Json, seconds, tasks, when

RUNNING = "RUNNING"
ACTIVE = "ACTIVE"
FINAL = {"COMPLETE", "FAILED", "SKIPPED"}
"""States in which a stage stays as it is."""

SKEW_RATIO = 3.0
SKEW_SECONDS = 0.5
"""A task so many times slower than the median, and slower by so much, is worth a mark."""
SKEW_TASKS = 4
"""Below so many tasks there is no median to speak of."""


def job(answer: Json, now: datetime) -> dict[str, Any]:
    """Return a job without its stages."""
    return {
        "id": answer["jobId"],
        "name": answer.get("name", ""),
        "description": answer.get("description"),
        "group": answer.get("jobGroup"),
        "status": answer.get("status", "UNKNOWN"),
        "submitted": when(answer.get("submissionTime")),
        "completed": when(answer.get("completionTime")),
        "seconds": seconds(answer.get("submissionTime"), answer.get("completionTime"), now),
        "tasks": tasks(answer, "numCompletedTasks"),
        "stages_total": len(answer.get("stageIds", [])),
    }


def stage(answer: Json, skew: Json | None, now: datetime) -> dict[str, Any]:
    """Return a stage, with what `skew` found."""
    failure = answer.get("failureReason")
    return {
        "id": answer["stageId"],
        "attempt": answer.get("attemptId", 0),
        "name": answer.get("name", ""),
        "description": answer.get("description"),
        "status": answer.get("status", ""),
        "tasks": tasks(answer, "numCompleteTasks"),
        "seconds": seconds(answer.get("submissionTime"), answer.get("completionTime"), now),
        "input": answer.get("inputBytes", 0),
        "output": answer.get("outputBytes", 0),
        "shuffle_read": answer.get("shuffleReadBytes", 0),
        "shuffle_written": answer.get("shuffleWriteBytes", 0),
        "spill_memory": answer.get("memoryBytesSpilled", 0),
        "spill_disk": answer.get("diskBytesSpilled", 0),
        # Spark puts a whole stack trace there; its first line is the cause.
        "failure": failure.strip().splitlines()[0][:500] if failure and failure.strip() else None,
        "skew": skew,
    }


def pending(stage_id: int) -> dict[str, Any]:
    """Return a stage that Spark tells nothing of: dropped for its age, or not submitted."""
    return stage({"stageId": stage_id, "status": "PENDING"}, None, datetime.min)


def comparable(answer: Json) -> bool:
    """Tell whether a stage has enough finished tasks to compare their times."""
    return bool(answer.get("numCompleteTasks", 0) >= SKEW_TASKS)


def skew(summary: Json, slowest_running: Json | None = None) -> dict[str, Any] | None:
    """Compare a stage's slowest task with the median.

    Parameters
    ----------
    summary
        Spark's ``taskSummary`` at the quantiles 0.5 and 1.0: finished tasks only.
    slowest_running
        The task that has been running longest: it may be the one that all wait for.

    Returns
    -------
    dict or None
        ``median`` and ``slowest`` in seconds, ``ratio``, ``marked``, and ``message`` where it is
        marked; None where Spark tells no times.
    """
    times = summary.get("duration") or summary.get("executorRunTime")
    if not times or len(times) < 2:
        return None
    median, slowest = times[0] / 1000, times[-1] / 1000
    if slowest_running:
        slowest = max(slowest, slowest_running.get("duration", 0) / 1000)
    ratio = slowest / max(median, 0.001)
    marked = ratio >= SKEW_RATIO and slowest - median >= SKEW_SECONDS
    message = (
        f"The slowest task took {slowest:.1f} s, {ratio:.0f} times the median of {median:.1f} s: "
        "one partition probably holds much more than the others."
    )
    return {
        "median": round(median, 3),
        "slowest": round(slowest, 3),
        "ratio": round(ratio, 1),
        "marked": marked,
        "message": message if marked else None,
    }
