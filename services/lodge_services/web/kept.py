"""What was made for readers, kept in memory: made once, however many ask at once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

CAPACITY = 128 * 1024 * 1024
"""Bytes that are kept."""

OVERHEAD = 1024
"""Bytes that anything needs besides what it says."""


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted(Generic[T]):
    """Something that can be made and kept.

    Attributes
    ----------
    key
        Tells it from all others.
    state
        Of the data that it is made of; what was made of another state is made anew.
    make
        Makes it.
    size
        Returns its size in bytes.
    """

    key: Hashable
    state: int
    make: Callable[[], Awaitable[T]]
    size: Callable[[T], int]


@dataclass(frozen=True)
class _Entry:
    state: int
    value: Any
    size: int


class Kept:
    """Keeps what was asked for last. For one event loop, and no thread besides its own.

    Parameters
    ----------
    capacity
        Bytes that are kept; what is larger than a quarter of it is made anew every time.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._pending: dict[tuple[Hashable, int], asyncio.Future[Any]] = {}
        self.size = 0
        """Bytes that are kept now."""

    async def get(self, wanted: Wanted[T]) -> T:
        """Return what is wanted, made if it is not here. Errors are not kept."""
        entry = self._entries.get(wanted.key)
        if entry is not None and entry.state == wanted.state:
            self._entries.move_to_end(wanted.key)
            value: T = entry.value
            return value
        return await asyncio.shield(self._making(wanted))

    def begin(self, wanted: Wanted[Any]) -> None:
        """Begin to make what will be wanted, for nobody who waits."""
        self._making(wanted).add_done_callback(_tell)

    def _making(self, wanted: Wanted[T]) -> asyncio.Future[T]:
        place = (wanted.key, wanted.state)
        pending: asyncio.Future[T] | None = self._pending.get(place)
        if pending is None:
            pending = self._pending[place] = asyncio.ensure_future(self._make(wanted))
        return pending

    async def _make(self, wanted: Wanted[T]) -> T:
        try:
            value = await wanted.make()
        finally:
            del self._pending[wanted.key, wanted.state]
        self._keep(wanted.key, _Entry(wanted.state, value, wanted.size(value) + OVERHEAD))
        return value

    def _keep(self, key: Hashable, entry: _Entry) -> None:
        before = self._entries.pop(key, None)
        self.size -= before.size if before is not None else 0
        if entry.size * 4 > self._capacity:
            return
        self._entries[key] = entry
        self.size += entry.size
        while self.size > self._capacity:
            _, oldest = self._entries.popitem(last=False)
            self.size -= oldest.size


def _tell(made: asyncio.Future[Any]) -> None:
    if not made.cancelled() and (error := made.exception()) is not None:
        # Whoever asks for it is told.
        log.warning("What was begun ahead can't be made: %r", error)
