"""Who may read a share: as SQL for lists, and as what pages may be kept for.

Everyone who is signed in may, unless its owner has named groups and people; owner and
administrators may in any case. Whoever may not is told what they would be told of no share at all.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from .models import Actor, Readers
from .notebooks import Origin
from .tables import ReaderRow, ShareRow, VersionRow

GROUP, PERSON = "group", "person"


def readers_of(row: ShareRow) -> Readers:
    """Return who may read a share."""
    if not row.restricted:
        return Readers()
    named = {kind: frozenset(r.name for r in row.readers if r.kind == kind) for kind in _KINDS}
    return Readers(everyone=False, groups=named[GROUP], people=named[PERSON])


def keep_readers(row: ShareRow, readers: Readers) -> None:
    """Let those read a share, and nobody else."""
    row.restricted = not readers.everyone
    wanted = {
        *((GROUP, name) for name in readers.groups),
        *((PERSON, name) for name in readers.people),
    }
    if readers.everyone:
        wanted = set()
    kept = {(one.kind, one.name): one for one in row.readers}
    row.readers = [kept.get(one) or ReaderRow(kind=one[0], name=one[1]) for one in sorted(wanted)]


def details_of(readers: Readers) -> dict[str, Any]:
    """Return who may read a share, as events tell it."""
    return {
        "everyone": readers.everyone,
        "groups": sorted(readers.groups),
        "people": sorted(readers.people),
    }


def known_origin(session: Session, actor: Actor, origin: Origin | None) -> Origin | None:
    """Return a version that there is; nobody finds out so about what they may not read."""
    known = session.get(VersionRow, (origin.share_id, origin.version)) if origin else None
    row = session.get(ShareRow, known.share_id) if known is not None else None
    return origin if row is not None and may_read(row, actor) else None


def may_change(row: ShareRow, actor: Actor) -> bool:
    """Tell whether `actor` may change a share."""
    return actor.admin or row.owner == actor.name


def may_read(row: ShareRow, actor: Actor) -> bool:
    """Tell whether `actor` may read a share."""
    return may_change(row, actor) or readers_of(row).hold(actor)


def visible_to(actor: Actor) -> list[ColumnElement[bool]]:
    """Return what a share's row must fulfil for `actor` to read it."""
    if actor.admin:
        return []
    named = select(ReaderRow.share_id).where(
        or_(
            and_(ReaderRow.kind == PERSON, ReaderRow.name == actor.name),
            and_(ReaderRow.kind == GROUP, ReaderRow.name.in_(sorted(actor.groups))),
        )
    )
    return [
        or_(
            ShareRow.restricted.is_(False),
            ShareRow.owner == actor.name,
            ShareRow.id.in_(named),
        )
    ]


@dataclass(frozen=True)
class Views:
    """Tells those apart who see other shares: what is made for one is right for all like them.

    Attributes
    ----------
    groups, people
        That shares name, owners of those shares with them.
    """

    groups: frozenset[str]
    people: frozenset[str]

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes."""
        return 100 * (len(self.groups) + len(self.people))

    def of(self, actor: Actor) -> Hashable:
        """Return what is the same for all who see the same shares."""
        if actor.admin:
            return "all"
        return self.groups & actor.groups, actor.name if actor.name in self.people else ""


def views(session: Session) -> Views:
    """Return the views of the shares that there are."""
    named = session.execute(select(ReaderRow.kind, ReaderRow.name).distinct()).all()
    owners = session.scalars(
        select(ShareRow.owner).where(ShareRow.restricted.is_(True)).distinct()
    ).all()
    return Views(
        groups=frozenset(name for kind, name in named if kind == GROUP),
        people=frozenset((*owners, *(name for kind, name in named if kind == PERSON))),
    )


_KINDS = (GROUP, PERSON)
