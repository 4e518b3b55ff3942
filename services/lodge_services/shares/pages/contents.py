"""The headings of a notebook that is shown, for the list of its contents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape

HEADINGS = 200
"""Headings that are listed."""

_HEADING = re.compile(r'<h([2-6]) id="(nb-h-[^"]+)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Heading:
    """A heading.

    Attributes
    ----------
    anchor
        Where it is on the page.
    level
        How deep below the highest one that is listed, from 0.
    text
        What it says.
    """

    anchor: str
    level: int
    text: str


def headings(html: str) -> Sequence[Heading]:
    """Return the headings of a rendered notebook; none where there are fewer than three.

    Parameters
    ----------
    html
        As the renderer has made it.
    """
    found = [
        (int(level), unescape(anchor), " ".join(unescape(_TAG.sub("", text)).split()))
        for level, anchor, text in _HEADING.findall(html)
    ]
    named = [one for one in found if one[2]][:HEADINGS]
    if len(named) < 3:
        return ()
    top = min(level for level, _, _ in named)
    return [Heading(anchor, level - top, text) for level, anchor, text in named]
