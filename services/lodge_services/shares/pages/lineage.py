"""The page of a share's forks."""

from __future__ import annotations

from ...web.auth import scoped
from ...web.kept import Wanted
from ..api.shares import READ
from .share import SharesPageHandler


class ForksPage(SharesPageHandler):
    """A share with what it was forked from, and all that was forked from it."""

    @scoped(READ)
    async def get(self, share_id: str) -> None:
        """Show them as a tree."""
        lineage, view = self.service.lineage, await self.view()
        share = (await self.shown(share_id, None)).share
        tree = await self.service.kept.get(
            Wanted(
                ("forks", share_id, view),
                self.service.shares.database.state,
                # Each fork is read, and what it was forked from.
                lambda: self.call_slow(lineage.tree, self.actor, share_id),
                lambda found: 2_000 * len(found),
            )
        )
        origins = await self.call(lineage.origins, self.actor, share)
        self.page("forks.html", share=share, tree=tree, origins=origins)
