"""The driver of a session: requests to its UI and its REST API, signed, with sentences for faults.

The driver listens on the loopback, where every user of the machine can knock: it answers only
requests that carry a token signed with the session's own secret.
"""

from __future__ import annotations

import base64
import ssl
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import jwt

from ..errors import NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from .files import SessionFile

CONNECT_TIMEOUT_S = 2.0
API_TIMEOUT_S = 10.0
"""For one answer. The first one takes a driver some seconds, where processors are few."""
PAGE_TIMEOUT_S = 60.0
TOKEN_LIFE_S = 120

# A client makes a context of its own otherwise, with the system's certificates: 30 ms each.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Driver:
    """The driver of one session.

    Parameters
    ----------
    session
        Where it listens, and the secret.

    Raises
    ------
    Unavailable
        The session's UI is off, so that nothing listens, or its driver is a server's.
    """

    def __init__(self, session: SessionFile) -> None:
        if session.connect is not None:
            raise Unavailable(
                "spark_elsewhere",
                f"This session's driver is that of {session.master}: its executors, jobs and "
                "cached data are in that server's own Spark UI.",
            )
        if session.ui is None:
            raise Unavailable(
                "no_spark_ui",
                f"The Spark UI of “{session.name}” is off, so there is nothing to look at; "
                "run “%%spark --restart --conf spark.ui.enabled=true” in its notebook.",
            )
        self.session = session
        self.ui = session.ui

    def headers(self) -> dict[str, str]:
        """Return what proves that a request is the owner's."""
        if self.session.key is None:
            return {}
        padded = self.session.key + "=" * (-len(self.session.key) % 4)
        claims = {"exp": int(time.time()) + TOKEN_LIFE_S}
        token = jwt.encode(claims, base64.urlsafe_b64decode(padded), algorithm="HS256")
        return {"Authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def client(self, patience: float) -> AsyncIterator[httpx.AsyncClient]:
        """Open a client of the UI; what goes wrong inside is told in a sentence.

        Parameters
        ----------
        patience
            With each read, in seconds.

        Raises
        ------
        Unavailable
            The driver is gone, or does not answer in time.
        """
        try:
            async with httpx.AsyncClient(
                base_url=self.ui,
                headers=self.headers(),
                timeout=httpx.Timeout(patience, connect=CONNECT_TIMEOUT_S),
                verify=_NO_TLS,
                trust_env=False,  # The loopback is not reached through a proxy.
                follow_redirects=False,
            ) as client:
                yield client
        except (httpx.TimeoutException, TimeoutError):
            raise self.silent() from None
        except httpx.HTTPError:
            raise Unavailable(
                "spark_gone",
                f"The driver of “{self.session.name}” cannot be reached; "
                "its session has ended or is just ending.",
            ) from None

    @asynccontextmanager
    async def api(self) -> AsyncIterator[Api]:
        """Open the driver's REST API on the application."""
        async with self.client(API_TIMEOUT_S) as client:
            yield Api(self, client)

    def silent(self) -> Unavailable:
        """Return what is told while the driver does not answer."""
        return Unavailable(
            "spark_silent",
            f"The driver of “{self.session.name}” does not answer at the moment; "
            "it may be busy, or short of memory.",
            status=504,
        )


class Api:
    """Questions to a driver's REST API about its one application."""

    def __init__(self, driver: Driver, client: httpx.AsyncClient) -> None:
        self._driver, self._client = driver, client
        self._base = f"/api/v1/applications/{driver.session.application}"

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the answer to a path below the application.

        Raises
        ------
        NotFound
            There is no such thing, or no longer.
        Unavailable
            The driver refuses, or answers nonsense.
        """
        response = await self._client.get(f"{self._base}/{path}", params=query)
        if response.status_code == 404:
            raise NotFound("not_in_spark", f"Spark no longer knows {path}.")
        if response.status_code in {401, 403}:
            raise Unavailable(
                "spark_refused",
                f"The driver of “{self._driver.session.name}” refuses its owner; restart its "
                "session with “%%spark --restart”.",
                status=502,
            )
        try:
            return response.raise_for_status().json()
        except (httpx.HTTPStatusError, ValueError):
            raise Unavailable(
                "spark_nonsense",
                f"The driver of “{self._driver.session.name}” answered {path} with status "
                f"{response.status_code} and nothing that can be shown.",
                status=502,
            ) from None
