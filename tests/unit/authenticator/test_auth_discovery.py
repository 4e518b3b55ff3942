"""The discovery document: kept for a while, fetched again for an unknown key, checked."""

import json
import time
from collections import Counter
from typing import Any

import pytest
from lodge_authenticator import Discovery, DiscoveryError, discovery

ISSUER = "https://id.example.org/realm"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/jwks",
}


class Provider:
    """A fake of the two documents a provider publishes."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.asked: Counter[str] = Counter()

    async def fetch(self, url: str) -> bytes:
        self.asked[url] += 1
        if url.endswith("/jwks"):
            return json.dumps({"keys": [{"kid": f"k{self.asked[url]}"}]}).encode()
        return json.dumps(self.document).encode()


async def test_the_document_is_fetched_once() -> None:
    provider = Provider(DOCUMENT)
    found = Discovery(f"{ISSUER}/", provider.fetch)
    assert (await found.document())["token_endpoint"] == f"{ISSUER}/token"
    await found.document()
    assert provider.asked == {f"{ISSUER}/.well-known/openid-configuration": 1}


async def test_an_unknown_key_is_looked_for_again_but_not_at_every_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = Provider(DOCUMENT)
    found = Discovery(ISSUER, provider.fetch)
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    found._keys_at = found._document_at = now - discovery.MAX_AGE_S
    assert (await found.keys())["keys"][0]["kid"] == "k1"
    assert (await found.keys(unknown=True))["keys"][0]["kid"] == "k1"
    now += discovery.MIN_AGE_S
    assert (await found.keys(unknown=True))["keys"][0]["kid"] == "k2"


async def test_a_document_of_another_issuer_is_refused() -> None:
    found = Discovery(ISSUER, Provider({**DOCUMENT, "issuer": "https://evil.example"}).fetch)
    with pytest.raises(DiscoveryError, match=r"calls itself https://evil\.example"):
        await found.document()


async def test_a_document_without_an_endpoint_names_it() -> None:
    document = {name: value for name, value in DOCUMENT.items() if name != "jwks_uri"}
    with pytest.raises(DiscoveryError, match="lacks jwks_uri"):
        await Discovery(ISSUER, Provider(document).fetch).document()


async def test_a_provider_that_is_down_is_told_with_its_address() -> None:
    async def fetch(url: str) -> bytes:
        raise OSError("connection refused")

    with pytest.raises(DiscoveryError, match=r"can't be asked at https://id\.example\.org/realm/"):
        await Discovery(ISSUER, fetch).document()
