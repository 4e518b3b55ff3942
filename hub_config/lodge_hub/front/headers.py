"""Headers of every answer of the hub, whichever handler gives it."""

from __future__ import annotations

from typing import ClassVar

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform


class HubHeaders(OutputTransform):
    """Keeps browsers from guessing, framing, leaking and running what is not the hub's.

    JupyterHub's pages hold scripts and styles of their own, so those within a page are allowed.
    """

    #: Where forms of the hub's pages lead beside the hub itself: users' servers, after a question
    #: whether one may be used.
    form_targets: ClassVar[str] = ""
    #: The port that parts of Lodge ask the hub at; they learn its version.
    own_port: ClassVar[str] = ""

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)
        self._inside = request.host.rpartition(":")[2] == self.own_port

    def transform_first_chunk(
        self,
        status_code: int,
        headers: HTTPHeaders,
        chunk: bytes,
        finishing: bool,  # noqa: ARG002 - tornado's
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Set the headers; the body stays as it is."""
        headers["Content-Security-Policy"] = "; ".join(
            (
                "default-src 'self'",
                "script-src 'self' 'unsafe-inline'",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "font-src 'self' data:",
                "object-src 'none'",
                f"form-action 'self' {self.form_targets}".strip(),
                "frame-ancestors 'none'",
                "base-uri 'none'",
            )
        )
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        for name in ("Server",) if self._inside else ("Server", "X-JupyterHub-Version"):
            headers.pop(name, None)
        return status_code, headers, chunk
