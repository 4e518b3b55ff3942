"""The embedded provider's process: Canaille, with limits for requests and headers for answers.

Run as ``python -m lodge_hub.identity.server PUBLIC_URL``, with Canaille's settings file in the
variable ``CANAILLE_CONFIG``.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from lodge_services.web.sockets import handed_socket

from ..disk import FULL, is_full

#: Largest body and headers that are read, in bytes; how long they may take to come, in seconds.
BODY_BYTES, HEADER_BYTES, READ_S = 1_000_000, 32_000, 60

#: Pages that send mail, for which there is no server: they would fail.
CLOSED = re.compile(r"/(reset|reset-code|invite)(/.*)?|/groups/[^/]+/invite")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


class _TooLargeError(Exception):
    """More came than is read."""


class Guard:
    """Stands before Canaille.

    Parameters
    ----------
    application
        Canaille.
    public_url
        Lodge's address, where a form of the sign-in leads in the end.
    folder
        Where Canaille keeps its things.
    """

    def __init__(
        self, application: Application, public_url: str, folder: Path | None = None
    ) -> None:
        self._application = application
        self._folder = folder
        public = urlsplit(public_url)
        self._headers = {
            b"content-security-policy": "; ".join(
                (
                    "default-src 'self'",
                    "img-src 'self' blob: data:",
                    "font-src 'self' data:",
                    "object-src 'none'",
                    f"form-action 'self' {public.scheme}://{public.netloc}",
                    "frame-ancestors 'none'",
                    "base-uri 'none'",
                )
            ).encode(),
            b"x-content-type-options": b"nosniff",
            b"referrer-policy": b"same-origin",
            b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "websocket":
            # Canaille has none.
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        started = replaced = False

        async def sent(message: Message) -> None:
            nonlocal started, replaced
            if replaced:
                return
            if message["type"] == "http.response.start":
                started = True
                # A session that could not be kept makes the next form a bad request.
                failed = message["status"] in (400, 500)
                if failed and self._folder and is_full(self._folder):
                    replaced = True
                    await _say(send, 507, "\n".join(FULL))
                    return
                kept = [each for each in message["headers"] if each[0].lower() not in self._headers]
                message["headers"] = [*kept, *self._headers.items()]
            await send(message)

        if refused := _refused(scope):
            await _say(sent, *refused)
            return
        try:
            await self._application(scope, _counted(receive), sent)
        except _TooLargeError:
            if not started:
                await _say(sent, 413, "The request holds more than is read here.")


def _refused(scope: Any) -> tuple[int, str] | None:
    """Return status and sentence of a request that is not passed on."""
    try:
        path = unquote_to_bytes(scope.get("raw_path") or scope["path"]).decode()
    except UnicodeDecodeError:
        return 400, "The address is not valid: what it writes with percent signs is no UTF-8."
    if CLOSED.fullmatch(path):
        return 404, "There is no such page here, since Lodge sends no mail; ask an administrator."
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if length.isdigit() and int(length) > BODY_BYTES:
        return 413, "The request holds more than is read here."
    return None


def _refuse_without_a_grant() -> Any:
    """Tell what is missing in a request for a token: Canaille fails on it."""
    from flask import jsonify, request

    if (request.path, request.method) != ("/oauth/token", "POST") or "grant_type" in request.form:
        return None
    return jsonify(error="invalid_request", error_description="grant_type is missing"), 400


def _counted(receive: Receive) -> Receive:
    """Return what receives a body, and stops where it is too large."""
    length = 0

    async def received() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > BODY_BYTES:
            raise _TooLargeError
        return message

    return received


async def _say(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})


def _refuse_locked() -> Any:
    """Tell nothing about a user who is locked: Canaille looks only at their sign-in."""
    from canaille.app import models
    from canaille.backends import Backend
    from flask import jsonify, request

    if request.path != "/oauth/userinfo":
        return None
    shown = request.headers.get("Authorization", "").partition(" ")[2]
    found = Backend.instance.query(models.Token, access_token=shown) if shown else []
    if any(token.subject is not None and token.subject.locked for token in found):
        return jsonify(error="invalid_token"), 401
    return None


def main(public_url: str) -> None:
    """Serve until SIGTERM."""
    from asgiref.wsgi import WsgiToAsgi
    from canaille.hypercorn.app import create_app
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    application = create_app(wrap_asgi=False)
    application.before_request(_refuse_locked)
    application.before_request(_refuse_without_a_grant)
    given = application.config["CANAILLE_HYPERCORN"]
    config = Config.from_mapping(
        {key.lower(): value for key, value in given.items() if value not in (None, [])}
    )
    own = handed_socket(urlsplit(f"//{config.bind[0]}").port or 0)
    if own is not None:
        config.bind = [f"fd://{own.detach()}"]
    config.include_server_header = False
    config.h11_max_incomplete_size = HEADER_BYTES
    config.read_timeout = READ_S
    canaille: Any = WsgiToAsgi(application)  # type: ignore[no-untyped-call]
    guard: Any = Guard(canaille, public_url, Path(os.environ["CANAILLE_CONFIG"]).parent)
    asyncio.run(serve(guard, config))


if __name__ == "__main__":
    main(sys.argv[1])
