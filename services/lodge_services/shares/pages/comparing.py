"""The page of what differs between versions."""

from __future__ import annotations

from ...comparing import NotCompared, compare
from ...render.words import Words
from ...web.auth import scoped
from ...web.kept import Wanted
from ...web.parsing import parse_query
from ..api.comparing import CompareQuery, both, kept_between, pair_of
from ..api.shares import READ
from ..models import LODGE
from .comparison import Shown, shown
from .share import SharesPageHandler


class ComparePage(SharesPageHandler):
    """Two versions, cell by cell."""

    @scoped(READ)
    async def get(self, share_id: str) -> None:
        """Show what differs."""
        given = {name: self.get_query_argument(name, "") for name in ("old", "new", "base")}
        query = parse_query(CompareQuery, {name: [text] for name, text in given.items() if text})
        shares, language = self.service.shares, self.translator.language
        pair = await self.call(pair_of, shares, self.actor, share_id, query)

        def make() -> Shown:
            old, new = both(shares, LODGE, pair)
            return shown(compare(old, new), old, new, Words(language))

        # Who may read both was asked; versions never change.
        key = ("compared", pair.base.id, pair.old, pair.share.id, pair.new, language)
        # They may be gone since, but for what is deleted nobody comes this far.
        wanted = Wanted(key, 0, lambda: self.call_slow(make), lambda found: found.size)
        try:
            found = await self.service.kept.get(wanted)
        except NotCompared as error:
            self.set_status(503)
            found, notice = None, error.message
        else:
            notice = ""
        self.page(
            "compare.html",
            pair=pair,
            found=found,
            notice=notice,
            kept=await self.call(kept_between, self.service, self.actor, pair),
            versions=await self.call(shares.versions, self.actor, share_id),
        )
