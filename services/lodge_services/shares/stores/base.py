"""What a store of immutable content is, whatever it is kept in."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Protocol

from ...errors import Gone, Unavailable

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")

SAFE_AGE = 3600.0
"""Content younger than this is never swept, in seconds: its row may be about to be written."""

log = logging.getLogger(__name__)


class MissingContent(Gone):
    """The store does not have content that it should have, or has it damaged.

    Parameters
    ----------
    what
        Which content, and what is wrong with it: for the log.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            "content_missing",
            "The notebook of this share is lost or damaged in Lodge's store; "
            "its owner can share it again.",
        )
        self.what = what
        log.error("The store has %s", what)


class StoreUnavailable(Unavailable):
    """The store can't be asked now: that says nothing of what is in it.

    Parameters
    ----------
    why
        What was asked, and what came of it, for an administrator: holds no secret.
    refused
        Whether the store has answered that it does not let Lodge in: waiting mends nothing.
    """

    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(
            "store_unavailable",
            "The store of shared notebooks can't be reached; nothing was changed or lost. "
            "Try again in a minute, and tell your administrator if it stays so.",
        )
        self.why = why
        self.refused = refused


class ContentStore(Protocol):
    """Where immutable content is kept."""

    def put(self, content: bytes) -> str:
        """Keep `content` and return its SHA-256 digest in hexadecimal.

        No sweep takes it for half an hour at least: within that its row is to be written.

        Raises
        ------
        StoreUnavailable
            The store can't be asked.
        """
        ...

    def get(self, digest: str) -> bytes:
        """Return the content of `digest`.

        Raises
        ------
        MissingContent
            It is not there, or not what it was.
        StoreUnavailable
            The store can't be asked.
        """
        ...

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Delete old content that is not `wanted`; return how many pieces.

        Parameters
        ----------
        wanted
            Tells whether a row names a digest; asked for each piece just before it would go.
        """
        ...


def checked(digest: str) -> str:
    """Return a digest that is one, and nothing else: it becomes part of a path.

    Raises
    ------
    MissingContent
        It is no SHA-256 digest in hexadecimal.
    """
    if not _DIGEST.match(digest):
        raise MissingContent(f"{digest!r} is no digest")
    return digest
