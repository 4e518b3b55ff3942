"""What the user's SQL sources hold: remembered for a minute, each source on its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

FRESH_S = 60.0
"""How long an answer is given again; one that failed as well, unless it is asked for anew."""
MAX_REMEMBERED = 500
AT_ONCE = 2
"""How many questions a source is asked at the same time."""

Question = tuple[str, ...]


class Catalog(Protocol):
    """Who knows the sources."""

    def stamp(self) -> object:
        """Return what changes when the file of sources does."""
        ...

    async def ask(self, *question: str) -> dict[str, Any]:
        """Return the answer to a command with its options.

        Raises
        ------
        LodgeServerError
            There is none; its sentence says why.
        """
        ...


class Sql:
    """The user's SQL sources.

    Parameters
    ----------
    catalog
        Asks them.
    clock
        Tells the time in seconds.
    """

    def __init__(self, *, catalog: Catalog, clock: Callable[[], float] = time.monotonic) -> None:
        self._catalog, self._clock = catalog, clock
        self._stamp: object = None
        self._known: dict[Question, tuple[float, asyncio.Task[dict[str, Any]]]] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def sources(self, *, fresh: bool = False) -> dict[str, Any]:
        """Return the sources by name, type and description, and which is the default."""
        return await self._answer("", ("sources",), fresh)

    async def tables(self, source: str, *, fresh: bool = False) -> dict[str, Any]:
        """Return the tables and views of a source."""
        return await self._answer(source, ("tables", f"--source={source}"), fresh)

    async def columns(self, source: str, table: str, *, fresh: bool = False) -> dict[str, Any]:
        """Return the columns of a table with their types."""
        question = ("columns", f"--source={source}", f"--table={table}")
        return await self._answer(source, question, fresh)

    async def preview(
        self, source: str, table: str, limit: int, *, fresh: bool = False
    ) -> dict[str, Any]:
        """Return the first rows of a table as text."""
        question = ("preview", f"--source={source}", f"--table={table}", f"--limit={limit}")
        return await self._answer(source, question, fresh)

    async def missing(self, source: str, tables: Sequence[str]) -> list[str]:
        """Return those tables of a source that are not there for the user, or not theirs to read.

        Parameters
        ----------
        source
            "" for the default one.
        tables
            As statements have them, without quotes and difference of case.
        """
        where = (f"--source={source}",) if source else ()
        question = ("missing", *where, *(f"--table={table}" for table in tables))
        answer = await self._answer(source, question, fresh=True)
        return [str(name) for name in answer.get("missing", ())]

    async def _answer(self, source: str, question: Question, fresh: bool) -> dict[str, Any]:
        if (stamp := self._catalog.stamp()) != self._stamp:
            self._known.clear()
            self._stamp = stamp
        now = self._clock()
        asked = self._known.get(question)
        # What is under way is fresh enough, for the impatient too.
        if asked is None or (asked[1].done() and (fresh or now - asked[0] > FRESH_S)):
            task = asyncio.create_task(self._ask(source, question), name=f"sql-{question[0]}")
            # Whoever asked may be gone when it fails; that is no error of the loop.
            task.add_done_callback(_heed)
            asked = self._known[question] = (now, task)
            while len(self._known) > MAX_REMEMBERED:
                del self._known[next(iter(self._known))]
        # A page that is closed cancels its own wait, not the others'.
        return await asyncio.shield(asked[1])

    async def _ask(self, source: str, question: Question) -> dict[str, Any]:
        async with self._turns.setdefault(source, asyncio.Semaphore(AT_ONCE)):
            return await self._catalog.ask(*question)


def _heed(task: asyncio.Task[dict[str, Any]]) -> None:
    if not task.cancelled():
        task.exception()
