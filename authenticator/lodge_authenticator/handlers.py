"""Sign-in and sign-out pages' handlers: discovery first, a nonce, the provider's sign-out too."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from oauthenticator.oauth2 import (
    OAuthCallbackHandler,
    OAuthLoginHandler,
    OAuthLogoutHandler,
    _deserialize_state,
)
from tornado import web

from .discovery import DiscoveryError

#: Below the hub's prefix, on the host of a user's server: a browser forgets what it kept of it.
FORGET = "forget"


def nonce_for(state_id: str) -> str:
    """Return the nonce of the sign-in `state_id`.

    Derived, so that the state cookie, which only this browser has, vouches for both.
    """
    return hashlib.sha256(f"nonce:{state_id}".encode()).hexdigest()


class HostOnlyCookies(BaseHandler):
    """Keeps every cookie of the hub at the hub's own host.

    Where users' servers are on hosts below it, JupyterHub would send them its session id.
    """

    def _set_cookie(self, key: str, value: Any, encrypted: bool = True, **overrides: Any) -> None:
        overrides.pop("domain", None)
        super()._set_cookie(key, value, encrypted, **overrides)

    def clear_cookie(self, cookie_name: str, **kwargs: Any) -> None:
        """Clear a cookie where it was set."""
        kwargs.pop("domain", None)
        super().clear_cookie(cookie_name, **kwargs)


class LodgeLoginHandler(HostOnlyCookies, OAuthLoginHandler):
    """Send the browser to the provider."""

    async def get(self) -> None:
        """Begin a sign-in."""
        try:
            await self.authenticator.discover()
        except DiscoveryError as error:
            self.log.error("%s", error)
            raise web.HTTPError(503, str(error)) from error
        super().get()

    def authorize_redirect(self, *args: Any, **kwargs: Any) -> None:
        """Add the nonce to the provider's address."""
        state_id = _deserialize_state(kwargs["extra_params"]["state"])["state_id"]
        kwargs["extra_params"]["nonce"] = nonce_for(state_id)
        super().authorize_redirect(*args, **kwargs)


class LodgeCallbackHandler(HostOnlyCookies, OAuthCallbackHandler):
    """Take the browser back from the provider."""

    def expected_nonce(self) -> str:
        """Return the nonce that the id token of this sign-in must carry."""
        return nonce_for(_deserialize_state(self.get_state_cookie())["state_id"])

    def check_state(self) -> None:
        """Refuse a callback that this browser did not begin, with a way on."""
        try:
            super().check_state()
        except web.HTTPError as error:
            self.log.warning("Sign-in refused: %s", error.log_message)
            raise web.HTTPError(
                400,
                "This sign-in can't be finished: it was begun in another browser or too long "
                "ago. Sign in again.",
            ) from error


class LodgeLogoutHandler(HostOnlyCookies, OAuthLogoutHandler):
    """Sign out here and at the provider, so that the next user of the browser is asked again.

    The way is: here, the provider, here again with the state that was given along, the host of the
    user's server, where what the browser kept of it goes, and here.
    """

    _end_session = ""
    _server_host = ""

    async def get(self) -> None:
        """Sign the user out.

        Raises
        ------
        web.HTTPError
            A page asks for it on its own, such as by a picture; one that a person opens may.
        """
        if self.request.headers.get("Sec-Fetch-Dest", "document") != "document":
            raise web.HTTPError(403, "Signing out takes a page that you open yourself.")
        # Before the parent forgets who it was.
        user = self.current_user
        if user is not None and self.subdomain_host:
            self._server_host = user.host
        else:
            self._server_host = self._returned()
        self._end_session = await self._provider_sign_out()
        # What this browser kept of the user's pages goes as well.
        self.set_header("Clear-Site-Data", '"cache", "storage"')
        await super().get()

    def _backend_logout_cleanup(self, name: str) -> None:
        """End the user's sessions in every browser, and what copies of their cookies are worth."""
        user = self.current_user
        super()._backend_logout_cleanup(name)
        user.orm_user.cookie_id = orm.new_token()
        # Of services and servers, which browsers hold. Those that the user made by choice, and
        # those of servers that run, are the hub's own.
        held = self.db.query(orm.APIToken).filter(
            orm.APIToken.user_id == user.id, orm.APIToken.client_id != "jupyterhub"
        )
        for token in held:
            self.db.delete(token)
        self.db.commit()

    async def _provider_sign_out(self) -> str:
        user = self.current_user
        if user is None:
            return ""
        try:
            document = await self.authenticator.discover()
        except DiscoveryError as error:
            self.log.error("%s signs out here only: %s", user.name, error)
            return ""
        endpoint = document.get("end_session_endpoint")
        if not endpoint:
            return ""
        query = {
            "client_id": self.authenticator.client_id,
            "post_logout_redirect_uri": self.authenticator.signed_out_url(self),
        }
        if self._server_host:
            query["state"] = self._signed(self._server_host)
        state = await user.get_auth_state()
        if state and state.get("id_token"):
            query["id_token_hint"] = state["id_token"]
        return f"{endpoint}?{urlencode(query)}"

    async def render_logout_page(self) -> None:
        """Go on to the provider's sign-out, where it has one."""
        if self._end_session:
            self.redirect(self._end_session)
        elif self._server_host:
            self.redirect(f"{self._server_host}{self.hub.base_url}{FORGET}")
        else:
            await super().render_logout_page()

    def _signed(self, host: str) -> str:
        return urlsafe_b64encode(self.create_signed_value(FORGET, host)).decode()

    def _returned(self) -> str:
        """Return the host that the provider gives back, if it is one that was given to it."""
        try:
            signed = urlsafe_b64decode(self.get_query_argument("state", ""))
        except ValueError:
            return ""
        host = web.decode_signed_value(
            self.application.settings["cookie_secret"], FORGET, signed, max_age_days=1
        )
        return host.decode() if host else ""
