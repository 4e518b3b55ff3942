"""Id tokens: only those that this provider made for this client and this sign-in pass."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lodge_authenticator import IdTokenError, verify_id_token

ISSUER = "https://id.example.org"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwks(key: rsa.RSAPrivateKey = KEY, kid: str = "one") -> dict[str, Any]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [{**public, "kid": kid, "alg": "RS256", "use": "sig"}]}


def token(
    key: rsa.RSAPrivateKey = KEY, kid: str = "one", algorithm: str = "RS256", **changes: Any
) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "lodge",
        "sub": "ada",
        "iat": now,
        "exp": now + 300,
        "nonce": "n1",
        **changes,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, key, algorithm=algorithm, headers={"kid": kid})


def verify(text: str, nonce: str | None = "n1", keys: dict[str, Any] | None = None) -> Any:
    return verify_id_token(text, keys or jwks(), issuer=ISSUER, client_id="lodge", nonce=nonce)


def test_a_right_token_gives_its_claims() -> None:
    assert verify(token())["sub"] == "ada"


def test_a_refreshed_token_needs_no_nonce() -> None:
    assert verify(token(nonce=None), nonce=None)["sub"] == "ada"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another"}, "udience"),
        ({"exp": int(time.time()) - 3600}, "expired"),
        ({"nonce": "n2"}, "another sign-in"),
        ({"nonce": None}, "another sign-in"),
        ({"sub": None}, "sub"),
        ({"aud": ["lodge", "another"]}, "another client"),
    ],
)
def test_a_wrong_claim_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(IdTokenError, match=said):
        verify(token(**changes))


def test_a_token_signed_with_another_key_of_the_same_name_is_refused() -> None:
    with pytest.raises(IdTokenError, match="Signature"):
        verify(token(OTHER_KEY))


def test_a_token_signed_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(IdTokenError, match="does not publish"):
        verify(token(OTHER_KEY, kid="two"))


def test_an_unsigned_token_is_refused() -> None:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "lodge",
        "sub": "ada",
        "iat": now,
        "exp": now + 9,
        "nonce": "n1",
    }
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "one"})
    with pytest.raises(IdTokenError):
        verify(unsigned, nonce=None)


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() -> None:
    public = jwks()["keys"][0]["n"]
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "lodge",
        "sub": "ada",
        "iat": now,
        "exp": now + 9,
        "nonce": "n1",
    }
    forged = jwt.encode(claims, public, algorithm="HS256", headers={"kid": "one"})
    with pytest.raises(IdTokenError):
        verify(forged, nonce=None)


def test_a_key_that_names_no_algorithm_takes_each_of_its_kind() -> None:
    keys = jwks()
    del keys["keys"][0]["alg"]
    assert verify(token(algorithm="RS512"), keys=keys)["sub"] == "ada"


def test_a_key_is_used_with_the_algorithm_that_it_names() -> None:
    with pytest.raises(IdTokenError, match="alg"):
        verify(token(algorithm="RS512"))


def test_what_is_no_token_is_refused() -> None:
    with pytest.raises(IdTokenError, match="can't be read"):
        verify("not.a.token")
