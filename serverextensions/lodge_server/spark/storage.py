"""What is cached, where and how, out of the driver's answers.

Spark's API describes a storage level in words ("Disk Memory Deserialized 1x Replicated"); its
documents and every program name it ("MEMORY_AND_DISK").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .numbers import Json

MAX_BLOCKS = 200
MAX_CACHED = 100


def level_name(description: str) -> str:
    """Return a storage level's documented name.

    Parameters
    ----------
    description
        As Spark's API has it, such as ``Disk Serialized 2x Replicated``.
    """
    words = description.replace("(off heap)", "OffHeap").split()
    memory, disk = "Memory" in words, "Disk" in words
    copies = next((int(word[:-1]) for word in words if re.fullmatch(r"\d+x", word)), 1)
    if "OffHeap" in words:
        base = "OFF_HEAP"
    elif memory:
        base = "MEMORY_AND_DISK" if disk else "MEMORY_ONLY"
        base += "" if "Deserialized" in words else "_SER"
    elif disk:
        base = "DISK_ONLY"
    else:
        return "NONE"
    return base if copies == 1 else f"{base}_{copies}"


def cached(answer: Json, hosts: Json) -> dict[str, Any]:
    """Return one cached RDD or table.

    Parameters
    ----------
    answer
        Spark's, of ``storage/rdd``.
    hosts
        The executors' ids by their addresses.
    """
    level = level_name(answer.get("storageLevel", ""))
    partitions = answer.get("numPartitions", 0)
    held = answer.get("numCachedPartitions", 0)
    blocks = sorted(answer.get("partitions") or [], key=lambda one: _index(one["blockName"]))
    places = [
        {
            "executor": hosts.get(one.get("address"), one.get("address", "")),
            "host": one.get("address", ""),
            "memory": one.get("memoryUsed", 0),
            "disk": one.get("diskUsed", 0),
        }
        for one in answer.get("dataDistribution") or []
    ]
    return {
        "id": answer["id"],
        "name": answer.get("name", ""),
        "level": level,
        "fraction": round(held / partitions, 4) if partitions else 0.0,
        "partitions": partitions,
        "partitions_cached": held,
        "memory": answer.get("memoryUsed", 0),
        "disk": answer.get("diskUsed", 0),
        "executors": [one for one in places if one["memory"] or one["disk"]],
        "blocks": [
            {
                "name": one["blockName"],
                "level": level_name(one.get("storageLevel", "")),
                "memory": one.get("memoryUsed", 0),
                "disk": one.get("diskUsed", 0),
                "executors": one.get("executors", []),
            }
            for one in blocks[:MAX_BLOCKS]
        ],
        "blocks_total": len(blocks),
        "mark": mark(level, held, partitions),
    }


def mark(level: str, held: int, partitions: int) -> dict[str, str] | None:
    """Tell that something is not wholly cached, and why that matters.

    Returns
    -------
    dict or None
        ``reason`` (``evicted`` or ``partial``) and ``message``; None where all is cached.
    """
    if held >= partitions:
        return None
    if not held:
        return {
            "reason": "evicted",
            "message": "None of it is cached any more, so each use computes it anew: other data "
            "took its place in memory.",
        }
    missing = partitions - held
    advice = (
        "; it did not fit into memory, and its level keeps nothing on disk"
        if level.startswith("MEMORY_ONLY")
        else ""
    )
    return {
        "reason": "partial",
        "message": f"{missing} of {partitions} partitions are not cached and are computed anew "
        f"at each use{advice}.",
    }


def shuffle(executors: Iterable[Json]) -> list[dict[str, Any]]:
    """Return the shuffle data that each executor wrote to its disk, most first."""
    rows = [
        {
            "executor": one["id"],
            "host": one["host"],
            "written": one["shuffle_written"],
            "read": one["shuffle_read"],
        }
        for one in executors
        if one["shuffle_written"] or one["shuffle_read"]
    ]
    return sorted(rows, key=lambda row: -row["written"])


def _index(block: str) -> int:
    last = block.rpartition("_")[2]
    return int(last) if last.isdigit() else 0
