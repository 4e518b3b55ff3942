"""Waiting for a server: for what a reflector holds in memory, and for a port that answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from jupyterhub.utils import maybe_future

#: Seconds between two looks, which cost the API server no request.
_EVERY_S = 0.1
#: Seconds for a port to answer: what a policy or a start drops is not waited for, but tried again.
_CONNECT_S = 0.5


async def soon(condition: Callable[[], bool | Awaitable[bool]], timeout_s: float) -> bool:
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
    while not await maybe_future(condition()):
        if loop.time() >= end:
            return False
        await asyncio.sleep(_EVERY_S)
    return True


async def listens(host: str, port: int) -> bool:
    """Tell whether a port takes connections, within half a second.

    Parameters
    ----------
    host
        An address; a name would be looked up each time.
    port
        Its TCP port.
    """
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:  # nothing listens, nothing is let through, or not yet: TimeoutError is one too
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
