"""What a parameter takes, and how a value from outside becomes it.

Values come as JSON (a schedule's) or as texts (a command line's); neither has tuples, sets, bytes
or dates. A shape says which Python value such a one stands for, or that there is none. What a
shape has made it takes again, unchanged.
"""

from __future__ import annotations

import ast
import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import Any, Literal

from lodge_runner.errors import ParameterError

ParameterType = Literal["int", "float", "str", "bool", "list", "dict", "none", "other"]


class MisfitError(Exception):
    """The value is none that the shape takes."""


@dataclass(frozen=True)
class Shape:
    """Any value, as it is.

    Attributes
    ----------
    type
        How the wire calls it.
    text
        What the user is told that it must be, with its article.
    """

    type: ParameterType = "other"
    text: str = "a value"

    def take(self, value: Any) -> Any:
        """Return what the value stands for.

        Raises
        ------
        MisfitError
            When it stands for nothing of this shape.
        """
        return value

    def read(self, text: str) -> Any:
        """Return the value that a text means; :meth:`take` decides about it."""
        return guess(text)


@dataclass(frozen=True)
class Plain(Shape):
    """One of the types that :data:`PLAIN` lists."""

    name: str = ""

    def take(self, value: Any) -> Any:
        """Convert without loss, and texts to what has no other form in JSON."""
        try:
            return _TAKE[self.name](value)
        except (ValueError, OverflowError, InvalidOperation):
            raise MisfitError from None

    def read(self, text: str) -> Any:
        """Read numbers and truth values; texts and what is written as a text stay as they are."""
        bare = text.strip()
        if self.name in ("int", "float"):
            try:
                return int(bare) if self.name == "int" else float(bare)
            except ValueError:
                return text
        if self.name == "bool" and bare.lower() in ("true", "false"):
            return bare.lower() == "true"
        if self.name == "None" and bare in ("null", "None"):
            return None
        if self.name == "bytes":
            return value if isinstance(value := guess(text), bytes) else text
        return text


@dataclass(frozen=True)
class Items(Shape):
    """A list, tuple, set or frozenset.

    Attributes
    ----------
    kind
        Which of them.
    item
        What each holds.
    fixed
        What a tuple holds place by place; None for any number of ``item``.
    """

    kind: type = list
    item: Shape = Shape()
    fixed: tuple[Shape, ...] | None = None

    def take(self, value: Any) -> Any:
        """Take a list for each of the kinds; JSON has no other."""
        given = (list, tuple) if self.kind in (list, tuple) else (list, tuple, set, frozenset)
        if not isinstance(value, given):
            raise MisfitError
        shapes = self.fixed
        if shapes is None:
            shapes = (self.item,) * len(value)
        elif len(shapes) != len(value):
            raise MisfitError
        try:
            return self.kind([s.take(v) for s, v in zip(shapes, value, strict=True)])
        except TypeError:  # a list in a set
            raise MisfitError from None


@dataclass(frozen=True)
class Pairs(Shape):
    """A dict."""

    key: Shape = Shape()
    value: Shape = Shape()

    def take(self, value: Any) -> Any:
        """Take a dict; its keys, texts in JSON, are read as what they are declared to be."""
        if not isinstance(value, dict):
            raise MisfitError
        taken = {self._key(k): self.value.take(v) for k, v in value.items()}
        if len(taken) != len(value):
            raise MisfitError
        return taken

    def _key(self, key: Any) -> Any:
        if isinstance(key, str) and self.key is not ANY:
            key = self.key.read(key)
        try:
            key = self.key.take(key)
            hash(key)
        except TypeError:
            raise MisfitError from None
        return key


@dataclass(frozen=True)
class OneOf(Shape):
    """A value of one of several shapes."""

    shapes: tuple[Shape, ...] = ()

    def take(self, value: Any) -> Any:
        """Take it by the shape that leaves its type alone, or else by the first that fits."""
        found = []
        for shape in self.shapes:
            try:
                taken = shape.take(value)
            except MisfitError:
                continue
            if type(taken) is type(value):
                return taken
            found.append(taken)
        if not found:
            raise MisfitError
        return found[0]

    def read(self, text: str) -> Any:
        """Read it as the first that fits, as text last of all."""
        for shape in sorted(self.shapes, key=lambda shape: shape.type == "str"):
            try:
                return shape.take(shape.read(text))
            except MisfitError:
                continue
        return text


@dataclass(frozen=True)
class Lenient(Shape):
    """Any value, as one of a shape where it fits."""

    shape: Shape = Shape()

    def take(self, value: Any) -> Any:
        """Take it by the shape, or as it is."""
        try:
            return self.shape.take(value)
        except MisfitError:
            return value

    def read(self, text: str) -> Any:
        """Read it as the shape does."""
        return self.shape.read(text)


@dataclass(frozen=True)
class Choice(Shape):
    """One of some values."""

    values: tuple[Any, ...] = ()

    def take(self, value: Any) -> Any:
        """Take one of the values; 1, 1.0 and True are three."""
        for one in self.values:
            if one == value and (type(one) is type(value) or _is_number(one, value)):
                return one
        raise MisfitError

    def read(self, text: str) -> Any:
        """Read the text as one of the values."""
        return text if text in self.values else guess(text)


@dataclass(frozen=True)
class Unsettable(Shape):
    """A value that only code can make."""

    def take(self, value: Any) -> Any:  # noqa: ARG002
        """Refuse it."""
        raise MisfitError


ANY = Shape()


def guess(text: str) -> Any:
    """Return what a text means as JSON, or else as a Python literal, or else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        value = ast.literal_eval(text.strip())
        to_source(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError, ParameterError):
        return text
    return value


def to_source(value: Any) -> str:
    """Return Python source that evaluates to a value, whatever the names mean there.

    Raises
    ------
    ParameterError
        When there is none.
    """
    if isinstance(value, float):
        return repr(value) if value - value == 0 else f'float("{value!r}")'
    if isinstance(value, complex):
        return f"complex({to_source(value.real)}, {to_source(value.imag)})"
    if value is None or isinstance(value, bool | int | bytes):
        return repr(value)
    if isinstance(value, str):
        # A lone surrogate can't be written to a UTF-8 file: repr escapes it, and the rest stays.
        return repr(str(value))
    if isinstance(value, list):
        return f"[{', '.join(to_source(item) for item in value)}]"
    if isinstance(value, tuple):
        return f"({', '.join(to_source(item) for item in value)}{',' * (len(value) == 1)})"
    if isinstance(value, set | frozenset):
        # Sorted, so that the same parameters give the same notebook.
        items = f"{{{', '.join(sorted(to_source(item) for item in value))}}}" if value else ""
        return items if items and type(value) is set else f"{type(value).__name__}({items})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{to_source(k)}: {to_source(v)}' for k, v in value.items())}}}"
    if isinstance(value, dt.date | dt.time):
        # A zone of fromisoformat is an offset, which has no shorter source than this.
        return f'__import__("datetime").{type(value).__name__}.fromisoformat("{value.isoformat()}")'
    if isinstance(value, Decimal):
        return f'__import__("decimal").Decimal("{value}")'
    if isinstance(value, PurePath):
        return f'__import__("pathlib").Path({str(value)!r})'
    raise ParameterError(
        f"A parameter's value can't be of type {type(value).__name__}: give a number, a text, "
        "true, false, null, a list or an object."
    )


def _is_number(one: Any, other: Any) -> bool:
    return {type(one), type(other)} <= {int, float}


def _kept(*types: type) -> Any:
    def take(value: Any) -> Any:
        if type(value) not in types:
            raise ValueError
        return value

    return take


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    return float(value)


def _complex(value: Any) -> complex:
    if isinstance(value, bool) or not isinstance(value, int | float | complex | str):
        raise ValueError
    return complex(value)


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    taken: bytes = _kept(bytes)(value)
    return taken


def _iso(kind: type[dt.date | dt.time]) -> Any:
    def take(value: Any) -> Any:
        return kind.fromisoformat(value.strip()) if isinstance(value, str) else _kept(kind)(value)

    return take


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _path(value: Any) -> PurePath:
    if not isinstance(value, str | PurePath):
        raise ValueError
    return PurePath(value)


_TAKE = {
    "int": _int,
    "float": _float,
    "str": _kept(str),
    "bool": _kept(bool),
    "None": _kept(type(None)),
    "complex": _complex,
    "bytes": _bytes,
    "date": _iso(dt.date),
    "datetime": _iso(dt.datetime),
    "time": _iso(dt.time),
    "Decimal": _decimal,
    "Path": _path,
}
PLAIN = {
    "int": Plain("int", "an int", "int"),
    "float": Plain("float", "a float", "float"),
    "str": Plain("str", "a str", "str"),
    "bool": Plain("bool", "a bool (true or false)", "bool"),
    "None": Plain("none", "null", "None"),
    "complex": Plain("other", "a complex number (such as 1+2j)", "complex"),
    "bytes": Plain("other", "bytes", "bytes"),
    "date": Plain("other", "a date (such as 2026-01-31)", "date"),
    "datetime": Plain("other", "a date and time (such as 2026-01-31T08:30)", "datetime"),
    "time": Plain("other", "a time (such as 08:30)", "time"),
    "Decimal": Plain("other", "a decimal number", "Decimal"),
    "Path": Plain("other", "a path", "Path"),
}
"""Shapes by the name of their type."""
