"""A version of a share as one file of HTML, which needs nothing beside it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

from ...render.styles import has_colours

_SHEETS = ("lodge.css", "shares.css", "render.css")
_FONT = re.compile(r'url\("([\w.-]+\.woff2)"\)')


def styles(find: Callable[[str], Path | None], html: str) -> str:
    """Return the style sheets that a page needs, as text for its ``<style>``.

    Parameters
    ----------
    find
        Returns the file of a static name.
    html
        What is shown: colours and the font of formulas are left out where it has none.
    """
    sheets = [*_SHEETS, *(["render-colours.css"] if has_colours(html) else [])]
    text = "\n".join(_read(find, name).decode() for name in sheets)

    def font(found: re.Match[str]) -> str:
        data = base64.b64encode(_read(find, found[1])).decode() if "<math" in html else ""
        return f'url("data:font/woff2;base64,{data}")'

    # Nothing in it can end the element that it is in.
    return _FONT.sub(font, text).replace("</", "<\\/")


def _read(find: Callable[[str], Path | None], name: str) -> bytes:
    path = find(name)
    if path is None:
        raise FileNotFoundError(f"No static folder has {name}.")
    return path.read_bytes()
