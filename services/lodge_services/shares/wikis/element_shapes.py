"""What is within elements of a notebook's texts: what a writer has to know before it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...render.elements import Element

BLOCKS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote"),
    *("pre", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "hr", "div"),
    *("section", "article", "figure", "figcaption", "center", "details", "summary"),
}
_ALIGN = ("left", "right", "center", "justify")
_LANGUAGE = re.compile(r"\bnb-lang-(\S+)")


def has_blocks(element: Element) -> bool:
    """Tell whether something within stands on lines of its own."""
    return next(element.all(*BLOCKS), None) is not None


def own(element: Element) -> Iterator[Element]:
    """Yield the elements directly within."""
    return (child for child in element.children if isinstance(child, Element))


def items(element: Element) -> Iterator[Element]:
    """Yield the items of a list; what is between them is one, too."""
    for child in own(element):
        yield child if child.tag == "li" else Element("li", {}, [child])


def is_plain_list(element: Element) -> bool:
    """Tell whether each item of a list is a line, with lists of such lines below it."""
    if "start" in element.attributes or "type" in element.attributes:
        return False
    return all(_is_line(item) for item in items(element))


def _is_line(item: Element) -> bool:
    if "value" in item.attributes:
        return False
    nested = False
    for child in item.children:
        if isinstance(child, Element) and child.tag in ("ul", "ol"):
            nested = True
            if not is_plain_list(child):
                return False
            continue
        if nested and not (isinstance(child, str) and not child.strip()):
            return False
        if isinstance(child, Element) and child.tag != "p" and child.tag in BLOCKS:
            return False
        if isinstance(child, Element) and has_blocks(child):
            return False
    return True


def rows_of(table: Element) -> Iterator[Element]:
    """Yield the rows of a table, of its head, bodies and foot."""
    for child in own(table):
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in own(child) if row.tag == "tr")


def side_of(element: Element) -> str:
    """Return the side that a cell or row is set to; "" for none."""
    side = element.attributes.get("align", "").lower()
    return side if side in _ALIGN else ""


def language_of(element: Element) -> str:
    """Return Pygments' name of the language that code is in; "" for none."""
    found = _LANGUAGE.search(element.attributes.get("class", ""))
    return found[1] if found else ""
