"""The gallery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ...pages.pieces import Pieces
from ...web.auth import scoped
from ...web.parsing import parse_query
from ..api.shares import ADMIN, READ
from ..api.wire import ShareQuery
from ..listing import COUNTED
from ..models import Share
from .share import SharesPageHandler

FIELDS = ("q", "owner", "tag", "source", "table", "sort", "cursor")
"""Of the gallery's address."""


class GalleryPage(SharesPageHandler):
    """All shares, searched, narrowed and paged."""

    @scoped(READ)
    async def get(self) -> None:
        """Show a page of the gallery."""
        deleted_id = self.get_query_argument("deleted", "")
        given = {name: self.get_query_argument(name, "")[:255] for name in FIELDS}
        query = parse_query(ShareQuery, {name: [text] for name, text in given.items() if text})
        deleted = None
        if deleted_id:
            deleted = await self.call(self.service.shares.deleted, self.actor, deleted_id)
        # By words a share is found by its owner's full name as well.
        people = self.context.people.state if query.q else 0
        admin = self.user.may(ADMIN)
        counts = query.sort == "reads" or query.owner
        reads = self.service.readings.state if counts else 0
        asked = tuple(getattr(query, name) for name in FIELDS)
        unseen = await self.kept(
            ("unseen", self.actor),
            lambda: len(self.service.comments.notices(self.actor, unseen=True)),
            lambda _: 8,
        )
        key = (*asked, people, reads, admin, unseen, await self.view())
        page = await self.kept(
            ("gallery", *key, self.translator.language, deleted),
            lambda: self._page(query, deleted, admin=admin, unseen=unseen),
            lambda page: page.size,
        )
        self.finish_pieces(page)

    def _page(
        self, query: ShareQuery, deleted: Share | None, *, admin: bool, unseen: int
    ) -> Pieces:
        shares, actor = self.service.shares, self.actor
        search = query.search(self.context.people.named)
        page = shares.list(actor, search, cursor=query.cursor, sort=query.sort)
        count = shares.count(actor, search)
        return self.pieces(
            "gallery.html",
            query=query,
            shares=page.items,
            next_cursor=page.next_cursor,
            count=count,
            counted=f"{COUNTED:,}+" if count > COUNTED else f"{count:,}",
            tags=shares.tags(actor),
            totals=shares.totals(actor, query.owner) if query.owner else None,
            deleted=deleted,
            admin=admin,
            unseen=unseen,
            served=self.service.publishing.targets,
            address=self._address(query),
        )

    def _address(self, query: ShareQuery) -> Any:
        """Return a function that makes addresses of the gallery with some fields changed."""

        def address(**changes: str | None) -> str:
            fields: Mapping[str, Any] = {
                "q": query.q,
                "owner": query.owner,
                "tag": query.tag,
                "source": query.source,
                "table": query.table,
                "sort": query.sort if query.sort != "latest" else "",
                **changes,
            }
            given = urlencode({name: value for name, value in fields.items() if value})
            return self.page_url() + (f"?{given}" if given else "")

        return address
