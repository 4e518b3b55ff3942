"""The REST API of accounts that people have given for wikis; no token is ever told again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from ...errors import NotFound
from ...web.auth import scoped
from ...web.operations import operation
from ...web.text import one_line
from ..publications.models import Credential
from ..publishing.accounts import Account
from .shares import WRITE, SharesApiHandler
from .wire import Strict


class NewAccount(Strict):
    """An account of a wiki."""

    user: Annotated[
        str,
        Field(max_length=255, description="Its name, where the wiki wants one beside the token."),
        AfterValidator(one_line),
    ] = ""
    token: Annotated[
        SecretStr,
        Field(
            min_length=1,
            max_length=4_000,
            description="Its token, bot password or API token; told to the wiki alone.",
        ),
    ]

    def credential(self) -> Credential:
        """Return it as the core takes it."""
        return Credential(self.user, self.token.get_secret_value().strip())


class AccountModel(BaseModel):
    """An account that somebody has given."""

    user: str
    name: Annotated[str, Field(description="What the wiki calls it.")]
    at: Annotated[datetime, Field(description="When it was given.")]

    @classmethod
    def of(cls, account: Account) -> AccountModel:
        """Return the wire form of `account`."""
        return cls(user=account.user, name=account.name, at=account.at)


class AccountHandler(SharesApiHandler):
    """The account by which one's own pages of a wiki are written."""

    @scoped(WRITE)
    @operation("Read which account you have given for a wiki", returns=AccountModel, errors=(404,))
    async def get(self, wiki: str) -> AccountModel:
        """Answer it, without its token."""
        found = await self.call(self.service.giving.find, self.actor, wiki)
        if found is None:
            raise NotFound("no_account", f"You have given no account of the wiki {wiki}.")
        return AccountModel.of(found)

    @scoped(WRITE)
    @operation(
        "Have your pages of a wiki written by your own account",
        body=NewAccount,
        returns=AccountModel,
        errors=(404, 503),
    )
    async def put(self, wiki: str, body: NewAccount) -> AccountModel:
        """Ask the wiki whether it knows the account, and answer what it calls it."""
        given = await self.call(self.service.giving.give, self.actor, wiki, body.credential())
        return AccountModel.of(given)

    @scoped(WRITE)
    @operation("Have your pages written by Lodge's account again", status=204, errors=(404,))
    async def delete(self, wiki: str) -> None:
        """Answer nothing."""
        await self.call(self.service.giving.take_back, self.actor, wiki)
