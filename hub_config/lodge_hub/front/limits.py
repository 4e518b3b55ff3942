"""How much a request to the hub may hold: more is refused before it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lodge_services.web.bodies import BodyHandler, let_go
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher


@dataclass(frozen=True)
class Limits:
    """Of the hub's requests.

    Parameters
    ----------
    known
        Largest body of one who shows a token or a cookie of the hub, in bytes.
    unknown
        Largest body of anybody else, in bytes.
    headers
        Largest headers, in bytes.
    body_s
        How long a body may take to come, in seconds.
    """

    known: int = 1_000_000
    unknown: int = 64_000
    headers: int = 32_000
    body_s: float = 60.0


class TooLarge(Matcher):
    """Requests whose bodies the hub does not read.

    Parameters
    ----------
    limits
        What is read.
    cookie
        Name of the hub's cookie.
    """

    def __init__(self, limits: Limits, cookie: str) -> None:
        self._limits = limits
        self._cookie = cookie

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return None where the body may be read."""
        known = "Authorization" in request.headers or self._cookie in request.cookies
        if "Transfer-Encoding" in request.headers:
            return None if known else {}
        length = request.headers.get("Content-Length", "0")
        most = self._limits.known if known else self._limits.unknown
        return {} if length.isdigit() and int(length) > most else None


class TooLargeHandler(BodyHandler):
    """Lets a body go by and tells its sender that it is too large."""

    def initialize(self, **kwargs: Any) -> None:
        """Let it go by, whatever its length."""
        super().initialize(**kwargs)
        let_go(self.request)

    def check_xsrf_cookie(self) -> None:
        """Ask for no page's token: nothing is done."""

    def refuse(self) -> None:
        """Answer, whatever the verb."""
        self.set_status(413)
        self.set_header("Content-Type", "application/json")
        message = "The request holds more than the hub reads: sign in, or send less."
        self.finish(json.dumps({"status": 413, "message": message}))

    get = head = post = put = patch = delete = options = refuse
