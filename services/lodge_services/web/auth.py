"""Who asks, and what they may: JupyterHub's OAuth for browsers, its tokens for programs.

Every concrete verb of every handler carries `scoped` or `public`; a test walks all routes and
fails on one that has neither.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

from jupyterhub.services.auth import HubOAuth

from .settings import HubSettings

Verb = Callable[..., Awaitable[Any]]


class Authorizing(Protocol):
    """A handler that finds out who asks."""

    def take_body(self) -> None:
        """Take the body that has come; one that was refused is told now."""

    async def authorize(self, scope: str) -> bool:
        """Tell whether the verb may run; one who lacks the scope is refused by an error."""


CACHE_SECONDS = 10
"""How long the hub's answer about a token is believed, in seconds."""


@dataclass(frozen=True)
class Identity:
    """The user or service that a request comes from."""

    name: str
    kind: str
    scopes: frozenset[str]
    by_token: bool
    groups: frozenset[str] = frozenset()
    """The hub's groups that a user is in."""

    def may(self, scope: str) -> bool:
        """Tell whether `scope` was granted."""
        return scope in self.scopes


class CachedHubOAuth(HubOAuth):
    """JupyterHub's client, which asks the hub once for all requests that come meanwhile.

    It asks again before its answer is too old to be believed, while readers go on with that one:
    who reads on waits for the hub only at first.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._asking: dict[str, asyncio.Future[dict[str, Any] | None]] = {}

    def user_for_token(
        self, token: str, use_cache: bool = True, session_id: str = "", *, sync: bool = True
    ) -> Any:
        """Return the model of a token's user, or what gives it; None for a token of nobody."""
        if sync or not use_cache:
            return super().user_for_token(token, use_cache, session_id, sync=sync)
        return self._user(token, session_id)

    async def _user(self, token: str, session_id: str) -> dict[str, Any] | None:
        key = f"{session_id}:{sha256(token.encode('utf-8', 'replace')).hexdigest()}"
        known = self.cache.get(key)
        if known is None:
            return await asyncio.shield(self._ask(key, token, session_id))
        asked, model = known
        if time.monotonic() - asked > CACHE_SECONDS / 2:
            # An error is told by the request that has to wait.
            self._ask(key, token, session_id).add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )
        found: dict[str, Any] | None = model
        return found

    def _ask(self, key: str, token: str, session_id: str) -> asyncio.Future[dict[str, Any] | None]:
        if key not in self._asking:
            self._asking[key] = asyncio.ensure_future(self._answer(key, token, session_id))
        return self._asking[key]

    async def _answer(self, key: str, token: str, session_id: str) -> dict[str, Any] | None:
        asked = time.monotonic()
        try:
            asking = super().user_for_token(token, False, session_id, sync=False)
            model: dict[str, Any] | None = await asking
        finally:
            del self._asking[key]
        self.cache[key] = (asked, model)
        return model


def make_hub_auth(hub: HubSettings) -> HubOAuth:
    """Return JupyterHub's own client for the hub that `hub` describes."""
    return CachedHubOAuth(
        api_url=hub.api_url,
        api_token=hub.api_token,
        base_url=hub.service_prefix,
        hub_prefix=hub.hub_prefix,
        oauth_client_id=hub.client_id,
        oauth_redirect_uri=hub.callback_url,
        access_scopes=set(hub.access_scopes),
        cache_max_age=CACHE_SECONDS,
        allow_token_in_url=False,
        cookie_options={"samesite": "Lax"},
        cookie_host_prefix_enabled=hub.host_cookies,
    )


def scoped(scope: str) -> Callable[[Verb], Verb]:
    """Let a verb run only for those who may access the service and hold `scope`.

    A page sends a reader who is not signed in to the hub; an API answers 401 or 403.
    """

    def decorate(verb: Verb) -> Verb:
        @functools.wraps(verb)
        async def checked(self: Authorizing, *args: Any, **kwargs: Any) -> None:
            self.take_body()
            if await self.authorize(scope):
                await verb(self, *args, **kwargs)

        checked.__lodge_scope__ = scope  # type: ignore[attr-defined]
        return checked

    return decorate


def public(reason: str) -> Callable[[Verb], Verb]:
    """Mark a verb that anybody may ask, with the `reason` why that is safe."""

    def decorate(verb: Verb) -> Verb:
        verb.__lodge_public__ = reason  # type: ignore[attr-defined]
        return verb

    return decorate


def scope_of(verb: Any) -> str | None:
    """Return the scope that a handler's method needs, or None."""
    return getattr(verb, "__lodge_scope__", None)


def public_reason_of(verb: Any) -> str | None:
    """Return why a handler's method is open to anybody, or None when it is not."""
    return getattr(verb, "__lodge_public__", None)
