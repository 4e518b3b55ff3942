"""Python values that may be bound, brought down to the plain types database drivers know."""

from __future__ import annotations

import array
import collections
import collections.abc
import datetime
import decimal
import uuid
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SqlError
from lodge_magics.language import say

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["for_sqlite", "plain", "plain_list"]

_INT64 = range(-(2**63), 2**63)
# Characters of a text that an error shows.
_SHOWN = 40
_PLAIN = (
    type(None),
    bool,
    int,
    float,
    decimal.Decimal,
    str,
    bytes,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    uuid.UUID,
)
# Of a subclass the value of its base is bound, since drivers look types up by identity, and by the
# base's own means: a subclass may write itself as anything.
_BASES: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
    (bytes, lambda value: bytes(memoryview(value))),
    (decimal.Decimal, lambda value: decimal.Decimal(value.as_tuple())),
    (
        datetime.datetime,
        lambda value: datetime.datetime.combine(
            datetime.date(value.year, value.month, value.day),
            datetime.time(value.hour, value.minute, value.second, value.microsecond),
            value.tzinfo,
        ).replace(fold=value.fold),
    ),
    (datetime.date, lambda value: datetime.date(value.year, value.month, value.day)),
    (
        datetime.time,
        lambda value: datetime.time(
            value.hour, value.minute, value.second, value.microsecond, value.tzinfo
        ).replace(fold=value.fold),
    ),
    (
        datetime.timedelta,
        lambda value: datetime.timedelta(value.days, value.seconds, value.microseconds),
    ),
    (uuid.UUID, lambda value: uuid.UUID(int=value.int)),
)


def plain(name: str, value: object) -> Any:
    """Return a value as a plain Python value.

    Parameters
    ----------
    name
        The parameter's, for the message.
    value
        None, a number, text, bytes, a date or time, a UUID, or numpy's and pandas' forms of them.

    Raises
    ------
    SqlError
        The value is of a type no database takes, or would become another one.
    """
    if type(value) in _PLAIN:
        return _whole(name, value) if type(value) is str else value
    module, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if module == "pandas":
        if kind in ("NAType", "NaTType"):
            return None
        if kind in ("Timestamp", "Timedelta"):
            return _microseconds(name, value)
    if module == "numpy" and hasattr(value, "item") and not getattr(value, "shape", ()):
        if kind in ("datetime64", "timedelta64"):
            import pandas as pd

            wrapped = pd.Timestamp(value) if kind == "datetime64" else pd.Timedelta(value)  # type: ignore[arg-type]
            return plain(name, wrapped)
        return plain(name, value.item())
    # A view of whole numbers is no bytes, whatever `bytes` would make of it.
    if isinstance(value, bytearray) or (isinstance(value, memoryview) and value.format in "Bc"):
        return bytes(value)
    if module == "pyarrow" and hasattr(value, "as_py"):
        return plain(name, value.as_py())
    for base, make in _BASES:
        if isinstance(value, base):
            return plain(name, make(value))
    raise SqlError(
        say(
            "A value of type {kind} cannot be bound to :{name}; bind a number, a text, bytes, "
            "a date or time, None, or a list of them after IN.",
            kind=kind,
            name=name,
        )
    )


def _whole(name: str, text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SqlError(
            say(
                "The text {text} cannot be bound to :{name}: it holds half a character "
                "({half}), which no database keeps.",
                text=ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "..."),
                name=name,
                half=ascii(text[error.start])[1:-1],
            )
        ) from None
    return text


def _microseconds(name: str, value: Any) -> Any:
    """Return a moment or span of pandas as Python has it, which ends at microseconds."""
    if value.nanoseconds if type(value).__name__ == "Timedelta" else value.nanosecond:
        raise SqlError(
            say(
                "{value} cannot be bound to :{name} with its nanoseconds; bind "
                "{name}.floor('us'), or str({name}) and cast that in the query.",
                value=value,
                name=name,
            )
        )
    if type(value).__name__ == "Timedelta":
        return value.to_pytimedelta()
    return value.to_pydatetime(warn=False)


def plain_list(name: str, value: object) -> list[Any] | None:
    """Return a list-like value as a list of plain values, or None when it is no list.

    Parameters
    ----------
    name
        The parameter's, for the message.
    value
        A list, tuple, set, range, view of a dict, deque or array, a view of an
        array's numbers; an array of numpy or pandas, a
        Series, Index or Categorical; a Series of polars; an array of Arrow.

    Raises
    ------
    SqlError
        An element is of a type no database takes.
    """
    module, kind = type(value).__module__.partition(".")[0], type(value).__name__
    given: Any = value
    elements: Any
    if isinstance(value, _LISTS):
        elements = value
    elif isinstance(value, memoryview) and value.ndim == 1 and value.format not in "Bc":
        elements = value.tolist()
    elif module == "numpy" and getattr(value, "ndim", 0) == 1:
        elements = given.tolist() if given.dtype.kind in "biufSU" else given
    elif module == "pandas" and (
        kind in ("Series", "Categorical") or kind.endswith(("Index", "Array"))
    ):
        elements = given.tolist()
    elif module == "polars" and kind == "Series":
        # A list of its own would lose nanoseconds without a word.
        fine = getattr(given.dtype, "time_unit", None) == "ns"
        elements = given.to_arrow().to_pylist() if fine else given.to_list()
    elif module == "pyarrow" and hasattr(value, "to_pylist") and not hasattr(value, "columns"):
        elements = given.to_pylist()
    else:
        return None
    return [plain(name, element) for element in elements]


_LISTS = (
    *(list, tuple, set, frozenset, range, array.array, collections.deque),
    *(collections.abc.KeysView, collections.abc.ValuesView),
)


def for_sqlite(value: Any) -> Any:
    """Return a plain value as SQLite compares it with its own.

    Parameters
    ----------
    value
        From `plain`.

    Raises
    ------
    SqlError
        SQLite would take it for another value.
    """
    if isinstance(value, decimal.Decimal):
        # It has no decimals: a text would be larger than any number.
        if value.is_finite() and value == value.to_integral_value() and int(value) in _INT64:
            return int(value)
        number = float(value)
        if value.is_finite() and decimal.Decimal(repr(number)) != value:
            raise SqlError(
                f"SQLite has no decimals, and the nearest of its numbers to {value} is {number}; "
                "bind float(...) to compare with that, or str(...) to keep it as text."
            )
        return number
    if type(value) is int and value not in _INT64:
        raise SqlError(
            f"SQLite has no whole numbers of more than 64 bits, such as {value}; bind float(...) "
            "to compare with the nearest that it has, or str(...) to keep it as text."
        )
    # Dates are text there, in this form.
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, uuid.UUID) else value
