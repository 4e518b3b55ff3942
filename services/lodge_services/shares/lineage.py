"""Which shares were forked from which, with how much each has changed. Knows no HTTP."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import select

from ..errors import NotFound
from ..render.outputs import text_of
from .models import LODGE, Actor, Share
from .readers import visible_to
from .reading import Reading
from .rows import share_of
from .stores.base import MissingContent
from .tables import ShareRow, VersionRow

FORKS = 200
"""Forks that a tree shows."""

DEPTH = 20
"""Forks of forks that are followed."""

KNOWN = 10_000
"""Forks whose changed lines are kept in memory."""


@dataclass(frozen=True)
class Lines:
    """Lines of source that one notebook has more, or less, than another; moved ones are neither."""

    added: int
    removed: int


@dataclass(frozen=True)
class Fork:
    """A share in a tree.

    Attributes
    ----------
    share
        The share.
    depth
        How many forks lie between it and the tree's first.
    lines
        What its newest version has changed of what it was forked from; None where that is gone.
    """

    share: Share
    depth: int
    lines: Lines | None = None


class Lineage:
    """Where shares come from.

    Parameters
    ----------
    shares
        The shares.
    """

    def __init__(self, shares: Reading) -> None:
        self._shares = shares
        self._known: OrderedDict[tuple[str, int, str, int], Lines] = OrderedDict()
        self._lock = Lock()

    def tree(self, actor: Actor, share_id: str) -> Sequence[Fork]:
        """Return a share and all that was forked from it, of what `actor` may read.

        Each comes behind what it was forked from, the earliest first. What hangs on a fork that
        they may not read is left out with it.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        first = self._shares.get(actor, share_id)
        forks: dict[str, list[Share]] = {}
        level, left = [share_id], FORKS
        for _ in range(DEPTH):
            found = self._forks(actor, level, left)
            for share in found:
                if share.forked_from is not None:
                    forks.setdefault(share.forked_from.share_id, []).append(share)
            level, left = [share.id for share in found], left - len(found)
            if not level or left <= 0:
                break
        return [Fork(first, 0), *self._below(first, forks, 1)]

    def origins(self, actor: Actor, share: Share) -> Sequence[Share]:
        """Return what a share was forked from, and that from, the first first.

        It ends at what `actor` may not read.
        """
        found: list[Share] = []
        while share.forked_from is not None and len(found) < DEPTH:
            try:
                share = self._shares.get(actor, share.forked_from.share_id)
            except NotFound:
                break
            found.append(share)
        return found[::-1]

    def lines(self, share: Share) -> Lines | None:
        """Return what a fork has changed; None where there is nothing to compare."""
        origin = share.forked_from
        if origin is None:
            return None
        # Versions never change: each two are read once, however often the tree is made anew.
        key = (origin.share_id, origin.version, share.id, share.version)
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        try:
            old = self._shares.notebook(LODGE, origin.share_id, origin.version)
            new = self._shares.notebook(LODGE, share.id, share.version)
        except (NotFound, MissingContent):
            return None
        before, after = Counter(_lines(old)), Counter(_lines(new))
        lines = Lines((after - before).total(), (before - after).total())
        with self._lock:
            self._known[key] = lines
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)
        return lines

    def _below(self, share: Share, forks: Mapping[str, list[Share]], depth: int) -> Iterator[Fork]:
        for fork in forks.get(share.id, ()):
            yield Fork(fork, depth, self.lines(fork))
            yield from self._below(fork, forks, depth + 1)

    def _forks(self, actor: Actor, of: Sequence[str], limit: int) -> Sequence[Share]:
        query = (
            select(ShareRow, VersionRow)
            .join(
                VersionRow,
                (VersionRow.share_id == ShareRow.id) & (VersionRow.number == ShareRow.latest),
            )
            .where(ShareRow.forked_from_id.in_(of), ShareRow.deleted_at.is_(None))
            .where(*visible_to(actor))
            .order_by(ShareRow.created_at, ShareRow.id)
            .limit(limit)
        )
        with self._shares.database.read() as session:
            return [share_of(row, version) for row, version in session.execute(query)]


def _lines(notebook: Mapping[str, Any]) -> Iterator[str]:
    for cell in notebook.get("cells", []):
        yield from text_of(cell.get("source")).splitlines()
