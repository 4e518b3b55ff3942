"""Connections to wikis: each is asked by one thread at a time, readers beside who delivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from ...errors import Unavailable
from ..publications.models import Target, Targets
from ..wikis.base import Wiki

#: Seconds that a reader waits for others who ask the same wiki.
TURN_S = 5.0


class Connections:
    """What is asked of wikis, and by whom next.

    Parameters
    ----------
    targets
        The wikis, by name.

    Attributes
    ----------
    asked
        Held by who asks a wiki, by its name.
    """

    def __init__(self, targets: Targets) -> None:
        self.asked = {name: Lock() for name in targets}
        self.opened: dict[str, Wiki] = {}

    def wiki(self, target: Target) -> Wiki:
        """Return the wiki that is asked, made when it is first."""
        if target.name not in self.opened:
            self.opened[target.name] = target.open()
        return self.opened[target.name]

    def close(self, *wikis: str) -> None:
        """End the connections to wikis, by default to all; the next one who asks begins anew."""
        for name in wikis or tuple(self.opened):
            lock = self.asked[name]
            # At the end of the service nobody waits for a slow wiki.
            if not lock.acquire(blocking=bool(wikis)):
                continue
            try:
                opened = self.opened.pop(name, None)
                if opened is not None:
                    opened.close()
            finally:
                lock.release()

    @contextmanager
    def turn(self, wiki: str) -> Iterator[None]:
        """Let a reader ask the wiki; who waits for long holds up all others who ask the service."""
        lock = self.asked[wiki]
        if not lock.acquire(timeout=TURN_S):
            raise Unavailable(
                "wiki_busy",
                "Lodge writes to the wiki just now, or the wiki is slow; try again in a minute.",
            )
        try:
            yield
        finally:
            lock.release()
