"""Maps of folium: pages of Leaflet within an output, what they show, and their page for a frame.

A map is what its own script draws. It runs in a frame alone, which has no origin and reaches
nothing: that is what keeps it, not what is left out of the page here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from .facts import facts
from .tree import Rich
from .words import Words

_FRAME = re.compile(r"<iframe\b", re.IGNORECASE)
_WITHIN = re.compile(r'\b(srcdoc|src|data-html)="([^"]*)"', re.IGNORECASE)
_DATA = re.compile(r"data:text/html(?:;charset=[\w-]+)?(;base64)?,", re.IGNORECASE)
_IS_MAP = re.compile(r"\bL\.map\(")
_RATIO = re.compile(r"padding-bottom:\s*(\d{1,3}(?:\.\d{1,4})?)%")
_HEIGHT = re.compile(r'\bheight(?:="|:\s*)(\d{2,4})(?:px)?["; ]')
_SCRIPT = re.compile(r"<script\b([^<>]*)>\s*</script\s*>", re.IGNORECASE)
_SHEET = re.compile(r"<(?:link|base|meta)\b[^<>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
#: By the end of its address, what the libraries of Lodge's own stand in for.
_KNOWN = re.compile(
    r"(?:^|[-/])(?:leaflet(?:-src)?|jquery[-\w.]*?|bootstrap(?:\.bundle)?|leaflet\.awesome-markers"
    r"|leaflet\.markercluster(?:-src)?|leaflet[_-]heat|d3(?:\.v3)?|Control\.FullScreen"
    r"|Control\.MiniMap)(?:\.min)?\.js\Z"
)
_COUNTED = (
    ("Markers: {count}", r"\bL\.marker\("),
    ("Circles: {count}", r"\bL\.circle(?:Marker)?\("),
    ("Lines and areas: {count}", r"\bL\.(?:polyline|polygon|rectangle)\("),
    ("Shapes of GeoJSON: {count}", r'"type":\s*"Feature"'),
    ("Layers of heat: {count}", r"\bL\.heatLayer\("),
    ("Pictures laid over it: {count}", r"\bL\.imageOverlay\("),
)


@dataclass(frozen=True)
class MapPage:
    """The page of a map, for a frame.

    Attributes
    ----------
    html
        Without the libraries that it asks the network for.
    missing
        Names of scripts that nothing of Lodge's stands in for.
    """

    html: str
    missing: tuple[str, ...]


def folium_map(html: Any) -> dict[str, Any] | None:
    """Return the page of the map within an output's HTML, and its shape; None for no map."""
    if not isinstance(html, str):
        return None
    frame = _FRAME.search(html)
    if frame is None:
        return None
    for found in _WITHIN.finditer(html, frame.end()):
        page = _page(found[1].lower(), found[2])
        if page is not None and _IS_MAP.search(page):
            around = (
                html[max(0, frame.start() - 2_000) : frame.end()]
                + html[found.end() : found.end() + 2_000]
            )
            return {"page": page, **_shape(around)}
    return None


def told_map(spec: str, words: Words) -> Rich:
    """Return in words what a map shows."""
    page = json.loads(spec)["page"]
    counted = ((message, len(re.findall(pattern, page))) for message, pattern in _COUNTED)
    lines = [words(message, count=f"{count:,}") for message, count in counted if count]
    return facts(words("Map"), lines)


def map_page(page: str) -> MapPage:
    """Return a map's page without what it would ask the network for."""
    missing: list[str] = []

    def script(found: re.Match[str]) -> str:
        source = _SOURCE.search(found[1])
        if source is None:
            return found[0]
        path = urlsplit(unescape(source[1])).path
        if not _KNOWN.search(path):
            missing.append(path.rpartition("/")[2][:60])
        return ""

    shown = _SCRIPT.sub(script, _SHEET.sub("", page))
    return MapPage(shown, tuple(dict.fromkeys(filter(None, missing))))


def _page(name: str, value: str) -> str | None:
    text = unescape(value)
    if name == "srcdoc":
        return text
    if name == "src":
        begun = _DATA.match(text)
        if begun is None:
            return None
        return _decoded(text[begun.end() :]) if begun[1] else unquote(text[begun.end() :])
    # What older releases write, in either form.
    return unquote(text) if text.lower().startswith("%3c") else _decoded(text)


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(unquote(text), validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return None


def _shape(around: str) -> dict[str, float]:
    """Return a map's height in percent of its width, or in pixels, as far as it is said."""
    ratio, height = _RATIO.search(around), _HEIGHT.search(around)
    if ratio:
        return {"ratio": float(ratio[1])}
    return {"height": int(height[1])} if height else {}
