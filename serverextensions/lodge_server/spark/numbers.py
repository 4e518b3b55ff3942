"""Spark's times and task counts, as they travel to the panel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]


def when(text: str | None) -> str | None:
    """Return Spark's time in ISO 8601; None for one before 1970, which stands for none."""
    if not text:
        return None
    time = _parse(text)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None


def seconds(start: str | None, end: str | None, now: datetime) -> float | None:
    """Return how long something took, up to `now` while it has no end; None before its start."""
    begun = _parse(start) if start else None
    if begun is None:
        return None
    ended = (_parse(end) if end else None) or now
    return round(max(0.0, (ended - begun).total_seconds()), 3)


def tasks(answer: Json, done: str) -> dict[str, int]:
    """Return the task counts of a job or stage, whose finished ones Spark names `done`."""
    return {
        "total": answer.get("numTasks", 0),
        "done": answer.get(done, 0),
        "running": answer.get("numActiveTasks", 0),
        "failed": answer.get("numFailedTasks", 0),
        "killed": answer.get("numKilledTasks", 0),
        "skipped": answer.get("numSkippedTasks", 0),
    }


def _parse(text: str) -> datetime | None:
    # “GMT” is how Spark's REST API writes the zone, always.
    time = datetime.fromisoformat(text.removesuffix("GMT")).replace(tzinfo=UTC)
    return time if time.year >= 1970 else None
