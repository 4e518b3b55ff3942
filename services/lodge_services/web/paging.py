"""Cursors: where the next page of a list begins.

A cursor holds the sort key of the last item that was shown, so rows that are added meanwhile
neither repeat nor hide an item. It is opaque to clients, and carries no secret.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import BadRequest

T = TypeVar("T")

DEFAULT_LIMIT = 24
MAX_LIMIT = 100


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None

    @classmethod
    def cut(cls, rows: Sequence[T], limit: int, key: Callable[[T], Sequence[str]]) -> Page[T]:
        """Make a page of at most `limit` items out of `rows`, asked for with ``limit + 1``.

        `key` gives the sort key of a row as strings.
        """
        items = list(rows[:limit])
        more = len(rows) > limit
        return cls(items, encode_cursor(key(items[-1])) if more and items else None)


def encode_cursor(key: Sequence[str]) -> str:
    """Return the opaque form of a sort key."""
    raw = json.dumps(list(key), separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str, parts: int) -> list[str]:
    """Return the sort key of `parts` strings that `cursor` holds.

    Raises
    ------
    BadRequest
        The cursor was not made by `encode_cursor`, or for another list.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        key = None
    if (
        not isinstance(key, list)
        or len(key) != parts
        or not all(isinstance(part, str) for part in key)
    ):
        raise BadRequest(
            "bad_cursor", "The cursor does not belong to this list; ask for its first page again."
        )
    return key
