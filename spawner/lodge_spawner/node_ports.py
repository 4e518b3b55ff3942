"""Node ports for drivers whose executors are outside: none is handed out twice.

The cluster itself keeps the account: a NodePort belongs to the Service that has it, and the API
server refuses a second one. A hub that starts again has nothing to remember.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from .manifests.policies import SparkPorts


def no_free_ports(first: int, last: int) -> str:
    """Return what a user is told when all node ports of the range are taken."""
    return (
        f"No node ports are left between {first} and {last} for Spark's executors; stop a "
        "server, or ask an admin to widen node_ports."
    )


def candidates(first: int, last: int, sessions: int) -> Iterator[SparkPorts]:
    """Yield ranges of ports to try, each once, in an order of chance.

    Parameters
    ----------
    first, last
        The ports that may be taken, both included.
    sessions
        How many sessions a server may have at once; each needs two ports.
    """
    starts = range(first, last + 2 - 2 * sessions, 2 * sessions)
    for start in random.sample(starts, k=len(starts)):
        yield SparkPorts(start, start + sessions, sessions)


def is_taken(status: int | None, body: str | bytes | None) -> bool:
    """Tell whether the API server refused a Service because a port of it is another's."""
    if status != 422:
        return False
    try:
        return "already allocated" in str(json.loads(body or "{}").get("message", ""))
    except ValueError:
        return False
