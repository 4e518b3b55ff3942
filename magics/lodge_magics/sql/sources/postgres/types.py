"""What each type of Postgres becomes: the loaders of the driver and the makers of columns.

What pandas cannot hold comes as the text that the server writes; what cannot be a date of its
column (`infinity`, years before Christ) is a missing value, and is told.
"""

from __future__ import annotations

import datetime
import functools
from typing import TYPE_CHECKING, Any

import pandas as pd
from psycopg import DataError
from psycopg.adapt import Loader
from psycopg.types.datetime import (
    DateLoader,
    IntervalLoader,
    TimeLoader,
    TimestampLoader,
    TimestamptzLoader,
)
from psycopg.types.numeric import FloatDumper
from psycopg.types.string import TextLoader

from lodge_magics.sql import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import Connection
    from psycopg.abc import Buffer

__all__ = ["maker_of", "register"]

_INTEGERS = {20, 21, 23, 26}
_FLOATS = {700, 701}
_BOOLEAN = 16
_DATES = {1082, 1114}
_MOMENT = 1184
_INTERVAL = 1186
# Python values would lose digits, keys or order: json, jsonb; or differ from what one reads in
# psql: addresses, times with a zone, ranges and multiranges.
_AS_TEXT = (
    *("json", "jsonb", "inet", "cidr", "timetz"),
    *(f"{kind}{what}" for kind in ("int4", "int8", "num", "ts", "tstz", "date")
      for what in ("range", "multirange")),
)  # fmt: skip


def _text(data: Buffer) -> str:
    return bytes(data).decode()


def _or_text(base: type[Loader]) -> type[Loader]:
    """Return a loader that gives the server's text where Python has no such value."""

    class OrText(base):  # type: ignore[misc, valid-type]
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except DataError:
                return _text(data)

    return OrText


class _IntervalOrText(IntervalLoader):
    def load(self, data: Buffer) -> Any:
        text = _text(data)
        # A month has no length; the driver would take 30 days for it.
        if "mon" in text or "year" in text:
            return text
        try:
            return super().load(data)
        except DataError:
            return text


class _Utc(TimestamptzLoader):
    def load(self, data: Buffer) -> Any:
        try:
            return super().load(data).astimezone(datetime.UTC)
        except (DataError, OverflowError):
            return _text(data)


class _Float(FloatDumper):
    def quote(self, obj: float) -> bytes:
        # Quoted into a text it would be a decimal.
        return b"'%s'::float8" % bytes(self.dump(obj) or b"")


def register(connection: Connection[Any]) -> None:
    """Make a connection give values that keep what the server said.

    Parameters
    ----------
    connection
        Open.
    """
    adapters = connection.adapters
    adapters.register_dumper(float, _Float)
    for name in _AS_TEXT:
        if adapters.types.get(name) is not None:
            adapters.register_loader(name, TextLoader)
    adapters.register_loader("date", _or_text(DateLoader))
    adapters.register_loader("time", _or_text(TimeLoader))
    adapters.register_loader("timestamp", _or_text(TimestampLoader))
    adapters.register_loader("timestamptz", _Utc)
    adapters.register_loader("interval", _IntervalOrText)


def maker_of(
    oid: int, name: str, not_dates: dict[str, int]
) -> Callable[[Sequence[Any]], pd.Series]:
    """Return the function that makes a column of values.

    Parameters
    ----------
    oid
        Of the type.
    name
        Of the column.
    not_dates
        Takes how many values of the column are no dates for pandas.
    """
    if oid in _INTEGERS:
        return frames.integer_series
    if oid in _FLOATS:
        return frames.float_series
    if oid == _BOOLEAN:
        return frames.boolean_series
    if oid in _DATES or oid == _MOMENT:
        return functools.partial(_dates, name=name, not_dates=not_dates, utc=oid == _MOMENT)
    if oid == _INTERVAL:
        return _intervals
    return frames.object_series


def _dates(values: Sequence[Any], *, name: str, not_dates: dict[str, int], utc: bool) -> pd.Series:
    lost = sum(isinstance(value, str) for value in values)
    if lost:
        not_dates[name] = not_dates.get(name, 0) + lost
    kept = [None if isinstance(value, str) else value for value in values]
    if not utc:
        return frames.datetime_series(kept)
    naive = [None if value is None else value.replace(tzinfo=None) for value in kept]
    return frames.datetime_series(naive).dt.tz_localize("UTC")


def _intervals(values: Sequence[Any]) -> pd.Series:
    if not any(isinstance(value, str) for value in values):
        return frames.timedelta_series(values)
    # One type for a column: with a month in it, all of it is text.
    return frames.object_series([v if v is None or isinstance(v, str) else str(v) for v in values])
