"""All versions of a share, on a page."""

from __future__ import annotations

from ...texts import value_words
from ...web.auth import scoped
from ...web.parsing import parse_query
from ..api.shares import READ, page_of_versions
from ..api.wire import VersionsQuery
from .share import SharesPageHandler


class VersionsPage(SharesPageHandler):
    """When each version was made, by whom or which run, and with which parameters."""

    @scoped(READ)
    async def get(self, share_id: str) -> None:
        """Show a page of them, the newest first."""
        share = await self.call(self.service.shares.get, self.actor, share_id)
        given = self.get_query_argument("cursor", "")
        query = parse_query(VersionsQuery, {"cursor": [given]} if given else {})
        page = await self.call(page_of_versions, self.service.shares, self.actor, share_id, query)
        await self.context.people.fresh()
        self.page(
            "versions.html",
            share=share,
            versions=page.items,
            next_cursor=page.next_cursor,
            value_words=value_words,
        )
