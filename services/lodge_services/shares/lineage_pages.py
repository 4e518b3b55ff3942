"""The page of a share's forks."""

from __future__ import annotations

from ..web.auth import scoped
from .api import READ
from .pages import SharesPageHandler


class ForksPage(SharesPageHandler):
    """A share with what it was forked from, and all that was forked from it."""

    @scoped(READ)
    async def get(self, share_id: str) -> None:
        """Show them as a tree."""
        lineage, view = self.service.lineage, await self.view()
        share = (await self.shown(share_id, None)).share
        tree = await self.kept(
            ("forks", share_id, view),
            lambda: lineage.tree(self.actor, share_id),
            lambda found: 2_000 * len(found),
        )
        origins = await self.call(lineage.origins, self.actor, share)
        self.page("forks.html", share=share, tree=tree, origins=origins)
