"""Bodies of requests: read once it is known who sends them, and that they are not too large."""

from __future__ import annotations

from typing import Any

from tornado import httputil, web

from ..errors import LodgeError, TooLarge

#: The largest body that is let go by so that its sender can be told why it is refused, in bytes.
LET_GO = 1024 * 1024 * 1024


def let_go(request: httputil.HTTPServerRequest) -> None:
    """Let the body of one request go by, whatever its server reads of others."""
    if request.connection is not None:
        request.connection.set_max_body_size(LET_GO)  # type: ignore[attr-defined]


@web.stream_request_body
class BodyHandler(web.RequestHandler):
    """Reads a body in pieces, and keeps none that nobody asked for.

    A refusal waits until the body has gone by: a connection that is closed before cuts the proxy's
    sending short, and the sender never learns the reason.
    """

    #: The largest body that is accepted, in bytes.
    max_body = 0
    _wanted = False
    _refused: LodgeError | None = None
    _length = 0

    def initialize(self, **kwargs: Any) -> None:
        """Begin with nothing."""
        super().initialize(**kwargs)
        self._pieces: list[bytes] = []

    async def prepare(self) -> None:
        """Look at who sends a body, and how large it is, before any of it is read."""
        if not self.has_body():
            return
        try:
            self._check(int(self.request.headers.get("Content-Length", 0)))
            self._wanted = await self.admit()
        except LodgeError as error:
            self._refused = error

    def has_body(self) -> bool:
        """Tell whether a body follows."""
        headers = self.request.headers
        return headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in headers

    async def admit(self) -> bool:
        """Tell whether a body is wanted; one that may not be sent is refused by an error."""
        return False

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of a body that is wanted; let others go by."""
        self._length += len(chunk)
        if not self._wanted:
            return
        self._pieces.append(chunk)
        try:
            self._check(self._length)
        except TooLarge as error:
            self._wanted, self._refused = False, error
            self._pieces.clear()

    def take_body(self) -> None:
        """Take the body that has come, with the fields of a form.

        Raises
        ------
        LodgeError
            It was refused before it came.
        """
        if self._refused is not None:
            raise self._refused
        if not self._pieces:
            return
        request = self.request
        request.body, self._pieces = b"".join(self._pieces), []
        kind = request.headers.get("Content-Type", "")
        try:
            httputil.parse_body_arguments(
                kind, request.body, request.body_arguments, request.files, request.headers
            )
        except httputil.HTTPInputError as error:
            raise web.HTTPError(400, f"Invalid body: {error}") from error
        for name, values in request.body_arguments.items():
            request.arguments.setdefault(name, []).extend(values)

    def _check(self, length: int) -> None:
        if length > self.max_body > 0:
            raise TooLarge(
                "too_large",
                f"The request has {length / 1e6:.1f} MB, and at most {self.max_body / 1e6:.0f} MB "
                "are accepted; clear large outputs and send it again.",
            )
