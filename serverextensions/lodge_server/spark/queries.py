"""SQL queries and their plans, out of the driver's answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .numbers import Json, seconds, when

MAX_PLAN = 20_000
"""Characters of a plan; what is beyond is on the query's page of the Spark UI."""


def query(answer: Json, now: datetime) -> dict[str, Any]:
    """Return one query."""
    plan = answer.get("planDescription", "").strip()
    running = answer.get("status") == "RUNNING"
    submitted = answer.get("submissionTime")
    error = (answer.get("errorMessage") or "").strip()
    return {
        "id": answer["id"],
        "status": answer.get("status", ""),
        "description": answer.get("description", ""),
        "submitted": when(submitted),
        "seconds": seconds(submitted, None, now) if running else answer.get("duration", 0) / 1000,
        "error": error.splitlines()[0][:500] if error else None,
        "plan": plan[:MAX_PLAN],
        "plan_cut": len(plan) > MAX_PLAN,
        "jobs": {
            "running": answer.get("runningJobIds", []),
            "succeeded": answer.get("successJobIds", []),
            "failed": answer.get("failedJobIds", []),
        },
    }
