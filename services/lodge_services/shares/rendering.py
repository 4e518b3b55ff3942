"""Rendered notebooks, kept in memory: a version never changes, so its page need be made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

CAPACITY = 64_000_000
"""Characters that are kept."""


class RenderCache:
    """Keeps what was asked for last.

    Parameters
    ----------
    capacity
        Characters that are kept; a page larger than a quarter of it is made anew every time.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._pages: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, digest: str, language: str, make: Callable[[], str]) -> str:
        """Return the page of a notebook in a language, made by `make` if it is not here."""
        key = (digest, language)
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        page = make()
        if len(page) * 4 > self._capacity:
            return page
        with self._lock:
            if key not in self._pages:
                self._pages[key] = page
                self._size += len(page)
            while self._size > self._capacity:
                _, oldest = self._pages.popitem(last=False)
                self._size -= len(oldest)
        return page
