"""Checks of id tokens."""

from __future__ import annotations

import hmac
from typing import Any

import jwt

#: Signature algorithms that are accepted; `none` and shared-secret ones are not among them.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: How far the clocks of provider and hub may differ: seconds.
LEEWAY_S = 60


class IdTokenError(Exception):
    """The id token is not one that this provider made for this client and this sign-in."""


def key_id(token: str) -> str | None:
    """Return the id of the key that `token` claims to be signed with.

    Raises
    ------
    IdTokenError
        It is no JSON Web Token.
    """
    try:
        return jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise IdTokenError(f"The id token can't be read: {error}") from error


def has_key(keys: dict[str, Any], kid: str | None) -> bool:
    """Tell whether the key set holds the key `kid` (any key where the token names none)."""
    return any(kid is None or key.get("kid") == kid for key in keys.get("keys", ()))


def verify_id_token(
    token: str,
    keys: dict[str, Any],
    *,
    issuer: str,
    client_id: str,
    nonce: str | None = None,
) -> dict[str, Any]:
    """Return the claims of an id token after the checks of OpenID Connect Core 1.0, 3.1.3.7.

    Parameters
    ----------
    token
        The encoded token.
    keys
        The provider's JSON Web Key Set.
    issuer, client_id
        What ``iss`` and ``aud`` must say.
    nonce
        What ``nonce`` must say; None, for refreshed tokens, leaves it unchecked.

    Raises
    ------
    IdTokenError
        A check failed; the message says which.
    """
    kid = key_id(token)
    found = [key for key in keys.get("keys", ()) if kid is None or key.get("kid") == kid]
    if not found:
        raise IdTokenError("The id token is signed with a key that the provider does not publish.")
    # A key may say which algorithm it is for; where it doesn't, every one of its kind is right.
    allowed = [one for one in ALGORITHMS if found[0].get("alg", one) == one]
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(found[0]).key,
            algorithms=allowed,
            issuer=issuer,
            audience=client_id,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWTError as error:
        raise IdTokenError(f"The id token is not valid: {error}") from error
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        raise IdTokenError("The id token was made for another client.")
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")), nonce):
        raise IdTokenError("The id token belongs to another sign-in.")
    return claims
