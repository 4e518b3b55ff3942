"""Brings what is due to wikis, beside the service's answers: one page of each wiki at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from .core import Publishing
from .deliveries import Deliveries

log = logging.getLogger(__name__)

#: Seconds after which a wiki is tried again for which Lodge itself has failed.
AFTER_FAULT_S = 30.0
#: Seconds between two looks at whether anything was written to the database.
LOOK_S = 0.5


@asynccontextmanager
async def delivering(
    publishing: Publishing, before: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Deliver as long as the context is open; what is under way at its end is tried anew.

    Parameters
    ----------
    publishing
        Knows what is due.
    before
        Is awaited before each page: what has to be known by then.
    """
    wikis = list(publishing.targets)
    # A slow wiki holds up its own pages only; and no request waits for one of these threads.
    workers = ThreadPoolExecutor(len(wikis) or 1, thread_name_prefix="lodge-wiki")
    tasks = [asyncio.create_task(_serve(publishing, wiki, workers, before)) for wiki in wikis]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        workers.shutdown(wait=False, cancel_futures=True)


async def _serve(
    publishing: Publishing,
    wiki: str,
    workers: ThreadPoolExecutor,
    before: Callable[[], Awaitable[None]],
) -> None:
    loop, database = asyncio.get_running_loop(), publishing.shares.database
    deliveries = Deliveries(publishing)
    while True:
        state = database.state
        try:
            share_id, wait = await loop.run_in_executor(workers, deliveries.next_due, wiki)
            if share_id is not None:
                await before()
                found = await loop.run_in_executor(workers, deliveries.deliver, share_id, wiki)
                if found is not None:
                    log.info("Share %s in the wiki %s: %s", share_id, wiki, found.state)
                continue
        except Exception:
            # The database is away, or full: later it is not.
            log.exception("The wiki %s can't be served", wiki)
            await asyncio.sleep(AFTER_FAULT_S)
            continue
        until = loop.time() + wait
        # All that is asked for is written to the database, by this process.
        while database.state == state and loop.time() < until:  # noqa: ASYNC110  (threads write)
            await asyncio.sleep(min(LOOK_S, max(0.0, until - loop.time())))
