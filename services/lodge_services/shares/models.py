"""What the core hands out and takes: plain data, no HTTP, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..render.outputs import text_of
from ..texts import folded
from .notebooks import Origin

CELLS_SEARCHED = 200_000
"""Characters of a notebook's cells that are searched."""


@dataclass(frozen=True)
class Actor:
    """Who asks."""

    name: str
    admin: bool = False
    """May change what belongs to others."""
    groups: frozenset[str] = frozenset()
    """Of the identity provider's, as the hub has them."""


LODGE = Actor("", admin=True)
"""Lodge itself: for what it does by itself, and for what it checks afterwards."""


@dataclass(frozen=True)
class Readers:
    """Who may read a share, besides its owner and administrators."""

    everyone: bool = True
    """All who are signed in; groups and people are empty then."""
    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    """By their logins."""

    def hold(self, actor: Actor) -> bool:
        """Tell whether `actor` is one of them."""
        return self.everyone or actor.name in self.people or bool(self.groups & actor.groups)


@dataclass(frozen=True)
class Share:
    """A shared notebook at its newest version."""

    id: str
    owner: str
    title: str
    description: str
    tags: tuple[str, ...]
    version: int
    digest: str
    created_at: datetime
    updated_at: datetime
    forked_from: Origin | None
    forks: int
    has_picture: bool
    deleted_at: datetime | None = None
    reads: int = 0
    likes: int = 0
    readers: Readers = Readers()

    def may_read(self, actor: Actor) -> bool:
        """Tell whether `actor` may read it."""
        return self.may_change(actor) or self.readers.hold(actor)

    def may_change(self, actor: Actor) -> bool:
        """Tell whether `actor` may edit and delete it."""
        return actor.admin or actor.name == self.owner


@dataclass(frozen=True)
class VersionRun:
    """The run of a schedule that has made a version."""

    id: str
    job: str
    """What the job was called."""
    job_id: str
    scheduled_for: datetime
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Version:
    """One state of a share's notebook."""

    number: int
    digest: str
    created_at: datetime
    author: str = ""
    """Who made it."""
    coauthor: str = ""
    """Whose changes the author has taken over."""
    has_environment: bool = False
    """Whether it is known what it ran with."""
    run: VersionRun | None = None
    """None where a person has made it."""


@dataclass(frozen=True)
class Search:
    """What a list is narrowed to; an empty field narrows nothing."""

    words: str = ""
    owner: str = ""
    tag: str = ""
    source: str = ""
    table: str = ""
    named: Callable[[str], Sequence[str]] = lambda _word: ()
    """Returns the owners in whose full names a word, folded, is: their shares are found by it."""


@dataclass(frozen=True)
class TagCount:
    """A tag and how many shares have it."""

    tag: str
    shares: int


@dataclass(frozen=True)
class Totals:
    """What somebody has shared, and what came of it."""

    shares: int
    forks: int
    reads: int


@dataclass(frozen=True)
class Ticket:
    """A fork ticket, as it is handed out once."""

    secret: str
    share_id: str
    version: int
    expires_at: datetime


@dataclass(frozen=True)
class Forked:
    """What a ticket was redeemed for."""

    share: Share
    version: int


def search_text(owner: str, title: str, description: str, tags: tuple[str, ...]) -> str:
    """Return what words are looked for in."""
    return folded("\n".join((title, *tags, owner, description)))


def cells_text(notebook: Mapping[str, Any]) -> str:
    """Return the text of a notebook's cells that words are looked for in, outputs left out."""
    sources = (text_of(cell.get("source")) for cell in notebook.get("cells", []))
    return folded("\n".join(sources)[:CELLS_SEARCHED]).replace("\x00", "")
