"""Clean HTML as a tree of elements, for those who write it in another markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .tree import Formula, Rich

_EMPTY = {"br", "hr", "img", "wbr", "col"}


@dataclass
class Element:
    """An element of HTML.

    Attributes
    ----------
    tag
        In small letters; "" for the whole text.
    attributes
        By name.
    children
        Elements, texts (with no entities left in them) and formulas, in order.
    """

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str | Formula] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """Yield the elements of these tags within, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            if element.tag in tags and element is not self:
                yield element
            waiting += [child for child in reversed(element.children) if isinstance(child, Element)]

    def text(self) -> str:
        """Return all text within; a formula is its source."""
        pieces: list[str] = []
        waiting: list[Element | str | Formula] = [self]
        while waiting:
            child = waiting.pop()
            if isinstance(child, Element):
                if child.tag == "br":
                    pieces.append("\n")
                waiting += reversed(child.children)
            else:
                pieces.append(child if isinstance(child, str) else child.source)
        return "".join(pieces)


def elements_of(rich: Rich) -> Element:
    """Return the elements of a clean text, below one without a tag.

    Formulas stand where they belong, but in code and in attributes, where their source does.
    """
    parser = _Parser(rich)
    parser.feed(rich.html)
    parser.close()
    return parser.root


class _Parser(HTMLParser):
    def __init__(self, rich: Rich) -> None:
        super().__init__(convert_charrefs=True)
        self._formulas = rich.formulas
        self.root = Element("")
        self._open = [self.root]
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: self._formulas.sources(value or "") for name, value in attrs}
        element = Element(tag, found)
        self._open[-1].children.append(element)
        if tag not in _EMPTY:
            self._open.append(element)
            self._code += tag in ("code", "pre", "samp")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        # What was cleaned is balanced.
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()
            self._code -= tag in ("code", "pre", "samp")

    def handle_data(self, data: str) -> None:
        into = self._open[-1].children
        if self._code:
            into.append(self._formulas.written(data))
            return
        for text, formula in self._formulas.split(data):
            if text:
                into.append(text)
            if formula is not None:
                into.append(Formula(*formula))
