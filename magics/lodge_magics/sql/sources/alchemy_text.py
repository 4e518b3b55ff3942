"""A text with the markers of SQLAlchemy as a driver takes it.

SQLAlchemy's own way makes an object of each marker: seconds for a long list.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["for_driver"]

_MARKERS = {
    "qmark": "?",
    "format": "%s",
    "numeric": ":{number}",
    "numeric_dollar": "${number}",
    "named": ":{name}",
    "pyformat": "%({name})s",
}
# Colons of the text itself have a backslash.
_PLACES = re.compile(r"\\:|:(?P<name>lodge_\d+)|%")


def for_driver(
    text: str, named: dict[str, Any], style: str
) -> tuple[str, dict[str, Any] | tuple[Any, ...]]:
    """Return a text and its values as a driver takes them.

    Parameters
    ----------
    text
        With `:lodge_0` for a value and a backslash before every other colon.
    named
        The values by the names of their markers.
    style
        The driver's `paramstyle`; SQLAlchemy knows a sixth, `numeric_dollar`.
    """
    marker = _MARKERS[style]
    percent = "%%" if "%" in marker else "%"
    by_name, by_number = "{name}" in marker, "{number}" in marker
    numbers: dict[str, int] = {}
    places: list[str] = []

    def written(place: re.Match[str]) -> str:
        name = place["name"]
        if name is None:
            return percent if place[0] == "%" else ":"
        places.append(name)
        return marker.format(name=name, number=numbers.setdefault(name, len(numbers) + 1))

    made = _PLACES.sub(written, text)
    if by_name:
        return made, named
    return made, tuple(named[name] for name in (numbers if by_number else places))
