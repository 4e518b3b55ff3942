"""Connections to wikis: each is asked by one thread at a time, readers beside who delivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from ...errors import Unavailable
from ..publications.models import Credential, Target, Targets
from ..wikis.base import Wiki
from .accounts import Accounts

#: Seconds that a reader waits for others who ask the same wiki.
TURN_S = 5.0
#: How many connections of people's own are kept open to each wiki.
OPEN = 8


class Connections:
    """What is asked of wikis, and by whom next.

    Parameters
    ----------
    targets
        The wikis, by name.
    accounts
        By which people's pages are written; None: all by Lodge's own.

    Attributes
    ----------
    asked
        Held by who asks a wiki, by its name.
    """

    def __init__(self, targets: Targets, accounts: Accounts | None = None) -> None:
        self.asked = {name: Lock() for name in targets}
        self._accounts = accounts
        # By wiki and person, "" for Lodge itself; the one that was asked last stands last.
        self._opened: dict[tuple[str, str], tuple[Credential | None, Wiki]] = {}
        # By their ids: those by which a page is being written, and that are closed once it is.
        self._held: set[int] = set()
        self._let_go: set[int] = set()

    def credential(self, target: Target, person: str) -> Credential | None:
        """Return the account by which a wiki is asked for somebody; None: Lodge's own.

        Raises
        ------
        Refused
            There is one that can't be read.
        """
        if not target.own_tokens or self._accounts is None or not person:
            return None
        return self._accounts.credential(person, target.name)

    def wiki(self, target: Target, person: str = "") -> Wiki:
        """Return the wiki as it is asked for somebody, made when it is first; in their turn.

        Raises
        ------
        Refused
            Their account can't be read, or Lodge has none.
        """
        credential = self.credential(target, person)
        key = (target.name, person if credential is not None else "")
        known, wiki = self._opened.pop(key, (None, None))
        if wiki is None or known != credential:
            if wiki is not None:
                self._end(wiki)
            wiki = target.open(credential)
        self._opened[key] = (credential, wiki)
        self._spare(target.name)
        return wiki

    def _spare(self, wiki: str) -> None:
        """Close the connections of those who have not asked for long."""
        own = [key for key in self._opened if key[0] == wiki and key[1]]
        for key in own[:-OPEN]:
            self._end(self._opened.pop(key)[1])

    @contextmanager
    def held(self, target: Target, person: str) -> Iterator[Wiki]:
        """Let a page be written for somebody: between its turns nobody ends what it is written by.

        Raises
        ------
        Refused
            As of `wiki`.
        """
        with self.asked[target.name]:
            wiki = self.wiki(target, person)
            self._held.add(id(wiki))
        try:
            yield wiki
        finally:
            with self.asked[target.name]:
                self._held.discard(id(wiki))
                if id(wiki) in self._let_go:
                    self._let_go.discard(id(wiki))
                    wiki.close()

    def _end(self, wiki: Wiki) -> None:
        if id(wiki) in self._held:
            self._let_go.add(id(wiki))
        else:
            wiki.close()

    def close(self, *wikis: str) -> None:
        """End the connections to wikis, by default to all; the next one who asks begins anew."""
        for name in wikis or {key[0] for key in tuple(self._opened)}:
            lock = self.asked[name]
            # At the end of the service nobody waits for a slow wiki.
            if not lock.acquire(blocking=bool(wikis)):
                continue
            try:
                for key in [key for key in self._opened if key[0] == name]:
                    self._opened.pop(key)[1].close()
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
