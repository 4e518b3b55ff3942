"""What people are called in full, as the hub has it from the identity provider."""

from __future__ import annotations

import asyncio
import logging
import time
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..texts import folded
from .asking import hub_says
from .settings import HubSettings

log = logging.getLogger(__name__)

#: How old names may be: seconds. Nobody waits for newer ones.
FRESH_S = 60.0
#: How long the first reader waits for them: seconds. Without them logins are shown.
PATIENCE_S = 2.0
#: Characters of a name that are shown.
LONGEST = 100


class People:
    """Knows full names by login; where there is none, the login stands for it.

    Parameters
    ----------
    hub
        The hub.
    """

    def __init__(self, hub: HubSettings) -> None:
        self._hub = hub
        self._names: dict[str, str] = {}
        self._folded: list[tuple[str, str]] = []
        self._asked: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self._told = True
        self.state = 0
        """Changes with the names."""

    def name(self, login: str) -> str:
        """Return what somebody is called in full; their login where nobody has told."""
        return self._names.get(login, login)

    def named(self, word: str) -> Sequence[str]:
        """Return the logins of those in whose full names a word, folded, is."""
        return [login for login, name in self._folded if word in name]

    def called(self, name: str) -> Sequence[str]:
        """Return the logins of those who are called so in full, without difference of case."""
        wanted = folded(name)
        return [login for login, full in self._folded if full == wanted]

    async def fresh(self) -> None:
        """Have names that are not old; only the first reader waits for them, and not for long."""
        if self._asking is None:
            if self._asked is not None and time.monotonic() - self._asked < FRESH_S:
                return
            self._asking = asyncio.create_task(self._ask())
        if self._asked is None:
            await asyncio.wait([self._asking], timeout=PATIENCE_S)

    async def newest(self) -> None:
        """Have the names as they are now, where the hub says them."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        await asyncio.wait([self._asking])

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        try:
            status, said = await hub_says(self._hub, "lodge/full-names")
            if status != 200:
                raise ValueError(f"it answered {status}")
            self._take(full_names(said))
            self._told = True
        except ValueError as error:
            if self._told:
                log.warning("The hub did not say what people are called: %s", error)
            self._told = False
        finally:
            self._asked = time.monotonic()
            self._asking = None

    def _take(self, names: dict[str, str]) -> None:
        if names != self._names:
            self._names = names
            self._folded = [(login, folded(name)) for login, name in names.items()]
            self.state += 1


def full_names(said: Any) -> dict[str, str]:
    """Return names that can be shown, by login.

    Nobody passes for another: who is called like others, or as another's login, is shown with
    their own login.

    Parameters
    ----------
    said
        What the hub said: names by login.

    Raises
    ------
    ValueError
        It is something else.
    """
    if not isinstance(said, Mapping):
        raise ValueError("it is no object of names by login")
    names = {str(login): _shown(name) for login, name in said.items() if isinstance(name, str)}
    called = Counter(folded(name) for name in names.values())
    logins = {folded(login): login for login in names}
    found = {}
    for login, name in names.items():
        same = folded(name)
        if not name or name == login:
            continue
        alone = called[same] == 1 and logins.get(same, login) == login
        found[login] = name if alone else f"{name} ({login})"
    return found


def _shown(name: str) -> str:
    """Return a name without what turns a line round, or is not seen."""
    plain = "".join(" " if c.isspace() else c for c in name)
    seen = (c for c in plain if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join("".join(seen).split())[:LONGEST]
