"""Binding: `:name` becomes the driver's own marker, and the value goes beside the text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from lodge_magics.errors import SqlError
from lodge_magics.language import say
from lodge_magics.sql.lists import by_type, of_one_type
from lodge_magics.sql.tokens import Kind, Token
from lodge_magics.sql.values import plain, plain_list
from lodge_magics.words import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lodge_magics.sql.parse import Statement
    from lodge_magics.sql.styles import Style

__all__ = ["Bound", "bind", "caret", "resolve"]


# Elements from which on a list goes as one value, where the database has a way for that.
_MANY = 200
# Elements from which on a list of several types, which cannot, is refused: a database would take
# too long over them, or has not so many places.
_TOO_MANY = 5_000
# In the namespace of every kernel, and no value for a query.
_OF_IPYTHON = {"In", "Out", "exit", "quit", "open", "get_ipython", "spark", "sc"}


@dataclass
class Bound:
    """A statement ready for its driver.

    Attributes
    ----------
    text
        With markers in place of `:name`.
    named
        The values by the names of their markers.
    positions
        The values in the order of their markers, for drivers that want that.
    asks
        Whether the statement reads and nothing more.
    written
        The statement with `:name`, as written; empty when that is `text`.
    pieces
        Of each piece of `text` where it begins there and where in `written`, in order.
    selects
        Whether it is a SELECT or the like: it may be run again, or inside another statement.
    apart
        Returns the same with the values of long lists one by one, where some went as one; a
        database may compare those more strictly.
    """

    text: str
    named: dict[str, Any] = field(default_factory=dict)
    positions: list[Any] = field(default_factory=list)
    asks: bool = True
    written: str = ""
    pieces: list[tuple[int, int]] = field(default_factory=list)
    selects: bool = False
    apart: Callable[[], Bound] | None = field(default=None, compare=False)

    def show_word(self, word: str) -> str:
        """Return the user's line with a caret below a word; nothing unless it is there once.

        Parameters
        ----------
        word
            As it is in `text`.
        """
        found = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", self.text, re.IGNORECASE))
        return self.show(found[0].start()) if len(found) == 1 else ""

    def show(self, offset: int) -> str:
        """Return the user's line at a place of `text`, with a caret below the place.

        Parameters
        ----------
        offset
            In `text`, from 0; outside of it nothing is shown.
        """
        if not 0 <= offset <= len(self.text):
            return ""
        if self.pieces:
            at = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
            start, origin = self.pieces[at]
            # Where the marker is longer than `:name`, its beginning is meant.
            after = self.pieces[at + 1][1] if at + 1 < len(self.pieces) else len(self.written)
            offset = min(origin + offset - start, max(after - 1, origin))
        return caret(self.written or self.text, offset)


def caret(text: str, offset: int) -> str:
    """Return the line at a place, with a caret below the place.

    Parameters
    ----------
    text
        Any lines.
    offset
        From 0; the end of the text may be meant.
    """
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:].partition("\n")[0]
    # Tabs stay tabs, and wide characters take two columns.
    before = "".join(
        "\t" if c == "\t" else "  " if east_asian_width(c) in "WF" else " "
        for c in line[: offset - start]
    )
    return f"{line}\n{before}^"


def resolve(name: str, lookup: Callable[[str], object], known: Callable[[], Iterable[str]]) -> Any:
    """Return the Python value of `:name`.

    Parameters
    ----------
    name
        Without its colon.
    lookup
        Returns the value or raises KeyError.
    known
        Returns the names there are, for the message.

    Raises
    ------
    SqlError
        There is no such variable.
    """
    try:
        return lookup(name)
    except KeyError:
        names = [
            other for other in known() if not other.startswith("_") and other not in _OF_IPYTHON
        ]
        found = nearest(name, names)
        hint = (
            say("; did you mean {name}?", name=found)
            if found
            else say("; define it, or give --param {name}=...", name=name)
        )
        told = "There is no Python variable {name} to bind to :{name}{hint}"
        raise SqlError(say(told, name=name, hint=hint)) from None


def bind(
    statement: Statement, style: Style, value_of: Callable[[str], object], *, apart: bool = False
) -> Bound:
    """Replace the parameters of a statement by markers.

    Parameters
    ----------
    statement
        From `split_statements`.
    style
        The driver's.
    value_of
        Returns the Python value of a name.
    apart
        Whether the values of a long list go one by one; default False: as one where that can be.

    Raises
    ------
    SqlError
        A value is missing, or of a type that cannot be bound.
    """
    if not any(token.kind is Kind.PARAMETER for token in statement.tokens):
        return Bound(statement.text, asks=statement.asks, selects=statement.is_select)
    names = Counter(token.text[1:] for token in statement.tokens if token.kind is Kind.PARAMETER)
    several = {name for name, times in names.items() if times > 1}
    binder = _Binder(style, several, apart=apart)
    before: list[Token] = []
    plain_pieces: list[int] = []
    origins: list[int] = []
    origin = 0
    for number, token in enumerate(statement.tokens):
        origins.append(origin)
        if token.kind is Kind.PARAMETER:
            name = token.text[1:]
            after_in = _after_in(before)
            if after_in == "list" and before[-1].text == "(" and _closes(statement, number):
                after_in = "only"
            counts = bool(before) and before[-1].text.upper() in _COUNTED
            binder.add(name, value_of(name), after_in, counts=counts)
        else:
            plain_pieces.append(len(binder.pieces))
            binder.pieces.append(token.text)
        if token.kind not in (Kind.SPACE, Kind.COMMENT):
            before.append(token)
        origin += len(token.text)
    if binder.positions:
        # Without a value, of an empty list, a driver gives no meaning to the signs of markers.
        for number in plain_pieces:
            binder.pieces[number] = style.escape(binder.pieces[number])
    starts = accumulate(map(len, binder.pieces[:-1]), initial=0)
    return Bound(
        "".join(binder.pieces),
        binder.named,
        binder.positions,
        statement.asks,
        statement.text,
        list(zip(starts, origins, strict=True)),
        statement.is_select,
        (lambda: bind(statement, style, value_of, apart=True)) if binder.joined else None,
    )


_COUNTED = ("LIMIT", "OFFSET", "FIRST", "NEXT")
_ELEMENTS = (Kind.PARAMETER, Kind.STRING, Kind.WORD)


def _after_in(before: list[Token]) -> str:
    """Tell whether a value here is right after IN ("in"), or in its brackets ("list"); else ""."""
    position = len(before) - 1
    bracketed = False
    while position >= 0:
        token = before[position]
        if token.kind is Kind.WORD and not token.text[0].isdigit():
            if token.text.upper() == "IN":
                return "list" if bracketed else "in"
            return ""
        if token.text == "(":
            if bracketed:
                return ""
            bracketed = True
        elif bracketed or (token.text != "," and token.kind not in _ELEMENTS):
            return ""
        position -= 1
    return ""


def _closes(statement: Statement, number: int) -> bool:
    """Tell whether a bracket closes right after a token."""
    for token in statement.tokens[number + 1 :]:
        if token.kind not in (Kind.SPACE, Kind.COMMENT):
            return token.text == ")"
    return False


class _Binder:
    def __init__(self, style: Style, several: set[str], *, apart: bool) -> None:
        self._style = style
        self._several = several
        self._apart = apart
        self.joined = False
        self._markers: dict[str, str] = {}
        self.pieces: list[str] = []
        self.named: dict[str, Any] = {}
        self.positions: list[Any] = []

    def add(self, name: str, value: object, after_in: str, *, counts: bool = False) -> None:
        elements = plain_list(name, value)
        if elements is None:
            marker = self._marker(name, plain(name, value), counts=counts)
            self.pieces.append(f"({marker})" if after_in == "in" else marker)
            return
        if after_in == "list" and not elements:
            told = "The list :{name} is empty; after IN it has to stand alone then."
            raise SqlError(say(told, name=name))
        if after_in in ("in", "only"):
            inside = self._as_one(name, elements)
            if inside:
                self.pieces.append(f"({inside})" if after_in == "in" else inside)
                return
        if after_in:
            inside = self._one_by_one(name, elements) or self._style.empty
            self.pieces.append(f"({inside})" if after_in == "in" else inside)
            return
        if not self._style.lists:
            told = "The list :{name} can only stand after IN with this source."
            raise SqlError(say(told, name=name))
        if self._style.arrays and not elements:
            # Of no type, so that it is of the right one at each of its places.
            self.pieces.append("'{}'")
            return
        if self._style.array is None:
            if len(by_type(elements)) > 1 and {*map(type, elements)} <= {datetime, type(None)}:
                told = (
                    "The list :{name} has moments with a time zone and without; it can be compared "
                    "with after IN, or once all of them have one."
                )
                raise SqlError(say(told, name=name))
            self.pieces.append(self._marker(name, elements))
            return
        found = self._style.array(elements)
        if found is None and len(elements) >= _TOO_MANY:
            _refuse_mixed(name, elements)
        self.pieces.append(
            f"array({self._one_by_one(name, elements)})"
            if found is None
            else found[0].format(self._marker(name, found[1]))
        )

    def _one_by_one(self, name: str, elements: list[Any]) -> str:
        return ", ".join(
            self._marker(f"{name}[{number}]", element) for number, element in enumerate(elements)
        )

    def _as_one(self, name: str, elements: list[Any]) -> str:
        """Return what stands in the brackets after IN for a list as one value; "" if it goes not.

        Of many values each on its own a database may take only so many, or take long over them.
        """
        style = self._style
        long = len(elements) >= _MANY
        if style.arrays and (not elements or (long and of_one_type(elements))):
            self._any()
            return self._marker(name, elements) if elements else "'{}'"
        if style.many is None or self._apart or not long:
            return ""
        whole = style.many(elements)
        found = [whole] if whole is not None else [style.many(part) for part in by_type(elements)]
        parts = [part for part in found if part is not None]
        if not parts or len(parts) < len(found):
            if len(elements) >= _TOO_MANY:
                _refuse_mixed(name, elements)
            return ""
        self.joined = True
        return " UNION ALL ".join(
            query.format(self._marker(f"{name}[part {number}]" if number else name, value))
            for number, (query, value) in enumerate(parts)
        )

    def _any(self) -> None:
        """Make `= ANY` of the IN that is the last word, and `<> ALL` of a NOT IN."""
        words = [n for n, piece in enumerate(self.pieces) if piece.strip(" \t\r\n(")]
        words = [n for n in words if not self.pieces[n].startswith(("--", "/*"))]
        last = words[-1]
        negated = len(words) > 1 and self.pieces[words[-2]].upper() == "NOT"
        self.pieces[last] = "<> ALL" if negated else "= ANY"
        if negated:
            self.pieces[words[-2]] = ""

    def _marker(self, key: str, value: Any, *, counts: bool = False) -> str:
        several = key.partition("[")[0] in self._several
        if self._style.literal is not None and several and not counts:
            literal = self._style.literal(value)
            if literal is not None:
                return literal
        # Names of our own: those of users may be reserved words, or not ASCII.
        if key not in self._markers:
            self._markers[key] = f"lodge_{len(self._markers)}"
        marker = self._markers[key]
        written = "{}"
        if self._style.typed is not None:
            written, value = self._style.typed(value)
        self.positions.append(value)
        self.named[marker] = value
        return written.format(self._style.marker(marker))


def _refuse_mixed(name: str, elements: list[Any]) -> None:
    kinds = sorted({type(element).__name__ for element in elements if element is not None})
    if len(kinds) > 1:
        told = (
            "The list :{name} has {count:,} values of several types ({types}), which are too many "
            "to be compared one by one; make them of one type, as [str(value) for value in {name}] "
            "does."
        )
        raise SqlError(say(told, name=name, count=len(elements), types=", ".join(kinds)))
