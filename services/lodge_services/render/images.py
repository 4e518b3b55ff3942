"""Pictures of a notebook, inlined so that nothing is loaded from elsewhere.

An SVG is shown as a picture, too: a browser runs no script inside ``<img>``.
"""

from __future__ import annotations

import base64
import binascii
import re
from html import escape
from typing import Any

from .limits import IMAGE_LIMIT
from .words import Words

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


def data_url(kind: str, data: str) -> str | None:
    """Return a ``data:`` address for a picture, or None when it cannot be one."""
    if kind == SVG:
        encoded = base64.b64encode(data.encode("utf-8", "replace")).decode()
        return f"data:{SVG};base64,{encoded}" if "<svg" in data else None
    raw = raster_bytes(kind, data)
    return None if raw is None else f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def image_html(kind: str, data: str, metadata: Any, *, alt: str, words: Words) -> str:
    """Return an ``<img>`` of a picture, or a note that says why it is not shown."""
    if len(data) > IMAGE_LIMIT:
        return note(
            words("This picture is too large to be shown here; the downloaded notebook has it.")
        )
    address = data_url(kind, data)
    if address is None:
        return note(words("This picture could not be read."))
    size = ""
    about = metadata.get(kind) if isinstance(metadata, dict) else None
    if isinstance(about, dict):
        for side in ("width", "height"):
            value = about.get(side)
            if isinstance(value, int | float) and 0 < value < 10_000:
                size += f' {side}="{int(value)}"'
    return f'<img class="nb-image" src="{address}" alt="{escape(alt)}"{size} loading="lazy">'


def note(message: str) -> str:
    """Return a calm line about something that is not shown."""
    return f'<p class="nb-note">{escape(message)}</p>'
