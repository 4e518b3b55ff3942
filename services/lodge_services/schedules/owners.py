"""Whether the owner of a job is still there: nothing runs for people who are gone."""

from __future__ import annotations

import logging
import time
from typing import Protocol
from urllib.parse import quote

from ..web.asking import hub_says
from ..web.settings import HubSettings

log = logging.getLogger(__name__)

#: The hub's group of users whom the provider lets sign in no more.
GONE = "lodge-gone"
#: How long the hub's word is taken for granted: seconds.
FRESH_S = 5.0


class Owners(Protocol):
    """Knows who is there."""

    async def is_there(self, name: str) -> bool:
        """Tell whether runs of a user may start and go on."""


class Everybody:
    """Where there is no hub to ask: all are there."""

    async def is_there(self, name: str) -> bool:  # noqa: ARG002
        """Tell that the user is there."""
        return True


class HubOwners:
    """Asks the hub.

    Parameters
    ----------
    hub
        The hub.
    """

    def __init__(self, hub: HubSettings) -> None:
        self._hub = hub
        self._known: dict[str, tuple[float, bool]] = {}

    async def is_there(self, name: str) -> bool:
        """Tell whether runs of a user may start; while the hub is away, what it said before."""
        asked, before = self._known.get(name, (-FRESH_S, True))
        if time.monotonic() - asked < FRESH_S:
            return before
        code, said = await hub_says(self._hub, f"users/{quote(name, safe='')}")
        there = before
        try:
            there = GONE not in said["groups"] if code == 200 else before
        except (KeyError, TypeError):
            code = 0
        if code == 404:
            there = False
        elif code != 200:
            log.warning("The hub did not say whether %s is there: %s", name, code)
        if there != before:
            log.info("%s is %s", name, "there again" if there else "gone: their runs wait")
        self._known[name] = (time.monotonic(), there)
        return there
