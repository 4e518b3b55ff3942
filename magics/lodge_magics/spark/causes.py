"""Why Spark did not start, from what Java says, with what the user can do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["explain"]

_QUEUE = re.compile(r"submitted by user \S+ to unknown queue: (\S+?)\.?$")
_STOPPED = re.compile(r"queue (?:root\.)?(\S+) is (?:STOPPED|DRAINING)", re.IGNORECASE)
_REFUSED = re.compile(r"[Uu]ser (\S+) does not have permission to submit \S+ to queue (\S+?)[.,]?$")
_MEMORY = re.compile(
    r"Required (executor|AM) memory \((\d+)\D.*above the max threshold \((\d+) MB\)", re.DOTALL
)
_PORTS = re.compile(r"Service '([^']+)' failed after (\d+) retries \(starting from (\d+)\)")
# Spark's name of what listens, what a user may call it, and the setting of its port.
_SERVICES = {
    "sparkDriver": ("the driver", "spark.driver.port"),
    "SparkUI": ("the Spark UI", "spark.ui.port"),
    "org.apache.spark.network.netty.NettyBlockTransferService": (
        "the driver's block manager",
        "spark.driver.blockManager.port",
    ),
}


def explain(reason: str, queues: Callable[[], Sequence[str]]) -> str:
    """Return a reason of Java's in words that a user can act on, or as it was.

    Parameters
    ----------
    reason
        From `java_reason`.
    queues
        Asks YARN for its queues; called when the one asked for is the trouble.
    """
    found = _PORTS.search(reason)
    if found:
        return _ports(*found.groups())
    found = _QUEUE.search(reason)
    if found:
        return f"YARN has no queue {found[1]}; {_choice(queues())}"
    found = _STOPPED.search(reason)
    if found:
        return f"YARN's queue {found[1]} takes no applications now; {_choice(queues())}"
    found = _REFUSED.search(reason)
    if found:
        return (
            f"the user {found[1]} may not use YARN's queue {found[2].removeprefix('root.')}; name "
            "another one with --queue, or ask whoever runs the cluster for access."
        )
    found = _MEMORY.search(reason)
    if found:
        whose, option = (
            ("an executor", "--executor-memory")
            if found[1] == "executor"
            else ("the application master", "--conf spark.yarn.am.memory=SIZE")
        )
        return (
            f"{whose} of {found[2]} MiB and its overhead is more than the {found[3]} MiB that YARN "
            f"gives at most; ask for less ({option})."
        )
    return reason


def _choice(names: Sequence[str]) -> str:
    if not names:
        return "name another one with --queue, or ask whoever runs the cluster."
    if len(names) == 1:
        return f"there is {names[0]}."
    return f"there are {', '.join(names[:-1])} and {names[-1]}."


def _ports(service: str, retries: str, first: str) -> str:
    what, setting = _SERVICES.get(service, (service, "its port"))
    last = int(first) + int(retries)
    if first == "0":
        return (
            f"{what} could listen on no port at all; check spark.driver.bindAddress and "
            "SPARK_LOCAL_IP."
        )
    taken = (
        f"the port {first} is taken" if retries == "0" else f"all ports {first} to {last} are taken"
    )
    return (
        f"{taken}, and {what} needs one of them; stop a session that you no longer need (shut its "
        f"kernel down), or ask for others (--conf {setting}=PORT, --conf spark.port.maxRetries=N)."
    )
