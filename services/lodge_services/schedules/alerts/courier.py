"""Tells what is to be told, beside all else that the service does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from ..executors.base import Executor
from .forgetting import forget_old
from .lateness import Lateness
from .outbox import Message, Outbox
from .sending import FailedError, RefusedError, Senders

log = logging.getLogger(__name__)

#: How many messages are on their way at once, of one owner one: who is slow holds up no other.
AT_ONCE = 8
#: Seconds between two looks at whether anything was written to the database.
LOOK_S = 0.5
#: Seconds after which all is looked at again, whoever has written what.
LONGEST_S = 30.0
#: Seconds between two times that what is old is forgotten.
FORGET_S = 3600.0
#: Seconds that one message may take at most.
PATIENCE_S = 120.0
#: How much of the end of a log is told, in bytes, and how many lines.
LOG_BYTES, LOG_LINES = 4_096, 15

NOT_TOLD = "They are told of this job no more."
NO_WAY = "This Lodge tells nobody that way any more."
TOO_LONG = "It took longer than {seconds} seconds."
FAULT = "Lodge failed to send it; its administrator finds why in the log."


@asynccontextmanager
async def telling(
    outbox: Outbox, lateness: Lateness, senders: Senders, executor: Executor
) -> AsyncIterator[None]:
    """Send messages and look for what is late as long as the context is open.

    Parameters
    ----------
    outbox
        The messages that wait.
    lateness
        Knows what is to be looked at.
    senders
        What sends.
    executor
        Has the runs' logs.
    """
    courier = Courier(outbox, lateness, senders, executor)
    task = asyncio.create_task(courier.run(), name="alerts")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await courier.stop()


class Courier:
    """Sends messages, several at a time.

    Parameters
    ----------
    outbox, lateness, senders, executor
        See `telling`.
    """

    def __init__(
        self, outbox: Outbox, lateness: Lateness, senders: Senders, executor: Executor
    ) -> None:
        self._outbox = outbox
        self._lateness = lateness
        self._senders = senders
        self._executor = executor
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._ended = 0
        self._forget_at = 0.0

    async def run(self) -> None:
        """Do it until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            state, ended, pause = self._outbox.database.state, self._ended, LONGEST_S
            try:
                pause = await self._step()
            except Exception:
                # The database is away, or full: later it is not.
                log.exception("Alerts can't be sent; it is tried again in %s s", pause)
                await asyncio.sleep(pause)
                continue
            until = loop.time() + pause
            while (  # noqa: ASYNC110  (threads)
                self._outbox.database.state == state
                and self._ended == ended
                and loop.time() < until
            ):
                await asyncio.sleep(min(LOOK_S, max(0.0, until - loop.time())))

    async def stop(self) -> None:
        """End what is under way; it is sent again after the next start."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _step(self) -> float:
        """Do what is due; return the seconds until there is more."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._forget_at:
            self._forget_at = loop.time() + FORGET_S
            await asyncio.to_thread(forget_old, self._outbox.database, self._outbox.clock())
        looked_at = await asyncio.to_thread(self._lateness.look)
        while len(self._under_way) < AT_ONCE:
            message = await asyncio.to_thread(self._outbox.take, tuple(self._under_way))
            if message is None:
                break
            task = asyncio.create_task(self._send(message), name=f"alert {message.batch}")
            self._under_way[message.owner] = task
        if looked_at:
            return 0.0
        late = await asyncio.to_thread(self._lateness.next_due)
        due = None
        if len(self._under_way) < AT_ONCE:
            due = await asyncio.to_thread(self._outbox.next_due, tuple(self._under_way))
        return self._until(late, due)

    def _until(self, *moments: datetime | None) -> float:
        now = self._outbox.clock()
        ahead = [(one - now).total_seconds() for one in moments if one is not None]
        # Somebody else may be at what is due already.
        return max(0.05, min([*ahead, LONGEST_S]))

    async def _send(self, message: Message) -> None:
        try:
            await self._tell(message)
        except SQLAlchemyError:
            log.exception("What became of alert %s can't be noted; it is sent again", message.batch)
        finally:
            del self._under_way[message.owner]
            self._ended += 1

    async def _tell(self, message: Message) -> None:
        sender = self._senders.get(message.entries[0].kind)
        try:
            if message.recipient is None:
                raise RefusedError(NOT_TOLD)
            if sender is None:
                raise RefusedError(NO_WAY)
            async with asyncio.timeout(PATIENCE_S):
                await sender.send(message, await self._logs(message))
        except RefusedError as error:
            log.info("Alert %s is refused: %s", message.batch, error)
            await asyncio.to_thread(self._outbox.refused, message, str(error))
        except TimeoutError:
            await self._later(message, TOO_LONG.format(seconds=round(PATIENCE_S)))
        except FailedError as error:
            await self._later(message, str(error))
        except SQLAlchemyError:
            raise
        except Exception as error:
            # Not the error itself: it may name an address that is a secret.
            log.error("Alert %s can't be sent: %s", message.batch, type(error).__name__)
            await self._later(message, FAULT)
        else:
            log.info("Alert %s is sent, with %s entries", message.batch, len(message.entries))
            await asyncio.to_thread(self._outbox.sent, message)

    async def _later(self, message: Message, why: str) -> None:
        again = await asyncio.to_thread(self._outbox.later, message, why)
        log.warning(
            "Alert %s %s: %s", message.batch, "is tried again" if again else "is given up", why
        )

    async def _logs(self, message: Message) -> Mapping[str, str]:
        """Return the ends of the logs of runs that failed, or take long."""
        logs = {}
        for one in message.entries:
            if one.run_id is not None and one.what in ("failed", "slow"):
                logs[one.run_id] = await self._log(one.run_id)
        return logs

    async def _log(self, run_id: str) -> str:
        try:
            content = await self._executor.log(run_id, LOG_BYTES)
        except Exception:
            log.exception("The log of run %s can't be read", run_id)
            return ""
        lines = content.decode("utf-8", "replace").splitlines()
        if len(content) >= LOG_BYTES:
            lines = lines[1:]  # it is cut
        return "\n".join(lines[-LOG_LINES:])
