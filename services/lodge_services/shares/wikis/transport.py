"""HTTP to a wiki: what comes of a request, whatever stands between Lodge and the wiki."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from .base import Unreachable

TIMEOUT = 30.0
"""Seconds without an answer after which a wiki counts as one that can't be reached."""

_AGENT = "Lodge (shares notebooks)"
_REDIRECTS = 5


class Transport:
    """Requests to one wiki.

    Parameters
    ----------
    url
        An address of the wiki.
    speaks
        Tells whether the wiki itself has answered, and not what stands before it: such an answer is
        returned even if its status is one of a server's trouble.
    timeout
        Seconds.
    """

    def __init__(
        self, url: str, speaks: Callable[[httpx.Response], bool], timeout: float = TIMEOUT
    ) -> None:
        self.host = urlsplit(url).hostname or "the address that was given"
        self.client = httpx.Client(timeout=timeout, headers={"User-Agent": _AGENT})
        self._speaks = speaks

    def close(self) -> None:
        """End the connections."""
        self.client.close()

    def send(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        """Return the answer to a request; only what is read follows redirects, on the same host.

        Raises
        ------
        Unreachable
            There is none, or it says that the server is in trouble or too busy.
        """
        try:
            response = self.client.request(method, url, **arguments)
            for _ in range(_REDIRECTS):
                target = response.next_request
                # What is sent again goes to the same host only; what is posted is not sent again.
                if method != "GET" or target is None or target.url.host != response.url.host:
                    break
                response = self.client.send(target)
        except httpx.TimeoutException:
            raise Unreachable(
                f"The wiki at {self.host} took too long to answer; it is tried again."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(
                f"The wiki at {self.host} can't be reached ({type(error).__name__}); it is "
                "tried again."
            ) from None
        status = response.status_code
        if (status == 429 or status >= 500) and not self._speaks(response):
            raise Unreachable(
                f"The wiki at {self.host} answers {status}; it is tried again.",
                after=retry_after(response),
            )
        return response


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that an answer asks to wait for, be they a date; None if it does not."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
