"""What owners do with a share beside changing it: older versions, other owners, what was done."""

from __future__ import annotations

from ...errors import BadRequest
from ...web.auth import scoped
from ...web.parsing import parse_query, validate
from ..api.events import EventQuery, NewOwner
from ..api.shares import ADMIN, READ, WRITE, version_number
from ..models import Share
from .share import SharesPageHandler


class VersionRestorePage(SharesPageHandler):
    """The button of an older version that makes it the newest."""

    @scoped(WRITE)
    async def post(self, share_id: str, number: str) -> None:
        """Make it the newest and show the share."""
        wanted = version_number(number)
        await self.call(self.service.shares.restore_version, self.actor, share_id, wanted)
        self.redirect(self.page_url(share_id), status=303)


class TransferPage(SharesPageHandler):
    """The form that gives a share to somebody else."""

    @scoped(WRITE)
    async def post(self, share_id: str) -> None:
        """Give it to them, or show what is wrong with their name."""
        await self.call(self.service.shares.owned, self.actor, share_id)
        typed = self.get_body_argument("owner", "")
        try:
            body = validate(NewOwner, {"owner": typed}, what="field", reason="invalid_form")
            owner = await self.naming.person(body.owner)
        except BadRequest as error:
            self.set_status(400)
            await self.changed_page(
                share_id, notice=error.message, new_owner=typed, opened="transfer"
            )
            return
        share = await self.call(self.service.shares.transfer, self.actor, share_id, owner)
        readable = share.may_read(self.actor)
        self.redirect(self.page_url(share_id) if readable else self.page_url(), status=303)


class HistoryHandler(SharesPageHandler):
    """What the pages of trails have in common."""

    async def trail(self, share: Share | None, *address: str) -> None:
        """Finish with a page of one share's trail, or of all."""
        given = self.get_query_argument("cursor", "")
        query = parse_query(EventQuery, {"cursor": [given]} if given else {})
        page = await self.call(
            self.service.events.list, share.id if share else "", cursor=query.cursor
        )
        await self.context.people.fresh()
        self.page(
            "history.html",
            share=share,
            events=page.items,
            next_cursor=page.next_cursor,
            address=self.page_url(*address),
        )


class HistoryPage(HistoryHandler):
    """What was done to one share, for those who may change it."""

    @scoped(READ)
    async def get(self, share_id: str) -> None:
        """Show a page of it, the last first."""
        share = await self.call(self.service.shares.owned, self.actor, share_id)
        await self.trail(share, share_id, "history")


class AllHistoryPage(HistoryHandler):
    """What was done to all shares, for administrators."""

    @scoped(ADMIN)
    async def get(self) -> None:
        """Show a page of it, the last first."""
        await self.trail(None, "history")
