"""Keys that a service makes for itself once, and keeps."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

#: Bytes of a key.
LENGTH = 32


class DamagedKeyError(Exception):
    """A file does not hold the key that it should."""


def kept_key(path: Path) -> bytes:
    """Return the key of 32 bytes that a file holds, made at first, for its owner's eyes alone.

    Raises
    ------
    DamagedKeyError
        The file holds something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) == LENGTH:
            return key
        raise DamagedKeyError(f"{path} does not hold a key of {LENGTH} bytes") from None
    key = secrets.token_bytes(LENGTH)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key
