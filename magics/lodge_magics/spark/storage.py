"""What Spark keeps: cached tables and RDDs with their levels, and the jobs of a session."""

from __future__ import annotations

import json
import re
from typing import Any

from lodge_magics.spark.kept import broadcasts
from lodge_magics.spark.progress import bytes_text

__all__ = ["broadcast_rows", "job_rows", "level_name", "storage_rows"]

#: Broadcasts without a name are Spark's own, of task code; from this size on they are told (bytes).
_LARGE = 1_000_000
_MOST = 20

_LEVEL = re.compile(r"(?P<replicas>\d+)x? Replica")


def level_name(description: str) -> str:
    """Return a storage level by the name that Spark's documents give it.

    Parameters
    ----------
    description
        As `StorageLevel.description` has it, such as "Disk Memory Deserialized 1x Replicated";
        "Disk Memory Deserialized 1 Replicas" will do.
    """
    words = description.split()
    if "off" in description.lower():
        return "OFF_HEAP"
    base = "_AND_".join(
        name for word, name in (("Memory", "MEMORY"), ("Disk", "DISK")) if word in words
    )
    if base in ("MEMORY", "DISK"):
        base += "_ONLY"
    if not base:
        return "NONE"
    if "Memory" in words and "Deserialized" not in words:
        base += "_SER"
    found = _LEVEL.search(description)
    replicas = int(found["replicas"]) if found else 1
    return base if replicas == 1 else f"{base}_{replicas}"


def storage_rows(context: Any) -> list[tuple[str, str]]:
    """Return what is cached: its name, and its level, share and sizes in a line.

    Parameters
    ----------
    context
        The SparkContext.
    """
    found = _json(context, context._jsc.sc().statusStore().rddList(True))
    rows = []
    for rdd in found:
        cached, total = rdd["numCachedPartitions"], rdd["numPartitions"]
        parts = [
            level_name(rdd["storageLevel"]),
            f"{cached:,} of {total:,} partitions",
            f"{bytes_text(rdd['memoryUsed'])} in memory",
        ]
        if rdd["diskUsed"]:
            parts.append(f"{bytes_text(rdd['diskUsed'])} on disk")
        if 0 < cached < total:
            parts.append("partly cached: the rest is computed anew at each use")
        rows.append((_name(rdd["name"], rdd["id"]), " · ".join(parts)))
    return rows


def broadcast_rows(context: Any, names: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the user's broadcast variables and large ones: blocks, sizes and where they are.

    Parameters
    ----------
    context
        The SparkContext.
    names
        The user's variables.
    """
    rows = []
    for one in broadcasts(context, names):
        if not one.name and one.memory + one.disk < _LARGE:
            continue
        parts = [f"{bytes_text(one.memory)} in memory"]
        if one.disk:
            parts.append(f"{bytes_text(one.disk)} on disk")
        parts.append(", ".join(one.executors))
        name = f"{one.name} (broadcast_{one.id})" if one.name else f"broadcast_{one.id}"
        rows.append((name, " · ".join(parts)))
    return rows[:_MOST]


def job_rows(context: Any, most: int = 20) -> list[tuple[str, str]]:
    """Return the last jobs, the latest first: its number, and what came of it in a line.

    Parameters
    ----------
    context
        The SparkContext.
    most
        How many; default 20.
    """
    store = context._jsc.sc().statusStore()
    jobs = _json(context, store.jobsList(None))
    rows = []
    for job in sorted(jobs, key=lambda job: -int(job["jobId"]))[:most]:
        done = job["numCompletedTasks"] + job["numSkippedTasks"]
        parts = [job["status"].lower(), f"{done:,} of {job['numTasks']:,} tasks"]
        if job["numFailedTasks"]:
            parts.append(f"{job['numFailedTasks']:,} failed tasks")
        rows.append((f"Job {job['jobId']}", " · ".join([*parts, job["name"]])))
    return rows


def _json(context: Any, value: Any) -> list[dict[str, Any]]:
    mapper = context._jvm.org.apache.spark.status.api.v1.JacksonMessageWriter().mapper()
    records: list[dict[str, Any]] = json.loads(mapper.writeValueAsString(value))
    return records


def _name(name: str, number: int) -> str:
    first = name.strip().splitlines()[0] if name.strip() else f"RDD {number}"
    return f"{first[:60]} (rdd_{number})"
