"""The way to a hub service: JSON over HTTP with the user's own token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import HTTPTimeoutError

from .errors import ServiceError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES = 600 * 1024 * 1024
CONNECT_TIMEOUT_S = 5.0
REQUEST_TIMEOUT_S = 60.0
BYTES_TIMEOUT_S = 300.0
"""Of a file, which may be large."""
BYTES = "application/octet-stream"


class Service(Protocol):
    """A hub service, as the cores see it."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask for a path below the service's ``api/``; return the JSON answer, None for 204.

        Raises
        ------
        ServiceError
            The service answered with an error.
        Unavailable
            The service is not configured, does not answer, or answers no JSON.
        """
        ...

    async def send(self, path: str, content: bytes) -> None:
        """Put bytes at a path below the service's ``api/``; see `request` for what is raised."""
        ...

    async def fetch(self, path: str) -> bytes:
        """Return the bytes at a path below the service's ``api/``; see `request`."""
        ...


class ServiceClient:
    """A hub service, over HTTP.

    Parameters
    ----------
    name
        For sentences: ``shares`` or ``schedules``.
    url
        Base URL of the service; None outside Lodge, where each request fails with a sentence.
    token
        The token of the user's server; sent as a header, never logged.
    connect_timeout, request_timeout
        In seconds.
    """

    def __init__(
        self,
        name: str,
        url: str | None,
        token: str | None,
        *,
        connect_timeout: float = CONNECT_TIMEOUT_S,
        request_timeout: float = REQUEST_TIMEOUT_S,
    ) -> None:
        self.name = name
        self._url = url.rstrip("/") + "/api/" if url else None
        self._token = token
        self._connect_timeout = connect_timeout
        self._request_timeout = request_timeout
        self._http: AsyncHTTPClient | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask for a path below the service's ``api/``; see `Service.request`."""
        response = await self._ask(
            method,
            path + (f"?{urlencode(query)}" if query else ""),
            None if body is None else json.dumps(body, allow_nan=False).encode(),
        )
        return self._answer(response)

    async def send(self, path: str, content: bytes) -> None:
        """Put bytes; see `Service.send`."""
        self._answer(await self._ask("PUT", path, content, kind=BYTES, seconds=BYTES_TIMEOUT_S))

    async def fetch(self, path: str) -> bytes:
        """Return bytes; see `Service.fetch`."""
        response = await self._ask("GET", path, None, seconds=BYTES_TIMEOUT_S)
        kind = response.headers.get("Content-Type", "")
        if response.code != 200 or kind != BYTES:
            self._answer(response)
            raise self._down()
        return bytes(response.body)

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        *,
        kind: str = "application/json",
        seconds: float | None = None,
    ) -> HTTPResponse:
        if self._url is None or not self._token:
            raise Unavailable(
                "not_configured",
                f"This server runs outside Lodge, so there is no {self.name} service to ask; "
                "start it from Lodge's hub.",
            )
        return await self._fetch(
            HTTPRequest(
                self._url + path,
                method=method,
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Accept": f"application/json, {BYTES}",
                    "Content-Type": kind,
                },
                body=body,
                connect_timeout=self._connect_timeout,
                request_timeout=seconds or self._request_timeout,
                follow_redirects=False,
                decompress_response=True,
                allow_nonstandard_methods=True,
            )
        )

    async def _fetch(self, request: HTTPRequest) -> HTTPResponse:
        if self._http is None:
            self._http = AsyncHTTPClient(
                force_instance=True, max_clients=32, max_body_size=MAX_BODY_BYTES
            )
        try:
            return await self._http.fetch(request, raise_error=False)
        except HTTPTimeoutError:
            raise self._timed_out() from None
        except OSError:
            raise self._unreachable() from None

    def _answer(self, response: HTTPResponse) -> Any:
        if response.code == 599:
            if isinstance(response.error, HTTPTimeoutError):
                raise self._timed_out()
            raise self._unreachable()
        if response.code == 204:
            return None
        try:
            answer = json.loads(response.body)
        except ValueError:
            # The hub's proxy answers for a service that is down, with a page of its own.
            raise self._down() from None
        if 200 <= response.code < 300:
            return answer
        message, reason = "", ""
        if isinstance(answer, dict):
            message = str(answer.get("message") or "")
            reason = str(answer.get("reason") or "")
        raise ServiceError(
            response.code if response.code >= 400 else 502,
            reason or "service_refused",
            message or f"The {self.name} service refused without saying why.",
        )

    def _down(self) -> Unavailable:
        return Unavailable(
            "service_unavailable",
            f"The {self.name} service is not running at the moment; "
            "try again in a minute, and tell an administrator if it stays so.",
            status=502,
        )

    def _unreachable(self) -> Unavailable:
        return Unavailable(
            "service_unreachable",
            f"The {self.name} service cannot be reached; "
            "try again in a minute, and tell an administrator if it stays so.",
        )

    def _timed_out(self) -> Unavailable:
        return Unavailable(
            "service_timeout",
            f"The {self.name} service did not answer within {self._request_timeout:g} s; "
            "try again in a minute.",
            status=504,
        )
