"""Pictures for wikis."""

from __future__ import annotations

import zlib

from lodge_services.shares.wikis.base import Attachment


def picture(size: int = 100, note: str = "") -> Attachment:
    """Return a PNG that is one pixel, and as long as is asked for."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + kind + content + crc

    head = chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\2\0\0\0")
    rest = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    text = chunk(b"teXt", note.encode().ljust(max(1, size), b"."))
    return Attachment("image/png", b"\x89PNG\r\n\x1a\n" + head + text + rest)
