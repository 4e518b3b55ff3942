"""A session's executors and queue, out of the driver's answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .numbers import Json

DRIVER = "driver"
MAX_EXECUTORS = 100
"""So many are listed; the sums are over all."""


def executors(answers: Iterable[Json]) -> dict[str, Any]:
    """Return the executors, the busiest first, and their sums.

    Returns
    -------
    dict
        ``items`` (at most 100), ``total`` and the sums ``cores``, ``memory_used``,
        ``memory_total``, ``disk_used``, ``tasks_active`` and ``tasks_failed``; bytes and counts.
        A driver that runs no tasks itself counts in ``items`` only.
    """
    rows = [executor(answer) for answer in answers]
    workers = [row for row in rows if row["cores"] or not row["driver"]]
    rows.sort(key=lambda row: (-row["tasks_active"], -row["memory_used"], row["id"]))
    sums = (
        "cores",
        "memory_used",
        "memory_total",
        "disk_used",
        "tasks_active",
        "tasks_failed",
    )
    return {
        "items": rows[:MAX_EXECUTORS],
        "total": len(workers),
        **{name: sum(row[name] for row in workers) for name in sums},
    }


def executor(answer: Json) -> dict[str, Any]:
    """Return one executor."""
    return {
        "id": answer["id"],
        "host": answer.get("hostPort", ""),
        "driver": answer["id"] == DRIVER,
        "active": answer.get("isActive", True),
        # Older than 3.1 it is called a blacklist.
        "excluded": bool(answer.get("isExcluded", answer.get("isBlacklisted", False))),
        "cores": answer.get("totalCores", 0),
        "memory_used": answer.get("memoryUsed", 0),
        "memory_total": answer.get("maxMemory", 0),
        "disk_used": answer.get("diskUsed", 0),
        "tasks_active": answer.get("activeTasks", 0),
        "tasks_done": answer.get("completedTasks", 0),
        "tasks_failed": answer.get("failedTasks", 0),
        "shuffle_read": answer.get("totalShuffleRead", 0),
        "shuffle_written": answer.get("totalShuffleWrite", 0),
    }


def queue(master: str, environment: Json) -> str | None:
    """Return the queue that an application runs in; None where its master has none."""
    if not master.startswith("yarn"):
        return None
    properties = dict(environment.get("sparkProperties", []))
    return properties.get("spark.yarn.queue") or "default"
