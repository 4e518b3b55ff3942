"""SVG as PNG, for those who show no SVG; nothing is loaded from elsewhere: no file, no address.

An SVG of a few lines can keep a renderer busy for ever or fill the memory, so each has a process of
its own, with bounds. Run as a program, this reads an SVG from its input and writes a PNG.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from xml.etree import ElementTree

SECONDS = 10
"""How long one SVG may take."""

SIDE = 2_400
"""Pixels of the longer side of the PNG, at most."""

_MEMORY = 2 << 30
_DENSITY = 2
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_PICTURE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)
_ELSEWHERE = re.compile(r"""url\(\s*(?!["']?\s*#)[^)]*\)?|@import[^;]*;?""", re.IGNORECASE)
_LENGTH = re.compile(
    r"\s*([0-9]*\.?[0-9]+(?:e[0-9]+)?)\s*(px|pt|pc|mm|cm|in|em|)\s*\Z", re.IGNORECASE
)
_PIXELS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 9.6 / 2.54,
    "em": 16.0,
}


@dataclass(frozen=True)
class Raster:
    """A picture of pixels.

    Attributes
    ----------
    png
        Its bytes.
    width, height
        How large it is shown, in CSS pixels; it has more pixels than those, for sharp screens.
    """

    png: bytes
    width: int
    height: int


def svg_raster(svg: bytes) -> Raster | None:
    """Return an SVG as a picture of pixels, or None when it can't be one.

    Parameters
    ----------
    svg
        Anything.
    """
    try:
        closed = _closed(svg)
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return None
    if closed is None:
        return None
    text, width, height = closed
    zoom = min(_DENSITY, SIDE / max(width, height))
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__, str(zoom)],
            input=text, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        return None
    return Raster(done.stdout, max(1, round(width)), max(1, round(height)))


def _closed(svg: bytes) -> tuple[bytes, float, float] | None:
    """Return an SVG that names nothing outside of itself, with its size."""
    if b"<!ENTITY" in svg.upper():
        return None  # a few of them in each other are larger than any memory
    root = ElementTree.fromstring(svg)  # noqa: S314  (no entities, and nothing is loaded)
    if root.tag.rpartition("}")[2] != "svg":
        return None
    size = _size(root)
    if size is None:
        return None
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or not _is_kept(child):
                parent.remove(child)
        for name, value in list(parent.attrib.items()):
            if name not in _HREFS:
                parent.set(name, _ELSEWHERE.sub("none", value))
        if parent.tag.rpartition("}")[2] == "style":
            parent.text = _ELSEWHERE.sub("none", parent.text or "")
    # The size that the limit was reckoned with.
    root.set("width", f"{size[0]:.3f}")
    root.set("height", f"{size[1]:.3f}")
    return ElementTree.tostring(root), *size


def _is_kept(element: ElementTree.Element) -> bool:
    tag = element.tag.rpartition("}")[2]
    if tag in ("script", "foreignObject"):
        return False
    targets = [element.attrib[name] for name in _HREFS if name in element.attrib]
    if tag in ("image", "feImage"):
        return all(_PICTURE.match(one) or one.strip().startswith("#") for one in targets)
    return tag == "a" or all(one.strip().startswith("#") for one in targets)


def _size(root: ElementTree.Element) -> tuple[float, float] | None:
    box = [float(one) for one in re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", root.get("viewBox", ""))]
    inner = (box[2], box[3]) if len(box) == 4 and min(box[2:]) > 0 else None
    width, height = _length(root.get("width")), _length(root.get("height"))
    if inner is not None:
        if width is None and height is None:
            width, height = inner
        elif width is None and height is not None:
            width = height * inner[0] / inner[1]
        elif height is None and width is not None:
            height = width * inner[1] / inner[0]
    if width is None or height is None:
        return None
    if not (0 < width < 100_000 and 0 < height < 100_000 and 0.001 < width / height < 1000):
        return None
    return width, height


def _length(value: str | None) -> float | None:
    found = _LENGTH.match(value or "")
    return float(found[1]) * _PIXELS[found[2].lower()] if found else None


def draw(svg: str, zoom: float, *, fonts: bool) -> bytes:
    """Return a PNG of an SVG that is known to be closed and small, in this process.

    Parameters
    ----------
    svg
        The picture.
    zoom
        Pixels of the PNG for one of the picture's.
    fonts
        Whether it has text.
    """
    import resvg_py

    if not fonts:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=zoom, skip_system_fonts=True))
    # One that is always there, for whatever the machine has not; without it such text is left out.
    file = files("ziafont") / "fonts" / "DejaVuSans.ttf"
    name = "DejaVu Sans"
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=zoom,
            font_files=[str(file)],
            font_family=name,
            sans_serif_family=name,
            serif_family=name,
            cursive_family=name,
            fantasy_family=name,
            monospace_family=name,
        )
    )


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    svg = sys.stdin.buffer.read().decode()
    sys.stdout.buffer.write(draw(svg, float(sys.argv[1]), fonts=True))


if __name__ == "__main__":
    _main()
