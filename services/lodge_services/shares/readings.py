"""How often shares are read: once for each reader and day, counted beside the pages.

A page that was read is noted in memory, and written with others some seconds later: a reader never
waits for it, and of a process that is killed those seconds are lost. Who read what is not kept: a
mark tells that somebody was counted today, and is gone tomorrow.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date
from hashlib import sha256
from threading import Lock

from sqlalchemy import delete, select, update

from ..clock import Clock
from ..db.engine import Database
from .models import Share
from .tables import ReadingRow, ShareRow

log = logging.getLogger(__name__)

FLUSH_S = 5.0
"""Seconds from one writing to the next."""

MOST_KNOWN = 200_000
"""Marks of a day that are known without asking the database."""

AT_ONCE = 500


class Readings:
    """Counts who reads.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    clock
        Gives the time now; days are those of UTC.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.state = 0
        """Another number after counts have changed."""
        self._lock = Lock()
        self._day = date.min
        self._known: set[str] = set()
        self._new: dict[str, tuple[str, date]] = {}

    def note(self, share: Share, reader: str) -> None:
        """Note that somebody has read a share; its owner does not count."""
        if reader == share.owner:
            return
        day = self.clock().date()
        mark = sha256(f"{day}\0{share.id}\0{reader}".encode("utf-8", "replace")).hexdigest()
        with self._lock:
            if day != self._day or len(self._known) >= MOST_KNOWN:
                self._day, self._known = day, set()
            if mark not in self._known:
                self._known.add(mark)
                self._new[mark] = (share.id, day)

    def flush(self) -> None:
        """Write what was noted since; when it can't be kept, it is noted still."""
        with self._lock:
            new, self._new = self._new, {}
        if not new:
            return
        try:
            self._write(new)
        except BaseException:
            with self._lock:
                self._new = new | self._new
            raise
        self.state += 1

    def _write(self, new: dict[str, tuple[str, date]]) -> None:
        marks = list(new)
        with self.database.write(quiet=True) as session:
            session.execute(delete(ReadingRow).where(ReadingRow.day < self.clock().date()))
            counted: set[str] = set()
            for start in range(0, len(marks), AT_ONCE):
                some = marks[start : start + AT_ONCE]
                counted.update(
                    session.scalars(select(ReadingRow.mark).where(ReadingRow.mark.in_(some)))
                )
            fresh = {mark: new[mark] for mark in marks if mark not in counted}
            session.add_all(ReadingRow(mark=mark, day=day) for mark, (_share, day) in fresh.items())
            for share_id, number in Counter(share for share, _day in fresh.values()).items():
                session.execute(
                    update(ShareRow)
                    .where(ShareRow.id == share_id)
                    .values(reads=ShareRow.reads + number)
                    .execution_options(synchronize_session=False)
                )


@asynccontextmanager
async def counting(
    readings: Readings, call: Callable[[Callable[[], None]], Awaitable[None]]
) -> AsyncIterator[None]:
    """Write what is noted every few seconds while the context is open, and once at its end.

    Parameters
    ----------
    readings
        What is noted.
    call
        Runs blocking work in a thread.
    """

    async def work() -> None:
        while True:
            await asyncio.sleep(FLUSH_S)
            await _flush(lambda: call(readings.flush))

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await _flush(lambda: asyncio.to_thread(readings.flush))


async def _flush(write: Callable[[], Awaitable[None]]) -> None:
    try:
        await write()
    except Exception as error:
        # The database is away, or full: later it is not, and pages are read all the same.
        log.warning("What was read can't be counted yet: %s", error)
