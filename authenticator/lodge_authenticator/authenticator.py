"""JupyterHub's authenticator for OpenID Connect providers."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from functools import cached_property
from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from tornado import web
from tornado.httpclient import HTTPClientError, HTTPRequest
from traitlets import Set, Unicode, default

from .discovery import Discovery, DiscoveryError
from .handlers import LodgeCallbackHandler, LodgeLoginHandler, LodgeLogoutHandler
from .tokens import IdTokenError, has_key, key_id, verify_id_token

#: How long a failing provider is given before it is asked once more: seconds.
RETRY_AFTER_S = 1.1
#: How long the provider's word that a user may sign in is taken for granted: seconds.
FRESH_S = 10.0

#: Whether the provider failed, rather than refused, in this refresh.
_failed: ContextVar[list[Exception] | None] = ContextVar("failed", default=None)


class LodgeAuthenticator(GenericOAuthenticator):
    """Sign users in at an OpenID Connect provider that is named by its issuer alone.

    Endpoints and keys come from the discovery document; id tokens are checked (signature,
    issuer, audience, expiry, nonce); groups of a claim become the hub's groups, and members of
    some of them its admins. Sign-out ends the provider's session too.

    To extend it: override `update_auth_model`, `get_user_groups`, `build_auth_state_dict` or
    `check_allowed`, never `authenticate`.
    """

    issuer = Unicode(
        config=True,
        help="""
        The provider's issuer URL; the discovery document is read below it. Required.
        """,
    )

    groups_claim = Unicode(
        "groups",
        config=True,
        help="""
        The claim of userinfo that lists a user's groups. Default `groups`. A user without the
        claim is in no group.
        """,
    )

    admin_groups = Set(
        Unicode(),
        config=True,
        help="""
        Members of these groups are admins of the hub, and only they. Empty, the default: admins
        are the `admin_users`.
        """,
    )

    public_url = Unicode(
        config=True,
        help="""
        The address under which browsers reach the hub, such as `https://lodge.example.org`. The
        provider sends them back there. Empty, the default: taken from the request.
        """,
    )

    login_handler = LodgeLoginHandler
    callback_handler = LodgeCallbackHandler
    logout_handler = LodgeLogoutHandler

    @default("login_service")
    def _login_service_default(self) -> str:
        return "your company account"

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return "preferred_username"

    @default("scope")
    def _scope_default(self) -> list[str]:
        return ["openid", "profile", "email", "groups"]

    @default("basic_auth")
    def _basic_auth_default(self) -> bool:
        # OpenID Connect Core 1.0, section 9: what a client does unless registered otherwise.
        return True

    @default("manage_groups")
    def _manage_groups_default(self) -> bool:
        return True

    @default("enable_auth_state")
    def _enable_auth_state_default(self) -> bool:
        return True

    @cached_property
    def discovery(self) -> Discovery:
        """What the provider says of itself."""
        return Discovery(self.issuer, self._fetch_bytes)

    async def _fetch_bytes(self, url: str) -> bytes:
        try:
            answer = await self.http_client.fetch(HTTPRequest(url, request_timeout=10))
        except HTTPClientError as error:
            raise OSError(f"HTTP {error.code} {error.message}") from error
        return answer.body

    async def discover(self) -> dict[str, Any]:
        """Return the discovery document, with this authenticator's endpoints set from it.

        Raises
        ------
        DiscoveryError
            The provider can't be asked.
        """
        document = await self.discovery.document()
        self.authorize_url = document["authorization_endpoint"]
        self.token_url = document["token_endpoint"]
        self.userdata_url = document["userinfo_endpoint"]
        return document

    def signed_out_url(self, handler: Any) -> str:
        """Return the address of the page that the provider sends browsers to after sign-out."""
        base = self.public_url or f"{handler.request.protocol}://{handler.request.host}"
        return f"{base.rstrip('/')}{handler.hub.base_url}logout"

    async def get_token_info(self, handler: Any, params: dict[str, Any]) -> dict[str, Any]:
        """Exchange a code or refresh token, and check the id token that comes with the answer."""
        try:
            await self.discover()
            try:
                token_info: dict[str, Any] = await super().get_token_info(handler, params)
            except HTTPClientError as error:
                if error.code < 500:
                    raise
                # A hiccup of the provider is not worth a failed sign-in. Canaille, for one,
                # fails when it makes two tokens of a user within one second.
                self.log.warning("The identity provider failed (%s); asking once more", error)
                await asyncio.sleep(RETRY_AFTER_S)
                try:
                    token_info = await super().get_token_info(handler, params)
                except HTTPClientError as again:
                    _note_failure(again)
                    raise
            nonce = None
            if params.get("grant_type") == "authorization_code":
                nonce = handler.expected_nonce()
                if not token_info.get("id_token"):
                    raise IdTokenError("The provider sent no id token.")
            if token := token_info.get("id_token"):
                token_info["lodge_subject"] = (await self._verify(token, nonce))["sub"]
        except DiscoveryError as error:
            _note_failure(error)
            raise web.HTTPError(503, str(error)) from error
        except HTTPClientError as error:
            self.log.error("The identity provider refused the token request: %s", error)
            if params.get("grant_type") != "authorization_code":
                raise
            raise web.HTTPError(
                502,
                f"The identity provider refused this sign-in ({error.code} {error.message}); sign "
                "in again. If that does not help, an admin finds the reason in the hub's log.",
            ) from error
        except IdTokenError as error:
            self.log.error("Sign-in refused: %s", error)
            raise web.HTTPError(403, f"This sign-in was refused. {error}") from error
        return token_info

    @cached_property
    def _asking(self) -> dict[str, asyncio.Lock]:
        return {}

    @cached_property
    def _confirmed(self) -> dict[str, float]:
        return {}

    async def refresh_user(self, user: Any, handler: Any = None, **kwargs: Any) -> Any:
        """Ask the provider whether a user may still sign in; one question at a time.

        A refresh token that is used twice is refused with all that came of it, so what comes of
        one is kept before the next question. A user who never signed in has nothing to refresh.

        Parameters
        ----------
        user
            The user.
        handler
            The request that is made. Where the provider fails, it goes on as signed in.

        Raises
        ------
        DiscoveryError, HTTPClientError, OSError
            The provider failed, which says nothing of the user, and there is no request.
        """
        try:
            return await self._ask_again(user, handler, **kwargs)
        except (DiscoveryError, HTTPClientError, OSError) as error:
            if handler is None:
                raise
            self.log.warning("%s goes on as signed in: %s", user.name, error)
            return True

    async def _ask_again(self, user: Any, handler: Any, **kwargs: Any) -> Any:
        async with self._asking.setdefault(user.name, asyncio.Lock()):
            if time.monotonic() - self._confirmed.get(user.name, -FRESH_S) < FRESH_S:
                return True
            if not await user.get_auth_state():
                return True
            failures: list[Exception] = []
            mark = _failed.set(failures)
            try:
                found = await super().refresh_user(user, handler, **kwargs)
            finally:
                _failed.reset(mark)
            if not found and failures:
                raise failures[0]
            if isinstance(found, dict):
                if not await self.check_allowed(user.name, found):
                    self.log.warning("%s is in none of the allowed groups any more", user.name)
                    return False
                await user.save_auth_state(found["auth_state"])
            if found:
                self._confirmed[user.name] = time.monotonic()
            return found

    async def _verify(self, token: str, nonce: str | None) -> dict[str, Any]:
        keys = await self.discovery.keys()
        if not has_key(keys, key_id(token)):
            keys = await self.discovery.keys(unknown=True)
        document = await self.discovery.document()
        return verify_id_token(
            token, keys, issuer=document["issuer"], client_id=self.client_id, nonce=nonce
        )

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """Return userinfo, which must be of the user whom the id token names."""
        await self.discover()
        user: dict[str, Any] = await super().token_to_user(token_info)
        subject = token_info.get("lodge_subject")
        # OpenID Connect Core 1.0, 5.3.2: the two must agree, or the answer is a mix-up.
        if subject is not None and user.get("sub") != subject:
            raise web.HTTPError(403, "This sign-in was refused: the provider mixed two users up.")
        return user

    async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
        """Return the groups that the claim lists; none where it is missing or no list."""
        groups = auth_state.get(self.user_auth_state_key, {}).get(self.groups_claim) or []
        if isinstance(groups, str):
            groups = [groups]
        return {str(group) for group in groups if group}

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Make members of the admin groups admins, and nobody else where such groups are set."""
        if self.admin_groups:
            groups = await self.get_user_groups(auth_model["auth_state"])
            named = auth_model["name"] in self.admin_users
            auth_model["admin"] = named or bool(groups & self.admin_groups)
        return auth_model


def _note_failure(error: Exception) -> None:
    failures = _failed.get()
    if failures is not None:
        failures.append(error)
