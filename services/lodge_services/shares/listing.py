"""Finding shares: lists, how long they are, and the tags to narrow them by.

A word that many shares hold is on the first pages in any order: a list is looked through from its
beginning first, and where that does not fill the page, the index of words tells where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import Session

from ..db.engine import Database
from ..web.paging import DEFAULT_LIMIT, Page
from .models import Actor, Search, Share, TagCount, Totals
from .orders import ORDERS, Order, Sort
from .queries import holding, narrowing, words_of
from .readers import Views, views, visible_to
from .rows import share_of
from .sql_cells import SqlName
from .tables import ShareRow, SqlNameRow, TagRow, VersionRow
from .word_index import has_index, may_hold, unindexed

COUNTED = 1000
"""Shares up to which those found are counted; beyond, there are more."""

LOOKED_THROUGH = 1000
"""Shares that are looked at, at least, before the index of words is asked."""

LOOKED_FOR_EACH = 2
"""And as many for each that is wanted."""

OFTEN = 10
"""Where more than one of so many looked at is found, looking on is quicker than the index."""


class Listing:
    """All shares, to be searched.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._indexed = has_index(database)

    def list(
        self,
        actor: Actor,
        search: Search | None = None,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
        sort: Sort = "latest",
    ) -> Page[Share]:
        """Return a page of the shares that `actor` may read, by default the last changed first.

        Raises
        ------
        BadRequest
            The cursor belongs to no such list.
        """
        query = select(ShareRow, VersionRow).join(
            VersionRow,
            and_(VersionRow.share_id == ShareRow.id, VersionRow.number == ShareRow.latest),
        )
        order = ORDERS[sort]
        start = [order.after(cursor)] if cursor is not None else []
        with self.database.read() as session:
            found = self._found(session, query, actor, search or Search(), start, limit + 1, order)
            rows = [share_of(row, version) for row, version in found]
        return Page.cut(rows, limit, order.cursor)

    def count(self, actor: Actor, search: Search | None = None) -> int:
        """Return how many shares `actor` finds; one more than `COUNTED` where there are more."""
        with self.database.read() as session:
            query = select(ShareRow.id)
            return len(self._found(session, query, actor, search or Search(), [], COUNTED + 1))

    def totals(self, actor: Actor, owner: str) -> Totals:
        """Return what `owner` has shared, of that which `actor` may read."""
        forks, reads = func.sum(ShareRow.forks), func.sum(ShareRow.reads)
        query = select(func.count(), forks, reads).where(*narrowing(Search(owner=owner), actor))
        with self.database.read() as session:
            number, forked, read = session.execute(query).one()
        return Totals(number, forked or 0, read or 0)

    def tags(self, actor: Actor, limit: int = 20) -> Sequence[TagCount]:
        """Return the tags that most shares have, of those that `actor` may read."""
        # An index alone tells all of them; few shares are deleted, or not everyone's to read.
        gone = select(ShareRow.id).where(ShareRow.deleted_at.is_not(None))
        unseen = [not_(one) for one in visible_to(actor)]
        if unseen:
            closed = select(ShareRow.id).where(ShareRow.restricted.is_(True), *unseen)
            gone = gone.union(closed)  # type: ignore[assignment]
        deleted = (
            select(TagRow.folded, func.count().label("number"))
            .where(TagRow.share_id.in_(gone))
            .group_by(TagRow.folded)
            .subquery()
        )
        every = (
            select(TagRow.folded, func.min(TagRow.tag).label("tag"), func.count().label("number"))
            .group_by(TagRow.folded)
            .subquery()
        )
        left = every.c.number - func.coalesce(deleted.c.number, 0)
        query = (
            select(every.c.tag, left)
            .outerjoin(deleted, deleted.c.folded == every.c.folded)
            .where(left > 0)
            .order_by(left.desc(), every.c.folded)
            .limit(limit)
        )
        with self.database.read() as session:
            return [TagCount(tag, number) for tag, number in session.execute(query).all()]

    def views(self) -> Views:
        """Return what tells those apart who see other shares."""
        with self.database.read() as session:
            return views(session)

    def sql_names(self, share_id: str) -> Sequence[SqlName]:
        """Return the SQL sources and tables that a share's newest version names."""
        query = (
            select(SqlNameRow).where(SqlNameRow.share_id == share_id).order_by(SqlNameRow.position)
        )
        with self.database.read() as session:
            return [SqlName(row.source, row.name) for row in session.scalars(query)]

    def _found(
        self,
        session: Session,
        query: Select[*tuple[Any, ...]],
        actor: Actor,
        search: Search,
        start: Sequence[ColumnElement[bool]],
        wanted: int,
        order: Order | None = None,
    ) -> Sequence[Any]:
        """Return the first rows that `actor` finds by `search`, at most as many as are wanted.

        Without an order any of them are as good.
        """
        words = words_of(search)
        among = [*narrowing(search, actor), *start]
        whole = query.where(*among, *holding(words)).limit(wanted)
        columns = (order or ORDERS["latest"]).columns
        highest = [column.desc() for column in columns]
        ordered = whole.order_by(*highest)
        if not words or not self._indexed:
            return session.execute(ordered).all()
        looked = max(LOOKED_THROUGH, LOOKED_FOR_EACH * wanted)
        border = session.execute(
            select(*columns).where(*among).order_by(*highest).offset(looked).limit(1)
        ).one_or_none()
        if border is None:
            return session.execute(ordered).all()
        first = (order or ORDERS["latest"]).above(tuple(border))
        rows = session.execute(ordered.where(first)).all()
        if len(rows) == wanted:
            return rows
        if len(rows) > looked / OFTEN:
            return session.execute(ordered).all()
        # The order is no reason to look at all shares: those that may hold the words are few.
        whole = whole.where(*may_hold(words))
        if order is not None:
            whole = whole.order_by(unindexed(columns[0]).desc(), *highest[1:])
        return session.execute(whole).all()
