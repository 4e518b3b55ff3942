"""What both fake services answer with."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def iso(time: datetime) -> str:
    """Return a time as the services write it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_id() -> str:
    """Return an id that nothing else has."""
    return secrets.token_hex(6)


class Refusal(Exception):  # noqa: N818
    """An error as the services answer it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason
