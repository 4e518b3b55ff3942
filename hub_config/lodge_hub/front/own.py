"""Lodge's handlers in the places of JupyterHub's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyterhub.apihandlers.auth import OAuthAuthorizeHandler, OAuthTokenHandler, TokenAPIHandler
from jupyterhub.apihandlers.users import UserServerAPIHandler

from .oauth import AuthorizeHandler, FormerTokenHandler, TokenHandler
from .options import ServerHandler

_OWN = {
    OAuthAuthorizeHandler: AuthorizeHandler,
    OAuthTokenHandler: TokenHandler,
    TokenAPIHandler: FormerTokenHandler,
    UserServerAPIHandler: ServerHandler,
}


def with_own_handlers(handlers: Sequence[Any]) -> list[Any]:
    """Return JupyterHub's handlers with those of Lodge in the place of theirs."""
    return [(one[0], _OWN.get(one[1], one[1]), *one[2:]) for one in handlers]
