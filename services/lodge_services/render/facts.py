"""What is said in place of something that can't be drawn: a head and a list."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .formulas import Formulas
from .tree import Rich

LENGTH = 200
"""Characters of one fact."""

COUNT = 50
"""Facts of one list."""


def facts(head: str, lines: Sequence[str]) -> Rich:
    """Return a head and lines below it as a block; either may be missing.

    Parameters
    ----------
    head, lines
        Plain text; what is too long is cut.
    """
    items = "".join(f"<li>{_text(line)}</li>" for line in lines[:COUNT])
    if len(lines) > COUNT:
        items += "<li>…</li>"
    html = f"<p><strong>{_text(head)}</strong></p>" if head else ""
    html += f"<ul>{items}</ul>" if items else ""
    return Rich(html, Formulas(), "html", "\n".join([head, *lines]))


def _text(text: str) -> str:
    joined = " ".join(text.split())
    return escape(joined if len(joined) <= LENGTH else f"{joined[:LENGTH]}…", quote=False)
