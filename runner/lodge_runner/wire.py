"""The kernel messaging protocol (5.3), as much of it as a runner needs.

``jupyter_client`` speaks it too, but importing it takes longer than a short run, and its channels
read messages no faster than their outputs are handled.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DELIMITER = b"<IDS|MSG>"
PROTOCOL_VERSION = "5.3"
_DEPTH = 500  # of nested JSON, well below what Python can write


@dataclass(slots=True)
class Message:
    """A message from the kernel.

    Attributes
    ----------
    type
        Such as ``stream`` or ``execute_reply``.
    parent
        Id of the request that it answers; empty without one.
    date
        When the kernel sent it, ISO 8601.
    content
        The body.
    buffers
        Binary parts (widgets).
    """

    type: str
    parent: str
    date: str
    content: dict[str, Any]
    buffers: list[bytes]


class Wire:
    """Packs and unpacks signed messages.

    Parameters
    ----------
    key
        Shared secret of the connection.
    """

    def __init__(self, key: bytes) -> None:
        self.session = os.urandom(16).hex()
        self._key = key
        self._count = 0
        # Thousands of messages answer the same request: its header is read once.
        self._parent_part, self._parent = b"", ""

    def pack(self, type_: str, content: dict[str, Any]) -> tuple[str, list[bytes]]:
        """Return the id and the frames of a new request."""
        self._count += 1
        msg_id = f"{self.session}_{self._count}"
        header = {
            "msg_id": msg_id,
            "msg_type": type_,
            "username": "lodge-run",
            "session": self.session,
            "date": now_text(),
            "version": PROTOCOL_VERSION,
        }
        parts = [_encode(header), b"{}", b"{}", _encode(content)]
        return msg_id, [DELIMITER, self._sign(parts), *parts]

    def unpack(self, frames: list[bytes]) -> Message | None:
        """Return the message in some frames, or None when its signature or form is wrong."""
        try:
            at = frames.index(DELIMITER)
            signature, *parts = frames[at + 1 : at + 6]
            if len(parts) != 4 or not hmac.compare_digest(signature, self._sign(parts)):
                return None
            header, content = _decode(parts[0]), _decode(parts[3])
            if not isinstance(content, dict) or _is_deep(content, parts[3]):
                return None
            if parts[1] != self._parent_part:
                self._parent = str(_decode(parts[1]).get("msg_id", ""))
                self._parent_part = parts[1]
            return Message(
                type=str(header["msg_type"]),
                parent=self._parent,
                date=str(header.get("date", "")),
                content=content,
                buffers=frames[at + 6 :],
            )
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return None

    def _sign(self, parts: list[bytes]) -> bytes:
        return hmac.digest(self._key, b"".join(parts), "sha256").hex().encode()


def _is_deep(content: Any, data: bytes) -> bool:
    """Return whether a value is nested deeper than it could be written again."""
    if data.count(b"[") + data.count(b"{") < _DEPTH:
        return False
    layer = [content]
    for _ in range(_DEPTH):
        layer = [
            inner
            for value in layer
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True


def now_text() -> str:
    """Return the time, in UTC, as ISO 8601 with microseconds and a Z."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _encode(value: dict[str, Any]) -> bytes:
    # Kernels expect UTF-8, which has no lone surrogates; escaped, they pass.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _decode(data: bytes) -> Any:
    return json.loads(data.decode("utf-8", "replace"))
