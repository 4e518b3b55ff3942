"""Requests for another origin than the hub's own: sent on, or told why not.

As the proxy's route for whatever has none, the hub is asked for everything on every host.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from lodge_authenticator.handlers import FORGET
from lodge_services.web.bodies import BodyHandler, let_go
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher

#: What JupyterHub answers for a server that does not run: JupyterLab tells by it.
NOT_RUNNING = 424


class Elsewhere(Matcher):
    """Requests that come for another origin than the hub's own.

    Parameters
    ----------
    public_url
        The hub's public address.
    port
        That the hub itself listens on: who asks there is a part of Lodge.
    hub_prefix
        Path of the hub's own pages.
    """

    def __init__(self, public_url: str, port: int | None, hub_prefix: str) -> None:
        self._origin = _place(urlsplit(public_url).netloc, urlsplit(public_url).scheme)
        self._scheme = urlsplit(public_url).scheme
        self._port = port
        self._api = f"{hub_prefix}api/"

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return None where the hub itself is to answer."""
        place = _place(request.host, self._scheme)
        if place == self._origin or place[1] == self._port:
            return None
        # Programs show a token, which no browser adds by itself.
        if request.path.startswith(self._api) and "Authorization" in request.headers:
            return None
        return {}


class ElsewhereHandler(BodyHandler):
    """Sends browsers on to the hub's origin, and tells programs that a server does not run."""

    def initialize(self, public_url: str, hub_prefix: str) -> None:  # type: ignore[override]
        """Take the hub's public address and the path of its pages."""
        super().initialize()
        let_go(self.request)
        self._public_url = public_url
        self._hub_prefix = hub_prefix

    def check_xsrf_cookie(self) -> None:
        """Ask for no page's token: nothing is done."""

    def lead(self) -> None:
        """Answer, whatever the verb."""
        path = self.request.path
        host = urlsplit(self._public_url).hostname or ""
        below = self.request.host_name.lower().endswith(f".{host}")
        if path.startswith("/user/") and below and self._is_program():
            self.set_status(NOT_RUNNING)
            self.set_header("Content-Type", "application/json")
            spawn = f"{self._public_url.rstrip('/')}{self._hub_prefix}home"
            self.finish(json.dumps({"message": f"The server does not run: start it at {spawn}."}))
            return
        if path == f"{self._hub_prefix}{FORGET}" and below:
            # The last step of a sign-out, at the host of the user's server.
            self.set_header("Clear-Site-Data", '"cache", "storage"')
            self.redirect(f"{self._public_url.rstrip('/')}{self._hub_prefix}logout")
            return
        # The hub knows whether the server runs, and where.
        page = f"{self._hub_prefix.rstrip('/')}{self.request.uri}"
        uri = page if path.startswith("/user/") else self.request.uri
        target = f"{self._public_url.rstrip('/')}/{(uri or '').lstrip('/')}"
        self.set_status(302 if self.request.method in ("GET", "HEAD") else 307)
        self.set_header("Location", target)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(
            f"Lodge is at {self._public_url}, and each user's server at a host of its own below "
            "it. Browsers find names below localhost by themselves; a tool that does not is told "
            "the name by the header Host, or by a line of /etc/hosts.\n"
        )

    get = head = post = put = patch = delete = options = lead

    def _is_program(self) -> bool:
        """Tell whether it is no page that a browser opens."""
        if self.request.method not in ("GET", "HEAD"):
            return True
        mode = self.request.headers.get("Sec-Fetch-Mode")
        if mode is not None:
            return mode != "navigate"
        return re.search(r"/api(/|$)", self.request.path) is not None


def _place(netloc: str, scheme: str) -> tuple[str, int]:
    """Return host and port, where none is named that of the scheme."""
    host, _, port = netloc.lower().rpartition(":")
    if not host or not port.isdigit():
        return netloc.lower().rstrip(":"), {"http": 80, "https": 443}[scheme]
    return host, int(port)
