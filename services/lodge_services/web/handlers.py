"""Base handlers: authentication, errors, security headers and replies, the same everywhere."""

from __future__ import annotations

import asyncio
import http
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from jupyterhub.services.auth import HubOAuth, HubOAuthenticated, UserNotAllowed
from pydantic import BaseModel
from tornado import web

from ..errors import Forbidden, LodgeError, Unauthorized, Unavailable
from ..storage import StorageFull, is_full
from .auth import Identity, public, scope_of
from .bodies import BodyHandler
from .context import ServiceContext
from .operations import Operation
from .origin import refuse_foreign

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

HUB_TIMEOUT = 10.0
"""How long the hub may take to answer about a token, in seconds."""

READ_METHODS = ("GET", "HEAD", "OPTIONS")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


class SecureHandler(BodyHandler):
    """Headers and logs that every answer has, static files as well."""

    def set_default_headers(self) -> None:
        """Keep browsers from guessing, framing, leaking and running what is not ours."""
        self.set_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        self.clear_header("Server")

    def _request_summary(self) -> str:
        # tornado's own has the query string in it, which may hold tickets and codes
        return f"{self.request.method} {self.request.path}"


class BaseHandler(HubOAuthenticated, SecureHandler):
    """What API and page handlers have in common."""

    identity: Identity | None = None
    _counted = False

    @property
    def context(self) -> ServiceContext:
        """What the service is made of."""
        context: ServiceContext = self.settings["context"]
        return context

    @property
    def hub_auth(self) -> HubOAuth:
        """JupyterHub's client."""
        return self.settings["hub_auth"]

    @property
    def user(self) -> Identity:
        """Who asks; only below `scoped`."""
        if self.identity is None:
            raise RuntimeError("a verb without @scoped has no user")
        return self.identity

    def get_current_user(self) -> dict[str, Any] | None:
        """Return the hub's user model once `authorize` has asked; never blocks."""
        return getattr(self, "_lodge_user_model", None)

    @property
    def max_body(self) -> int:  # type: ignore[override]
        """The largest body that is accepted, in bytes."""
        return self.context.max_body

    async def prepare(self) -> None:
        """Count the request, and refuse a body that may not be sent before it is read."""
        self.context.begin_request()
        self._counted = True
        if any("\x00" in part for part in self.path_kwargs.values()):
            raise web.HTTPError(404)  # no database would look for it
        await super().prepare()

    async def admit(self) -> bool:
        """Let in a body of one who shows a token that is good here.

        What a cookie may send is decided once the body is there, which holds its page's token.
        """
        scope = scope_of(getattr(self, (self.request.method or "").lower(), None))
        if scope is None:
            return False
        if self.request.headers.get("Authorization"):
            return await self.authorize(scope)
        refuse_foreign(self.request, self.context.hub.public_url)
        token = self.get_secure_cookie(self.hub_auth.cookie_name)
        known = token and await self._ask_hub(
            self.hub_auth.user_for_token(token.decode("ascii", "replace"), sync=False)
        )
        return bool(known) or self.anonymous()

    def on_finish(self) -> None:
        """Count the request as done."""
        if self._counted:
            self._counted = False
            self.context.end_request()

    async def authorize(self, scope: str) -> bool:
        """Find out who asks, and whether they hold `scope`.

        Returns
        -------
        bool
            False when the reader was sent to sign in, and the verb must not run.
        """
        if self.identity is not None:
            return True
        if not self.request.headers.get("Authorization"):
            refuse_foreign(self.request, self.context.hub.public_url)
        model = await self._ask_hub(self.hub_auth.get_user(self, sync=False))
        if model is None:
            return self.anonymous()
        try:
            allowed = self.check_hub_user(model)
        except UserNotAllowed:
            allowed = None
        granted = allowed is not None and self.hub_auth.check_scopes(scope, model)
        if not granted:
            raise Forbidden(
                "missing_scope",
                f"{model['name']} may not do this: the scope {scope} is not granted; "
                "ask an administrator for it.",
            )
        self._lodge_user_model = model
        self.identity = Identity(
            name=model["name"],
            kind=model["kind"],
            scopes=frozenset(model["scopes"]),
            by_token=bool(getattr(self, "_token_authenticated", False)),
            groups=frozenset(model.get("groups") or ()),
        )
        return True

    async def _ask_hub(self, asked: Awaitable[dict[str, Any] | None]) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(HUB_TIMEOUT):
                return await asked
        except (web.HTTPError, TimeoutError) as error:
            raise Unavailable(
                "hub_unreachable",
                "The hub did not say who you are; try again in a moment.",
            ) from error

    def anonymous(self) -> bool:
        """Answer one who is not signed in."""
        if self.request.method not in READ_METHODS and self.get_cookie(self.hub_auth.cookie_name):
            raise Forbidden(
                "stale_page",
                "This page was open for too long to change anything; reload it and try again.",
            )
        raise Unauthorized(
            "not_signed_in",
            "Nobody is signed in, or the token is not valid; sign in and try again.",
        )

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work of the core in a worker thread."""
        return await self.context.call(function, *args, **kwargs)

    async def call_slow(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what may take many seconds in a thread that nothing quick waits for."""
        return await self.context.call_slow(
            f"{self.user.kind}:{self.user.name}", function, *args, **kwargs
        )

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with the status that a domain error carries."""
        error = told(kwargs.get("exc_info", (None, None, None))[1])
        if isinstance(error, LodgeError):
            status_code = error.status
        super().send_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log our own bugs with their traceback, and mistakes of clients in a line."""
        if isinstance(value, LodgeError):
            log.info("%s: %s %s", self._request_summary(), value.status, value.reason)
        elif is_full(value):
            log.error("%s: the disk is full: %s", self._request_summary(), value)
        elif isinstance(value, web.HTTPError):
            log.info("%s: %s", self._request_summary(), value.status_code)
        else:
            self._lodge_incident = secrets.token_hex(4)
            log.error(
                "%s failed, incident %s",
                self._request_summary(),
                self._lodge_incident,
                exc_info=(typ, value, tb),
            )

    def explain(self, status_code: int, kwargs: dict[str, Any]) -> tuple[str, str]:
        """Return reason and message of the error that is being answered."""
        error = told(kwargs.get("exc_info", (None, None, None))[1])
        if isinstance(error, LodgeError):
            return error.reason, error.message
        if status_code == 404:
            return (
                "not_found",
                "There is nothing at this address; go back, or begin at the gallery.",
            )
        if status_code == 405:
            return "method_not_allowed", f"{self.request.method} is not possible at this address."
        if isinstance(error, web.MissingArgumentError):
            return "missing_argument", f'The argument "{error.arg_name}" is missing.'
        if status_code < 500:
            phrase = http.HTTPStatus(status_code).phrase.lower()
            detail = str(getattr(error, "log_message", None) or phrase).rstrip(".")
            return phrase.replace(" ", "_"), f"The request was not accepted: {detail}."
        incident = getattr(self, "_lodge_incident", "unknown")
        message = (
            "Lodge could not finish this because of a fault of its own; try again, and tell your "
            f"administrator the incident {incident} if it stays."
        )
        return "internal", message


def told(error: BaseException | None) -> BaseException | None:
    """Return an error as it is told: a full disk has a sentence of its own."""
    return StorageFull() if is_full(error) else error


class ApiHandler(BaseHandler):
    """Speaks JSON, errors included."""

    def reply(self, result: Any, operation: Operation) -> None:
        """Write what a verb returned, as its `operation` says."""
        self.set_status(operation.status)
        self.set_header("Cache-Control", "private, no-cache")
        if result is None:
            self.finish()
            return
        bare = operation.media_type == "application/octet-stream"
        kind = operation.media_type if bare else f"{operation.media_type}; charset=utf-8"
        self.set_header("Content-Type", kind)
        if isinstance(result, BaseModel):
            self.finish(result.model_dump_json())
        elif isinstance(result, str | bytes):
            self.finish(result)
        else:
            self.finish(json.dumps(result, ensure_ascii=False))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer ``{message, reason}``."""
        reason, message = self.explain(status_code, kwargs)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        if status_code == 401:
            self.set_header("WWW-Authenticate", 'Bearer realm="Lodge"')
        self.finish(json.dumps({"message": message, "reason": reason}, ensure_ascii=False))


class ApiNotFoundHandler(ApiHandler):
    """Every path below ``api/`` that is none."""

    @public("says only that there is nothing")
    async def get(self, *_: str) -> None:
        """Answer 404, whatever the verb."""
        raise web.HTTPError(404)

    head = post = put = patch = delete = options = get
