"""What of a fork's needs the reader has not: sources, tables, and the profile it ran under.

All sources are asked at once, and for so long at most that nobody waits for a database that is
away: of what did not answer in time nothing is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from ..errors import LodgeServerError
from .profiles import profile_of, profiles_of

PATIENCE_S = 5.0
"""How long all sources together are waited for, in seconds."""

TABLES = 50
"""Tables of a notebook that are asked for."""


class Sources(Protocol):
    """The reader's SQL sources."""

    async def sources(self) -> dict[str, Any]:
        """Return the sources by name, and which is the default."""
        ...

    async def missing(self, source: str, tables: Sequence[str]) -> list[str]:
        """Return those tables of a source that are not there for the reader."""
        ...


@dataclass(frozen=True)
class Absent:
    """What is not there for the reader.

    Attributes
    ----------
    sources
        Names of sources.
    tables
        Sources with tables; "" is the default one.
    """

    sources: Sequence[str] = ()
    tables: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Profile:
    """That a notebook was shared from a server with another profile.

    Attributes
    ----------
    name
        Of that profile, as the reader knows it.
    own
        What the reader's own is called; "" where there are none.
    stop, start
        Addresses of the hub: where the reader's server is stopped, and where it is started with
        that profile; "" where it is not one of the reader's.
    """

    name: str
    own: str
    stop: str = ""
    start: str = ""


def tables_of(said: Any) -> dict[str, list[str]]:
    """Return the tables that the service tells of, by source."""
    found: dict[str, list[str]] = {}
    for one in (said if isinstance(said, list) else [])[:TABLES]:
        named = one if isinstance(one, dict) else {}
        source, table = named.get("source"), named.get("table")
        if isinstance(source, str) and isinstance(table, str) and table and "\0" not in table:
            found.setdefault(source, []).append(table)
    return found


async def absent(
    asked: Sources,
    sources: Sequence[str],
    tables: Mapping[str, Sequence[str]],
    patience: float = PATIENCE_S,
) -> Absent:
    """Return the sources and tables that the reader has not, as far as they answer in time.

    Parameters
    ----------
    asked
        The reader's sources.
    sources
        That a notebook names.
    tables
        That it names, by source.
    patience
        In seconds.
    """
    if not sources and not tables:
        return Absent()
    end = asyncio.get_running_loop().time() + patience
    try:
        async with asyncio.timeout_at(end):
            known = await asked.sources()
    except (LodgeServerError, TimeoutError):
        # The copy is there; what sources there are its cells will tell.
        return Absent()
    there = {one.get("name") for one in known.get("items", ())}
    if any(one.get("default") for one in known.get("items", ())):
        there.add("")
    tasks = {
        source: asyncio.create_task(asked.missing(source, names))
        for source, names in tables.items()
        if source in there
    }
    if tasks:
        left = end - asyncio.get_running_loop().time()
        _, late = await asyncio.wait(tasks.values(), timeout=max(0.0, left))
        for task in late:
            task.cancel()
    found = []
    for source, task in tasks.items():
        if task.done() and not task.cancelled() and task.exception() is None:
            found += [(source, table) for table in task.result()]
    return Absent([name for name in sources if name not in there], found)


def other_profile(recorded: str, environ: Mapping[str, str]) -> Profile | None:
    """Return the profile that a notebook ran under, where the reader's server has another one.

    Parameters
    ----------
    recorded
        The profile; "" where nobody has told.
    environ
        Of the reader's server.
    """
    own, mine = profile_of(environ), profiles_of(environ)
    if not recorded or recorded == own:
        return None
    title = mine.get(own, own)
    if recorded not in mine:
        return Profile(recorded, title)
    hub = environ.get("JUPYTERHUB_PUBLIC_HUB_URL") or (
        environ.get("JUPYTERHUB_HOST", "") + environ.get("JUPYTERHUB_BASE_URL", "/") + "hub/"
    )
    hub = hub if hub.endswith("/") else f"{hub}/"
    query = urlencode({"opt-profile": recorded})
    return Profile(mine[recorded], title, f"{hub}home", f"{hub}spawn?{query}")
