"""Finding shares: lists, how long they are, and the tags to narrow them by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, func, select

from ..db.engine import Database
from ..web.paging import DEFAULT_LIMIT, Page
from .models import Search, Share, TagCount
from .queries import after, conditions
from .rows import share_of
from .tables import ShareRow, TagRow, VersionRow


class Listing:
    """All shares, to be searched.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def list(
        self, search: Search | None = None, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[Share]:
        """Return a page of shares, the most recently changed first.

        Raises
        ------
        BadRequest
            The cursor belongs to no such list.
        """
        query = (
            select(ShareRow, VersionRow)
            .join(
                VersionRow,
                and_(VersionRow.share_id == ShareRow.id, VersionRow.number == ShareRow.latest),
            )
            .where(*conditions(search or Search()))
            .order_by(ShareRow.updated_at.desc(), ShareRow.id.desc())
            .limit(limit + 1)
        )
        if cursor is not None:
            query = query.where(after(cursor))
        with self.database.read() as session:
            rows = [share_of(row, version) for row, version in session.execute(query).all()]
        return Page.cut(rows, limit, lambda share: (share.updated_at.isoformat(), share.id))

    def count(self, search: Search | None = None) -> int:
        """Return how many shares `search` finds."""
        query = select(func.count()).select_from(ShareRow).where(*conditions(search or Search()))
        with self.database.read() as session:
            return session.execute(query).scalar_one()

    def tags(self, limit: int = 20) -> Sequence[TagCount]:
        """Return the tags that most shares have."""
        count = func.count()
        query = (
            select(func.min(TagRow.tag), count)
            .join(ShareRow, ShareRow.id == TagRow.share_id)
            .where(ShareRow.deleted_at.is_(None))
            .group_by(TagRow.folded)
            .order_by(count.desc(), TagRow.folded)
            .limit(limit)
        )
        with self.database.read() as session:
            return [TagCount(tag, number) for tag, number in session.execute(query).all()]
