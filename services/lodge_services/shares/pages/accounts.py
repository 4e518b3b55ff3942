"""The page on which somebody gives an account of their own for a wiki."""

from __future__ import annotations

from typing import Any

from ...errors import LodgeError, NotFound
from ...web.auth import scoped
from ...web.parsing import validate
from ..api.accounts import NewAccount
from ..api.shares import WRITE
from .share import SharesPageHandler


class AccountPage(SharesPageHandler):
    """One wiki's."""

    @scoped(WRITE)
    async def get(self, wiki: str) -> None:
        """Show which account it is, and the form for another."""
        await self.show(wiki)

    async def show(self, wiki: str, **values: Any) -> None:
        """Finish with the page; a token that was typed is not in it."""
        account = await self.call(self.service.giving.find, self.actor, wiki)
        self.set_header("Cache-Control", "no-store")
        self.page(
            "wiki_account.html",
            wiki=wiki,
            target=self.service.publishing.targets[wiki],
            account=account,
            **{"typed": "", "notice": None, **values},
        )

    @scoped(WRITE)
    async def post(self, wiki: str) -> None:
        """Keep the account, or take it back."""
        if self.get_body_argument("action", "") == "take_back":
            try:
                await self.call(self.service.giving.take_back, self.actor, wiki)
            except NotFound as error:
                if error.reason != "no_account":
                    raise
            self.redirect(self.page_url("wikis", wiki, "account"), status=303)
            return
        form = self.form("user", "token")
        try:
            body = validate(NewAccount, form, what="field", reason="invalid_form")
            await self.call(self.service.giving.give, self.actor, wiki, body.credential())
        except LodgeError as error:
            if error.status not in (400, 503):
                raise
            self.set_status(error.status)
            await self.show(wiki, typed=form["user"], notice=error.message)
            return
        self.redirect(self.page_url("wikis", wiki, "account"), status=303)
