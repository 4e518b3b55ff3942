"""Types of Trino: columns and values of the texts that its protocol writes them as.

Its driver would round what has more digits than Python, and give nothing at all of a result in
which one date is none of Python's.
"""

from __future__ import annotations

import base64
import datetime
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from lodge_magics.sql import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Made", "column_of"]

#: A type as the protocol writes it: `rawType` and `arguments`.
Signature = dict[str, Any]

_WHOLE = ("tinyint", "smallint", "integer", "bigint")
_MOMENT, _ZONED = "timestamp", "timestamp with time zone"
_SPAN = re.compile(r"(?P<sign>-?)(?P<days>\d+) (?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>[\d.]+)")
_MAKERS: dict[str, Callable[[Sequence[Any]], pd.Series]] = {
    **dict.fromkeys(_WHOLE, frames.integer_series),
    **dict.fromkeys(("real", "double"), frames.float_series),
    "boolean": frames.boolean_series,
    "interval day to second": frames.timedelta_series,
}
_ARROW: dict[str, pa.DataType] = {
    "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "integer": pa.int32(),
    "bigint": pa.int64(), "real": pa.float64(), "double": pa.float64(), "varbinary": pa.binary(),
    "date": pa.date32(), "interval day to second": pa.duration("us"), "uuid": pa.uuid(),
    "unknown": pa.null(),
}  # fmt: skip
# The years of which pandas has nanoseconds, each from its first to its last.
_NANOSECONDS = range(1678, 2262)


@dataclass(frozen=True)
class Made:
    """A column.

    Attributes
    ----------
    series
        Its values.
    arrow
        Its type in Arrow, a pyarrow.DataType; None follows from the values.
    lost
        How many of its dates are none of Python's, and missing values now.
    text
        Whether it is text though its type has dates of pandas.
    """

    series: pd.Series
    arrow: Any = None
    lost: int = 0
    text: bool = False


def column_of(signature: Signature, values: Sequence[Any]) -> Made:
    """Return a column of a result.

    Parameters
    ----------
    signature
        Its type.
    values
        As the protocol has them.
    """
    name, digits = signature["rawType"], _digits(signature)
    if name == "date" or (name in (_MOMENT, _ZONED) and digits <= 6):
        return _dates(name, values)
    if name in (_MOMENT, _ZONED) and digits <= 9:
        return _nanoseconds(name, values)
    read = _reader(signature)
    made = [None if value is None else read(value) for value in values]
    return Made(_MAKERS.get(name, frames.object_series)(made), _arrow(signature))


def _digits(signature: Signature) -> int:
    """Return the first number among the arguments of a type: digits of a second."""
    arguments = signature["arguments"]
    return int(arguments[0]["value"]) if arguments and arguments[0]["kind"] == "LONG" else 0


def _dates(name: str, values: Sequence[str | None]) -> Made:
    read = {"date": datetime.date.fromisoformat, _ZONED: _universal}.get(
        name, datetime.datetime.fromisoformat
    )
    found: list[datetime.date | None] = []
    lost = 0
    for value in values:
        try:
            found.append(None if value is None else read(value))
        except (ValueError, OverflowError):
            found.append(None)
            lost += 1
    series = frames.datetime_series(found)
    if name == _ZONED:
        return Made(series.dt.tz_localize("UTC"), pa.timestamp("us", "UTC"), lost)
    return Made(series, pa.date32() if name == "date" else pa.timestamp("us"), lost)


def _universal(text: str) -> datetime.datetime:
    """Return a moment with a zone as that of UTC, without it."""
    return _zoned(text).astimezone(datetime.UTC).replace(tzinfo=None)


def _zoned(text: str) -> datetime.datetime:
    clock, zone = text.rsplit(" ", 1)
    if zone[0] in "+-":
        return datetime.datetime.fromisoformat(clock + zone)
    return datetime.datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone))


def _nanoseconds(name: str, values: Sequence[str | None]) -> Made:
    zone = "UTC" if name == _ZONED else None
    clocks: list[str | None] = []
    for value in values:
        try:
            clocks.append(None if value is None else _clock(value, zoned=name == _ZONED))
        except (ValueError, OverflowError):
            return Made(frames.object_series(values), pa.string(), text=True)
    series = pd.Series(np.array(clocks, dtype="datetime64[ns]"))
    return Made(series.dt.tz_localize(zone) if zone else series, pa.timestamp("ns", zone))


def _clock(text: str, *, zoned: bool) -> str:
    """Return the clock of a moment, that of UTC where it has a zone, with all its digits."""
    clock, _, digits = text.partition(".")
    if zoned:
        digits, _, zone = digits.partition(" ")
        clock = _universal(f"{clock} {zone}").isoformat(" ")
    if int(clock[:4]) not in _NANOSECONDS or clock[4] != "-":
        raise ValueError(text)
    return f"{clock}.{digits}"


def _reader(signature: Signature) -> Callable[[Any], Any]:
    """Return what makes a value of what the protocol has for one that is not NULL."""
    name, arguments = signature["rawType"], signature["arguments"]
    if name == "array":
        return partial(_list, _reader(arguments[0]["value"]))
    if name == "map":
        key, value = arguments[0]["value"], arguments[1]["value"]
        return partial(_dict, _key_reader(key), _reader(value))
    if name == "row":
        fields = [argument["value"] for argument in arguments]
        names = [(field.get("fieldName") or {}).get("name") for field in fields]
        readers = [_reader(field["typeSignature"]) for field in fields]
        if None in names or len(set(names)) < len(names):
            return partial(_tuple, readers)
        return partial(_named, [str(name) for name in names], readers)
    if name in (_MOMENT, "time") and _digits(signature) > 6:
        return str
    if name == _ZONED and _digits(signature) > 6:
        return str
    return _READ.get(name, _same)


def _key_reader(signature: Signature) -> Callable[[Any], Any]:
    # Keys are texts, whatever their type; of an array or a row it is one of Trino's own.
    name = signature["rawType"]
    if name in ("array", "map", "row"):
        return str
    if name == "boolean":
        return lambda text: text == "true"
    return int if name in _WHOLE else _reader(signature)


def _same(value: Any) -> Any:
    return value


def _list(read: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    return [None if value is None else read(value) for value in values]


def _dict(
    read_key: Callable[[Any], Any], read: Callable[[Any], Any], values: dict[str, Any]
) -> dict[Any, Any]:
    return {read_key(k): None if value is None else read(value) for k, value in values.items()}


def _tuple(readers: list[Callable[[Any], Any]], values: list[Any]) -> tuple[Any, ...]:
    pairs = zip(readers, values, strict=True)
    return tuple(None if value is None else read(value) for read, value in pairs)


def _named(
    names: list[str], readers: list[Callable[[Any], Any]], values: list[Any]
) -> dict[str, Any]:
    return dict(zip(names, _tuple(readers, values), strict=True))


def _span(text: str) -> datetime.timedelta | str:
    found = _SPAN.fullmatch(text)
    if found is None:
        return text
    seconds, _, fraction = found["seconds"].partition(".")
    span = datetime.timedelta(
        days=int(found["days"]), hours=int(found["hours"]), minutes=int(found["minutes"]),
        seconds=int(seconds), milliseconds=int(fraction or 0),
    )  # fmt: skip
    return -span if found["sign"] else span


def _or_text(read: Callable[[str], Any], text: str) -> Any:
    """Return a date inside of something else; the text where it is none of Python's."""
    try:
        return read(text)
    except (ValueError, OverflowError):
        return text


_READ: dict[str, Callable[[Any], Any]] = {
    "real": float,
    "double": float,
    "decimal": Decimal,
    "varbinary": base64.b64decode,
    "uuid": UUID,
    "date": partial(_or_text, datetime.date.fromisoformat),
    _MOMENT: partial(_or_text, datetime.datetime.fromisoformat),
    _ZONED: partial(_or_text, _zoned),
    "time": datetime.time.fromisoformat,
    "interval day to second": _span,
}


def _arrow(signature: Signature, *, inside: bool = False) -> pa.DataType | None:
    """Return the type of Arrow for a type; None where the values tell it."""
    name, arguments = signature["rawType"], signature["arguments"]
    if name == "array":
        inner = _arrow(arguments[0]["value"], inside=True)
        return None if inner is None else pa.list_(inner)
    if name == "row":
        fields = [argument["value"] for argument in arguments]
        names = [(field.get("fieldName") or {}).get("name") for field in fields]
        kinds = [_arrow(field["typeSignature"], inside=True) for field in fields]
        if None in names or None in kinds or len(set(names)) < len(names):
            return None
        return pa.struct(list(zip(names, kinds, strict=True)))
    if name == "map":
        key, value = (_arrow(argument["value"], inside=True) for argument in arguments)
        return None if key is None or value is None else pa.map_(key, value)
    if name == "decimal":
        return pa.decimal128(int(arguments[0]["value"]), int(arguments[1]["value"]))
    if name == "uuid" and inside:
        return pa.string()
    if name in (_MOMENT, _ZONED):
        zone = "UTC" if name == _ZONED else None
        return pa.timestamp("us", zone) if _digits(signature) <= 6 else pa.string()
    if name == "time":
        return pa.time64("us") if _digits(signature) <= 6 else pa.string()
    return _ARROW.get(name, pa.string())
