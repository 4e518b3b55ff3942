"""What webhooks are reached by: encrypted, by a key that lies beside the database and not in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from cryptography.fernet import Fernet, InvalidToken

from .sending import RefusedError

UNREADABLE = (
    "The address can't be read any more, because Lodge's key for it was lost: remove it, and add "
    "it anew."
)


class Vault:
    """Encrypts addresses and secrets.

    Parameters
    ----------
    key
        32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def closed(self, url: str, secret: str) -> str:
        """Return an address and a secret, encrypted."""
        return self._fernet.encrypt(json.dumps([url, secret]).encode()).decode()

    def opened(self, text: str) -> tuple[str, str]:
        """Return the address and the secret again.

        Raises
        ------
        RefusedError
            They can't be read.
        """
        try:
            url, secret = json.loads(self._fernet.decrypt(text.encode()))
        except (InvalidToken, ValueError):
            raise RefusedError(UNREADABLE) from None
        return str(url), str(secret)

    def mark(self, text: str) -> str:
        """Return what is the same for the same text, and tells nothing of it."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
