"""The provider's discovery document and keys, fetched when needed and kept for a while."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

#: How long document and keys are kept: seconds.
MAX_AGE_S = 3600.0
#: Keys are not fetched more often than this, however many tokens name an unknown one: seconds.
MIN_AGE_S = 10.0

Fetch = Callable[[str], Awaitable[bytes]]


class DiscoveryError(Exception):
    """The provider could not be asked, or its answer can't be used."""


class Discovery:
    """Endpoints and signing keys of one issuer.

    Parameters
    ----------
    issuer
        The issuer's URL. The document is read from ``{issuer}/.well-known/openid-configuration``
        (OpenID Connect Discovery 1.0, section 4).
    fetch
        Coroutine function that returns the body of a URL.
    """

    REQUIRED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self.issuer = issuer.rstrip("/")
        self._fetch = fetch
        self._document: dict[str, Any] = {}
        self._document_at = -MAX_AGE_S
        self._keys: dict[str, Any] = {"keys": []}
        self._keys_at = -MAX_AGE_S

    async def document(self) -> dict[str, Any]:
        """Return the discovery document.

        Raises
        ------
        DiscoveryError
            The provider does not answer, or answers for another issuer.
        """
        if time.monotonic() - self._document_at < MAX_AGE_S:
            return self._document
        document = await self._json(f"{self.issuer}/.well-known/openid-configuration")
        said = str(document.get("issuer", "")).rstrip("/")
        if said != self.issuer:
            raise DiscoveryError(
                f"The identity provider at {self.issuer} calls itself {said or 'nothing'}; set "
                "identity.issuer to the name it uses."
            )
        if missing := [name for name in self.REQUIRED if not document.get(name)]:
            raise DiscoveryError(
                f"The discovery document of {self.issuer} lacks {', '.join(missing)}."
            )
        self._document, self._document_at = document, time.monotonic()
        return document

    async def keys(self, *, unknown: bool = False) -> dict[str, Any]:
        """Return the provider's JSON Web Key Set.

        Parameters
        ----------
        unknown
            Whether a token named a key that the kept set lacks: the provider may have begun to
            sign with a new one, so the set is fetched again.
        """
        age = time.monotonic() - self._keys_at
        if age >= MAX_AGE_S or (unknown and age >= MIN_AGE_S):
            document = await self.document()
            self._keys, self._keys_at = await self._json(document["jwks_uri"]), time.monotonic()
        return self._keys

    async def _json(self, url: str) -> dict[str, Any]:
        try:
            value = json.loads(await self._fetch(url))
        except (OSError, ValueError) as error:
            raise DiscoveryError(
                f"The identity provider can't be asked at {url}: {error}. "
                "Check that it runs and that identity.issuer names it."
            ) from error
        if not isinstance(value, dict):
            raise DiscoveryError(f"The identity provider's answer at {url} is no JSON object.")
        return value
