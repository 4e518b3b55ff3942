"""What a session keeps beside its jobs: letting cached data go, and broadcast variables.

Spark's REST API knows neither; the driver's cache manager and block manager do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SparkError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Broadcast", "broadcasts", "unpersist"]

_BLOCK = re.compile(r"broadcast_(?P<id>\d+)(?:_piece\d+)?$")


@dataclass
class Broadcast:
    """A broadcast variable, Spark's own ones of task code among them.

    Attributes
    ----------
    id
        Its number, the N of its blocks `broadcast_N_piece0` and so on.
    name
        The user's variable that holds it, or empty.
    memory, disk
        Bytes of its blocks on all executors.
    executors
        Where they are.
    """

    id: int
    name: str = ""
    memory: int = 0
    disk: int = 0
    executors: list[str] = field(default_factory=list)


def unpersist(session: Any, number: int) -> None:
    """Let go what is cached under a number; data frames and tables count as no longer cached.

    Parameters
    ----------
    session
        The SparkSession.
    number
        Of the RDD that holds the data, as the storage view and `rdd_N_M` have it.

    Raises
    ------
    SparkError
        Nothing is cached under it.
    """
    for plan in _cached_plans(session, number):
        # Dropping the blocks alone would leave the plan cached: its next use fills them again.
        session._jsparkSession.sharedState().cacheManager().uncacheQuery(
            session._jsparkSession, plan, False, False
        )
        return
    found = session.sparkContext._jsc.getPersistentRDDs().get(number)
    if found is None:
        raise SparkError(f"Nothing is cached as RDD {number}; %spark storage shows what is.")
    found.unpersist(False)


def _cached_plans(session: Any, number: int) -> Iterator[Any]:
    """Give the plans of the cached query whose data an RDD holds, one at most."""
    manager = session._jsparkSession.sharedState().cacheManager()
    entries = _field(manager.getClass(), "cachedData", manager)
    for place in range(entries.size()):
        entry = entries.apply(place)
        relation = entry.cachedRepresentation()
        builder = getattr(relation, "cacheBuilder", None)
        if builder is None:
            continue
        built = builder()
        if built.isCachedColumnBuffersLoaded() and built.cachedColumnBuffers().id() == number:
            yield entry.plan()
            return


def broadcasts(context: Any, names: dict[str, Any]) -> list[Broadcast]:
    """Return broadcast variables, the largest first.

    Parameters
    ----------
    context
        The SparkContext.
    names
        The user's variables.
    """
    named = _named(names)
    found: dict[int, Broadcast] = {}
    for status in _block_status(context):
        executor = status.blockManagerId().executorId()
        blocks = status.blocks().iterator()
        while blocks.hasNext():
            pair = blocks.next()
            match = _BLOCK.match(pair._1().name())
            if match is None:
                continue
            number = int(match["id"])
            one = found.setdefault(number, Broadcast(number, named.get(number, "")))
            one.memory += pair._2().memSize()
            one.disk += pair._2().diskSize()
            if executor not in one.executors:
                one.executors.append(executor)
    return sorted(found.values(), key=lambda one: (not one.name, -one.memory - one.disk))


def _named(names: dict[str, Any]) -> dict[int, str]:
    from pyspark import Broadcast as SparkBroadcast

    named = {}
    for name, value in list(names.items()):
        held = getattr(value, "_jbroadcast", None) if isinstance(value, SparkBroadcast) else None
        if held is not None and not name.startswith("_"):
            named[int(held.id())] = name
    return named


def _block_status(context: Any) -> Any:
    """Return the storage status of every block manager.

    The way there is by fields: a method called on SparkEnv over Py4J makes Java look at all its
    methods, one of which names a class that Spark's wheel does not hold.
    """
    scala = context._jsc.sc()
    env = _field(scala.getClass(), "_env", scala)
    manager = _field(_class(context, "org.apache.spark.SparkEnv"), "blockManager", env)
    kind = _class(context, "org.apache.spark.storage.BlockManager")
    return _field(kind, "master", manager).getStorageStatus()


def _class(owner: Any, name: str) -> Any:
    loader = owner._jvm.java.lang.Thread.currentThread().getContextClassLoader()
    return loader.loadClass(name)


def _field(kind: Any, name: str, holder: Any) -> Any:
    declared = kind.getDeclaredField(name)
    declared.setAccessible(True)
    return declared.get(holder)
