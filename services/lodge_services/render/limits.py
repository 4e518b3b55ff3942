"""How much of a notebook is shown; what is cut is marked, and the download has it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .svg import Raster

TEXT_LIMIT = 100_000
"""Characters of one text output, or of one cell's source."""

HTML_LIMIT = 500_000
"""Characters of one HTML output, before it is cleaned."""

IMAGE_LIMIT = 6_000_000
"""Characters of one image in base64."""

CELL_LIMIT = 2_000
"""Cells of one notebook."""

TOTAL_LIMIT = 20_000_000
"""Characters of the whole page; outputs after that are left out."""


PARSE_LIMIT = 5_000_000
"""Characters of Markdown and HTML of one notebook that are parsed; the rest shows as text."""

FORMULA_LIMIT = 1_000
"""Formulas of one cell; those after that show as source."""


@dataclass
class Work:
    """What may still be parsed of a notebook."""

    left: int = PARSE_LIMIT
    pictures: Sequence[Raster | None] = ()
    """Of the notebook's charts, by their numbers."""
    charts: int = 0
    """How many charts have been read."""
    widgets: Mapping[str, Any] = field(default_factory=dict)
    """States of the notebook's widgets, by their ids."""

    def next_chart(self) -> int:
        """Return the number of the chart that is read now."""
        self.charts += 1
        return self.charts - 1

    def may_parse(self, text: str) -> bool:
        """Take the work that parsing `text` needs; False when that is too much."""
        if len(text) > self.left:
            return False
        self.left -= len(text)
        return True


@dataclass
class Room:
    """What is left of a page."""

    left: int = TOTAL_LIMIT

    def take(self, html: str) -> bool:
        """Take the room that `html` needs; False when there is not enough."""
        if len(html) > self.left:
            return False
        self.left -= len(html)
        return True


def cut(text: str, limit: int) -> tuple[str, int]:
    """Return at most `limit` characters of `text`, and how many were left out."""
    return text[:limit], max(0, len(text) - limit)
