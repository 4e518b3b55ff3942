"""The form of a share's page that says who may read it."""

from __future__ import annotations

import re

from ...errors import BadRequest
from ...web.auth import scoped
from ...web.parsing import validate
from ..api.shares import WRITE
from ..api.wire import ReadersModel
from .share import SharesPageHandler

_BETWEEN = re.compile("[,，、;；]")


class ReadersPage(SharesPageHandler):
    """The form."""

    @scoped(WRITE)
    async def post(self, share_id: str) -> None:
        """Let those read it, or show what is wrong with them."""
        everyone = bool(self.get_body_argument("everyone", ""))
        typed, groups = self.get_body_argument("people", ""), self.get_body_arguments("groups")
        names = [name for name in _BETWEEN.split(typed) if name.strip()]
        sent = {"everyone": True} if everyone else {"people": names, "groups": groups}
        try:
            named = validate(ReadersModel, sent, what="field", reason="invalid_form")
            readers = await self.naming.readers(named)
        except BadRequest as error:
            self.set_status(400)
            form = {"everyone": everyone, "people": typed, "groups": groups}
            await self.changed_page(
                share_id, notice=error.message, readers_form=form, opened="readers"
            )
            return
        await self.call(self.service.shares.update, self.actor, share_id, readers=readers)
        self.redirect(self.page_url(share_id), status=303)
