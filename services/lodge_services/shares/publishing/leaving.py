"""What becomes of accounts of wikis whose people the hub does not know any more."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from ...web.asking import hub_says
from ...web.settings import HubSettings
from .accounts import Accounts

log = logging.getLogger(__name__)


async def forget_gone(
    hub: HubSettings, accounts: Accounts, call: Callable[..., Awaitable[Any]]
) -> None:
    """Forget the accounts of those who were deleted at the hub.

    Where the hub does not answer nothing is forgotten.

    Parameters
    ----------
    hub
        The hub.
    accounts
        What people have given.
    call
        Does work in a thread.
    """
    for person in await call(accounts.people):
        status, _said = await hub_says(hub, f"users/{quote(person, safe='')}")
        if status == 404:
            await call(accounts.forget, person)
            log.info("%s is gone: their accounts of wikis are forgotten", person)
