"""Puts runs on pages, beside all else that the service does, one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from ..executors.base import Executor
from ..models import Job, Run
from ..notebooks import parse_notebook
from .environment import ran_with
from .outbox import Outbox
from .pages import FailedError, RefusedError, SharePages

log = logging.getLogger(__name__)

#: After how many tries that were answered a run is given up: some three hours.
TRIES = 24
#: Seconds between two looks at whether anything was written to the database.
LOOK_S = 0.5
#: Seconds after which all is looked at again, whoever has written what.
LONGEST_S = 30.0

FAULT = "Lodge failed to put the run on the page; its administrator finds why in the log."
NO_NOTEBOOK = "The run's notebook is gone, so it can't be put on the page."


@asynccontextmanager
async def putting(outbox: Outbox, pages: SharePages, executor: Executor) -> AsyncIterator[None]:
    """Put runs on pages as long as the context is open; what is under way then is tried anew.

    Parameters
    ----------
    outbox
        The runs that wait.
    pages
        Where they go.
    executor
        Has what they have made.
    """
    task = asyncio.create_task(_serve(outbox, pages, executor), name="runs to pages")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _serve(outbox: Outbox, pages: SharePages, executor: Executor) -> None:
    loop = asyncio.get_running_loop()
    while True:
        state, pause = outbox.database.state, LONGEST_S
        try:
            found = await asyncio.to_thread(outbox.next)
            if found is not None:
                run, job = found
                due = run.share_due_at or outbox.clock()
                ahead = (due - outbox.clock()).total_seconds()
                if ahead <= 0:
                    await _put_or_wait(outbox, pages, executor, run, job)
                    continue
                pause = min(ahead, pause)
        except Exception:
            # The database is away, or full: later it is not.
            log.exception("Runs can't be put on pages; it is tried again in %s s", pause)
            await asyncio.sleep(pause)
            continue
        until = loop.time() + pause
        while outbox.database.state == state and loop.time() < until:  # noqa: ASYNC110  (threads)
            await asyncio.sleep(min(LOOK_S, max(0.0, until - loop.time())))


async def _put_or_wait(
    outbox: Outbox,
    pages: SharePages,
    executor: Executor,
    run: Run,
    job: Job,
) -> None:
    """Put one run on its page; one at which Lodge itself fails lets the others pass."""
    try:
        await put(outbox, pages, executor, run, job)
    except SQLAlchemyError:
        raise  # the database is away, for all runs
    except Exception:
        log.exception("Run %s can't be put on its page", run.id)
        if run.share_tries + 1 >= TRIES:
            await asyncio.to_thread(outbox.refused, run.id, FAULT)
        else:
            await asyncio.to_thread(outbox.later, run, FAULT, tried=True)


async def put(
    outbox: Outbox,
    pages: SharePages,
    executor: Executor,
    run: Run,
    job: Job,
) -> None:
    """Put one run on its page, or note why not."""
    content = await executor.notebook(run.id)
    parsed = None if content is None else await asyncio.to_thread(parse_notebook, content)
    if parsed is None:
        await asyncio.to_thread(outbox.refused, run.id, NO_NOTEBOOK)
        return
    told = ran_with(await executor.report(run.id), parsed, run.parameters)
    try:
        version = await pages.put(run, job, parsed, told)
    except RefusedError as error:
        log.info("Run %s is not put on its page: %s", run.id, error)
        await asyncio.to_thread(outbox.refused, run.id, str(error))
    except FailedError as error:
        if error.answered and run.share_tries + 1 >= TRIES:
            log.error("Run %s is given up, which was to be put on its page: %s", run.id, error)
            await asyncio.to_thread(outbox.refused, run.id, str(error))
            return
        log.warning("Run %s can't be put on its page yet: %s", run.id, error)
        await asyncio.to_thread(outbox.later, run, str(error), tried=error.answered)
    else:
        log.info("Run %s is version %s of share %s", run.id, version, run.share_id)
        await asyncio.to_thread(outbox.shared, run.id, version)
