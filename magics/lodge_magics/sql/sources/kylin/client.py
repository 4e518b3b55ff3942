"""The REST interface of Kylin 5: what is asked, and what its refusals mean.

A query is one request. Kylin makes pages by writing LIMIT and OFFSET behind the query and running
it again, and pages of two runs need not fit together; so the rows are read as they come instead.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from lodge_magics.sql.sources.kylin.answer import BrokenAnswerError, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from urllib3 import HTTPResponse
    from urllib3.connection import HTTPConnection

__all__ = ["KylinClient", "KylinError"]

# Seconds to wait for a connection, and for answers that take no computing.
_CONNECT = 10
_SHORT = 60
_CANCEL = 5
_CHUNK = 256 << 10
# What is read of an error.
_ERROR = 1 << 20
_ACCEPT = "application/vnd.apache.kylin-v4-public+json"


class KylinError(Exception):
    """Kylin refused something, or did not answer.

    Attributes
    ----------
    status
        Of HTTP; 0 when there was no answer, 200 when the query failed.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class KylinClient:
    """Asks one Kylin for one user; each request has a connection of its own.

    Parameters
    ----------
    url
        Without a password, such as `https://kylin.example.com`; `/kylin/api` is added where it is
        missing.
    user, secret
        For Basic authentication.
    """

    def __init__(self, url: str, user: str, secret: str) -> None:
        parts = urlsplit(url)
        self._https = parts.scheme == "https"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (443 if self._https else 80)
        path = parts.path.rstrip("/").removesuffix("/api") or "/kylin"
        self._path = f"{path}/api"
        self.url = f"{parts.scheme}://{parts.netloc}{path}"
        self._user = user
        token = base64.b64encode(f"{user}:{secret}".encode()).decode("ascii")
        self._headers = {
            "Accept": _ACCEPT,
            "Accept-Language": "en",
            "Content-Type": "application/json;charset=utf-8",
            "User-Agent": "lodge",
            "Authorization": f"Basic {token}",
        }
        # Of what is asked now: its connection, and whether its answer has begun.
        self._running: HTTPConnection | None = None
        self._answering = False

    def get(self, path: str, **query: object) -> Any:
        """Return the `data` of what is at a path.

        Parameters
        ----------
        path
            Below `/kylin/api/`.
        **query
            What stands behind the question mark.

        Raises
        ------
        KylinError
            It cannot be had.
        """
        path = f"{path}?{urlencode(query)}" if query else path
        with self._asked("GET", path, None, _SHORT) as response:
            return self._envelope(response, lambda _rows: None).get("data")

    def sign_in(self) -> None:
        """Have the user and the password checked.

        Raises
        ------
        KylinError
            They are wrong, or Kylin does not answer.
        """
        with self._asked("POST", "user/authentication", {}, _SHORT) as response:
            self._envelope(response, lambda _rows: None)

    def query(
        self, body: Mapping[str, Any], on_rows: Callable[[list[list[str | None]]], None]
    ) -> dict[str, Any]:
        """Run a query and return its answer without the rows.

        Parameters
        ----------
        body
            Of the request.
        on_rows
            Called with each batch of rows; what it raises ends the query.

        Raises
        ------
        KylinError
            It failed.
        """
        with self._asked("POST", "query", body, None) as response:
            data = self._envelope(response, on_rows).get("data")
        if not isinstance(data, dict):
            raise KylinError("Kylin gave no result.", 200)
        if data.get("isException"):
            raise KylinError(str(data.get("exceptionMessage") or "Kylin gives no reason."), 200)
        return data

    def stop(self, name: str) -> bool:
        """Stop a query on the server; tell whether that was taken.

        Parameters
        ----------
        name
            The `stopId` it was sent with.
        """
        if self._answering:
            return False
        try:
            with self._asked("DELETE", f"query/{quote(name, safe='')}", None, _CANCEL) as response:
                self._envelope(response, lambda _rows: None)
        except KylinError:
            return False
        return True

    def hang_up(self) -> None:
        """Wait for the answer no longer."""
        connection = self._running
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _asked(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float | None
    ) -> Iterator[HTTPResponse]:
        from urllib3.exceptions import HTTPError

        connection = self._connection(min(_CONNECT, seconds or _CONNECT))
        runs = method != "DELETE"  # that one ends another
        if runs:
            self._running, self._answering = connection, False
        try:
            connection.connect()
            connection.timeout = seconds
            text = None if body is None else json.dumps(body).encode()
            url = f"{self._path}/{path}"
            connection.request(method, url, text, self._headers, preload_content=False)
            response = connection.getresponse()
            self._answering = self._answering or runs
            with contextlib.closing(response):
                yield response
        except (HTTPError, HTTPException, OSError) as error:
            raise KylinError(f"there is no answer from {self.url} ({_told(error)}).") from None
        finally:
            if runs:
                self._running, self._answering = None, False
            connection.close()

    def _connection(self, seconds: float) -> HTTPConnection:
        from urllib3.connection import HTTPConnection, HTTPSConnection

        # A server that is gone is noticed at last, however long a query may take.
        alive = [
            *HTTPConnection.default_socket_options,
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        ]
        if not self._https:
            return HTTPConnection(self._host, self._port, timeout=seconds, socket_options=alive)
        import ssl

        return HTTPSConnection(
            self._host,
            self._port,
            timeout=seconds,
            socket_options=alive,
            ssl_context=ssl.create_default_context(),
        )

    def _envelope(
        self, response: HTTPResponse, on_rows: Callable[[list[list[str | None]]], None]
    ) -> dict[str, Any]:
        if response.status != 200:
            raise self._refused(response)
        try:
            answer = read_answer(response.stream(_CHUNK), on_rows)
        except BrokenAnswerError:
            raise KylinError(
                f"{self.url} does not answer as Kylin 5 does; check the address of the source."
            ) from None
        if answer.get("code") not in ("000", None):
            raise KylinError(str(answer.get("msg") or "Kylin gives no reason."), 200)
        return answer

    def _refused(self, response: HTTPResponse) -> KylinError:
        told = ""
        with contextlib.suppress(ValueError, AttributeError):
            told = str(json.loads(response.read(_ERROR)).get("msg") or "")
        if response.status == 401:
            told = f"the user {self._user} or the password is wrong, says Kylin (401)."
        elif response.status == 403:
            told = told or f"the user {self._user} has no right to that (403)."
        elif response.status == 404 and not told:
            told = f"there is no Kylin 5 at {self.url} (404); check the address of the source."
        return KylinError(told or f"{self.url} answered {response.status}.", response.status)


def _told(error: BaseException) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    # urllib3 writes the object in front, and Python the number and the place in its own source.
    told = re.sub(r"^\[Errno \d+\] |\.? \(_ssl\.c:\d+\)", "", reason.rpartition(": ")[2])
    return told.rstrip(".)") or type(error).__name__
