"""Pictures of a notebook, read out of it so that nothing is loaded from elsewhere.

An SVG is a picture, too: a browser runs no script inside ``<img>``.
"""

from __future__ import annotations

import base64
import binascii
import re

RASTER = ("image/png", "image/jpeg", "image/gif", "image/webp")
SVG = "image/svg+xml"
TYPES = (*RASTER, SVG)

_MAGIC = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def raster_bytes(kind: str, data: str) -> bytes | None:
    """Return the bytes of a base64 picture if it is what it says it is, else None."""
    try:
        raw = base64.b64decode(re.sub(r"\s+", "", data), validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if raw.startswith(_MAGIC.get(kind, ())) else None


def picture_bytes(kind: str, content: str) -> bytes | None:
    """Return the bytes of a picture as a notebook has it, or None when they are no such picture."""
    if kind == SVG:
        return content.encode("utf-8", "replace") if "<svg" in content else None
    return raster_bytes(kind, content)


def data_url(kind: str, content: str) -> str | None:
    """Return a ``data:`` address for a picture, or None when it cannot be one."""
    data = picture_bytes(kind, content)
    return None if data is None else f"data:{kind};base64,{base64.b64encode(data).decode()}"
