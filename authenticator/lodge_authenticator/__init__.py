"""Single sign-on for Lodge: any OpenID Connect provider, by its discovery document."""

from .authenticator import LodgeAuthenticator
from .discovery import Discovery, DiscoveryError
from .tokens import IdTokenError, verify_id_token

__all__ = [
    "Discovery",
    "DiscoveryError",
    "IdTokenError",
    "LodgeAuthenticator",
    "verify_id_token",
]
