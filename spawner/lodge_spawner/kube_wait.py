"""Waiting for what a reflector holds in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

#: Seconds between two looks, which cost no request.
_EVERY_S = 0.1


async def soon(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Wait for a condition, looked at often, and tell whether it came true in time.

    `exponential_backoff`, with which KubeSpawner waits, looks after up to 5 s each: right where
    every look is a request, seconds lost where it is none.

    Parameters
    ----------
    condition
        Asked again and again; what it raises ends the wait.
    timeout_s
        Seconds to wait at most.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    while not condition():
        if loop.time() >= end:
            return False
        await asyncio.sleep(_EVERY_S)
    return True
