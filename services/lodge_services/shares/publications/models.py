"""What publishing hands out and takes: plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from ..models import Actor, Readers
from ..wikis.base import Place, Wiki

State = Literal["waiting", "published", "edited", "deleted", "refused"]
"""Of a page: it is to be written, it has been, people have changed it or deleted it and have to be
asked, or the wiki does not take it and somebody has to change something first."""


@dataclass(frozen=True)
class Credential:
    """An account of a wiki that somebody has there.

    Attributes
    ----------
    user
        Its name, as the wiki wants it beside the token; "" where it wants none.
    token
        Its token, bot password or API token.
    """

    user: str
    token: str = field(repr=False)


class OpensWiki(Protocol):
    """Makes a wiki out of its settings; asks nothing of its server yet."""

    def __call__(self, credential: Credential | None = None) -> Wiki:
        """Return the wiki, written to by an account; by default by Lodge's own."""


@dataclass(frozen=True)
class Target:
    """A wiki that shares can be published to.

    Attributes
    ----------
    name
        As it is called in the settings.
    kind
        What it is made of.
    place
        Where its pages go, or below.
    groups
        Whose members may publish to it; empty: everybody.
    readers
        The groups whose members alone read it; empty: who does is not known.
    open
        Makes it.
    own_tokens
        Whether those who publish may have their pages written by their own accounts.
    """

    name: str
    kind: str
    place: Place
    groups: frozenset[str]
    open: OpensWiki
    readers: frozenset[str] = frozenset()
    own_tokens: bool = False

    @property
    def names_user(self) -> bool:
        """Whether an account is told by a name beside its token."""
        return self.kind != "confluence"

    def takes(self, actor: Actor) -> bool:
        """Tell whether `actor` may publish to it."""
        return actor.admin or not self.groups or bool(self.groups & actor.groups)

    def shows_to(self, readers: Readers) -> bool:
        """Tell whether all who read the wiki are among `readers`."""
        return readers.everyone or (bool(self.readers) and self.readers <= readers.groups)


Targets = Mapping[str, Target]


@dataclass(frozen=True)
class Publication:
    """A share's page in a wiki.

    Attributes
    ----------
    share_id, wiki
        Name it.
    place
        Where its page was to go when it was made.
    state
        See `State`.
    title, url
        Of the page; "" before there is one.
    version
        That the page has; None before there is one.
    delivered_at
        When it got it.
    message
        Why it could not be delivered, for a person; "" where nothing is wrong.
    tries
        How many in a row have failed.
    due_at
        When the next one is due, where it waits.
    revision
        Of the page, as last seen.
    """

    share_id: str
    wiki: str
    place: Place
    state: State
    title: str
    url: str
    version: int | None
    delivered_at: datetime | None
    message: str
    tries: int
    due_at: datetime
    revision: str


@dataclass(frozen=True)
class Texts:
    """A page that people have changed, and what would be written to it."""

    theirs: str
    ours: str
    revision: str
    """The state of theirs; an answer names it."""
    url: str


Publications = Sequence[Publication]
