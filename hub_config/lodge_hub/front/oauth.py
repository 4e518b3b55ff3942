"""What JupyterHub's own sign-on to its services reads: nonsense is refused, where it would fail."""

from __future__ import annotations

import re
from typing import Any

from jupyterhub.apihandlers.auth import (
    OAuthAuthorizeHandler,
    OAuthHandler,
    OAuthTokenHandler,
    TokenAPIHandler,
)
from tornado.web import HTTPError

#: What oauthlib reads of an address; it raises a ValueError for the rest.
_ENCODED = re.compile(r"(?:[\w.=&;:+~,*@!()/?'$-]|%[0-9a-fA-F]{2})*", re.ASCII)


class _Readable(OAuthHandler):
    def extract_oauth_params(self) -> Any:
        """Return what the library reads.

        Raises
        ------
        tornado.web.HTTPError
            The library can't read it.
        """
        try:
            self.request.body.decode()
            readable = _ENCODED.fullmatch(self.request.query)
        except UnicodeDecodeError:
            readable = None
        if readable is None:
            message = "The request is no form: characters of its address or body are not encoded."
            raise HTTPError(400, message)
        return super().extract_oauth_params()


class AuthorizeHandler(_Readable, OAuthAuthorizeHandler):
    """Lets a service or a server know who somebody is, where the request can be read."""


class TokenHandler(_Readable, OAuthTokenHandler):
    """Gives a token for a code, where the request can be read."""

    def extract_oauth_params(self) -> Any:
        """Return what the library reads.

        Raises
        ------
        tornado.web.HTTPError
            The library can't read it, or fails on it.
        """
        if self.request.query:
            raise HTTPError(400, "A code goes into the request's body, not into its address.")
        return super().extract_oauth_params()


class FormerTokenHandler(TokenAPIHandler):
    """Tells that tokens are made elsewhere, whatever follows in the address."""

    async def post(self, *_: str) -> None:
        """Refuse."""
        await super().post()
