"""What each type of Postgres becomes: the loaders of the driver and the makers of columns.

What pandas cannot hold comes as the text that the server writes; what cannot be a date of its
column (`infinity`, years before Christ) is a missing value, and is told. The server writes dates in
the style of the session (`DateStyle`, `IntervalStyle`, `TimeZone`), which the user may set.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from psycopg import DataError, NotSupportedError
from psycopg.adapt import Loader
from psycopg.postgres import types as known_types
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
from lodge_magics.sql.arrow import lost_note
from lodge_magics.sql.sources.base import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import Connection
    from psycopg.abc import Buffer

__all__ = ["Types", "read_any"]

_INTEGERS = {20, 21, 23, 26}
_FLOATS = {700, 701}
_BOOLEAN = 16
_DATES = {1082, 1114}
_MOMENT = 1184
_INTERVAL = 1186
_UUID = 2950
_NUMERIC, _NUMERICS = 1700, 1231
# What a numeric without digits is where it has no values; with some, it has their digits.
_ANY_NUMERIC = pa.decimal128(38, 18)
_ARROW = {
    16: pa.bool_(), 17: pa.binary(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(),
    26: pa.uint32(), 700: pa.float64(), 701: pa.float64(), 1082: pa.date32(),
    1083: pa.time64("us"), 1114: pa.timestamp("us"), 1184: pa.timestamp("us", "UTC"),
    1186: pa.duration("us"), 2950: pa.uuid(),
}  # fmt: skip
# Python values would lose digits, keys or order: json, jsonb; or differ from what one reads in
# psql: addresses, times with a zone, ranges and multiranges.
_AS_TEXT = (
    *("json", "jsonb", "inet", "cidr", "timetz"),
    *(f"{kind}{what}" for kind in ("int4", "int8", "num", "ts", "tstz", "date")
      for what in ("range", "multirange")),
)  # fmt: skip
# What the driver raises for a value that Python has not, and for a style that it does not read.
_UNREAD = (DataError, NotImplementedError, NotSupportedError, OverflowError, ValueError)
_ISO = re.compile(
    r"(\d{4,})-(\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?( BC)?"
)
# The year where it is the last of a date of figures, or the last of all.
_STYLED_YEAR = re.compile(r"(?<=^\d\d[/.]\d\d[/.])\d{4,}|(?<= )\d{4,}$")
_ENDS = np.datetime64("0001-01-01", "us"), np.datetime64("9999-12-31T23:59:59.999999", "us")
_LONGEST = datetime.timedelta(days=106_751_991)


def _text(data: Buffer) -> str:
    return bytes(data).decode()


def _or_text(base: type[Loader]) -> type[Loader]:
    """Return a loader that gives the server's text where Python has no such value."""

    class OrText(base):  # type: ignore[misc, valid-type]
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except _UNREAD:
                return _text(data)

    return OrText


def read_any(connection: Connection[Any]) -> None:
    """Make a connection give dates and intervals as the driver does, or else as the server's text.

    Parameters
    ----------
    connection
        Open.
    """
    for name, loader in (
        ("date", DateLoader),
        ("time", TimeLoader),
        ("timestamp", TimestampLoader),
        ("timestamptz", _Utc),
        ("interval", IntervalLoader),
    ):
        connection.adapters.register_loader(name, _or_text(loader))


class _Utc(TimestamptzLoader):
    """Moments in UTC, in whatever style and zone the server writes them."""

    def __init__(self, oid: int, context: Any = None) -> None:
        with contextlib.suppress(*_UNREAD):
            super().__init__(oid, context)
        self._local: Any = None
        self._zone: datetime.tzinfo | None = None
        info = getattr(getattr(context, "connection", None), "info", None)
        style = info.parameter_status("DateStyle") if info is not None else None
        self._styled = style is not None and not style.startswith("ISO")
        if self._styled and info is not None:
            self._local, self._zone = TimestampLoader(oid, context), info.timezone

    def load(self, data: Buffer) -> Any:
        if self._styled:
            return self._in_style(_text(data))
        try:
            return super().load(data).astimezone(datetime.UTC)
        except _UNREAD:
            # In the zone of the session it may be the year 0 or 10000 already.
            return _moment(_text(data))

    def _in_style(self, text: str) -> Any:
        local, _, zone = text.removesuffix(" BC").rpartition(" ")
        found = _STYLED_YEAR.search(local)
        if found is None:
            return text
        year = 1 - int(found[0]) if text.endswith(" BC") else int(found[0])
        # In the zone of the session it may be the year 0 or 10000 already, which Python has not;
        # the calendar of 400 years on or before is the same.
        moved = {0: 400, 10000: -400}.get(year, 0)
        local = f"{local[: found.start()]}{year + moved:04d}{local[found.end() :]}"
        try:
            naive = self._local.load(local.encode())
            moment = self._in_zone(naive, zone)
            return text if moment is None else moment.replace(year=moment.year - moved)
        except _UNREAD:
            return text

    def _in_zone(self, naive: datetime.datetime, name: str) -> datetime.datetime | None:
        """Return a moment in UTC; the name is short, and that of the session's zone is meant."""
        for fold in (0, 1):
            moment = naive.replace(tzinfo=self._zone, fold=fold)
            if name in (moment.tzname(), f"{moment:%z}"[:3]):
                return moment.astimezone(datetime.UTC)
        return None


def _moment(text: str) -> Any:
    """Return a moment of ISO style in UTC; its text where that is no date of Python."""
    found = _ISO.fullmatch(text)
    if found is None:
        return text
    year, day, clock, sign, *offset, before_christ = found.groups()
    number = 1 - int(year) if before_christ else int(year)
    local = np.datetime64(f"{number:04d}-{day}T{clock}", "us")
    hours, minutes, seconds = (int(part or 0) for part in offset)
    ahead = np.timedelta64(hours * 3600 + minutes * 60 + seconds, "s")
    moment = local - ahead if sign == "+" else local + ahead
    if not _ENDS[0] <= moment <= _ENDS[1]:
        return text
    return moment.astype(datetime.datetime).replace(tzinfo=datetime.UTC)


class _Float(FloatDumper):
    def quote(self, obj: float) -> bytes:
        # Quoted into a text it would be a decimal.
        return b"'%s'::float8" % bytes(self.dump(obj) or b"")


class Types:
    """The types of a connection, which from now on gives values that keep what the server said.

    Parameters
    ----------
    connection
        Open.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        adapters = connection.adapters
        adapters.register_dumper(float, _Float)
        for name in _AS_TEXT:
            if adapters.types.get(name) is not None:
                adapters.register_loader(name, TextLoader)
        adapters.register_loader("date", _or_text(DateLoader))
        adapters.register_loader("time", _or_text(TimeLoader))
        adapters.register_loader("timestamp", _or_text(TimestampLoader))
        adapters.register_loader("timestamptz", _Utc)
        # As the server writes it, for a column may have to be all text.
        adapters.register_loader("interval", TextLoader)
        # The driver gives the texts of its fields, whatever they are.
        adapters.register_loader("record", TextLoader)

    def maker(self, oid: int, name: str, notes: list[str]) -> Callable[[Sequence[Any]], pd.Series]:
        """Return the function that makes a column of values.

        Parameters
        ----------
        oid
            Of the type.
        name
            Of the column.
        notes
            Takes what is to be said of it.
        """
        if oid in _INTEGERS:
            return frames.integer_series
        if oid in _FLOATS:
            return frames.float_series
        if oid == _BOOLEAN:
            return frames.boolean_series
        if oid in _DATES or oid == _MOMENT:
            return functools.partial(_dates, name=name, notes=notes, utc=oid == _MOMENT)
        if oid == _INTERVAL:
            return functools.partial(_intervals, loader=IntervalLoader(oid, self._connection))
        return frames.object_series

    @staticmethod
    def column(name: str, kind: str, oid: int, modifier: int) -> Column:
        """Return what is known of a column before its values are.

        Parameters
        ----------
        name
            Of the column.
        kind
            The type as the server calls it.
        oid, modifier
            Of the type.
        """
        found = known_types.get(oid)
        arrow, loose = _arrow(oid, modifier)
        if found is not None and oid == found.array_oid:
            # How many dimensions it has, only the values say.
            in_text = found.oid in (_INTERVAL, _UUID)
            inner = pa.string() if in_text else _arrow(found.oid, -1)[0]
            arrow = pa.list_(inner)
        return Column(name, kind, arrow, loose=loose)


def _arrow(oid: int, modifier: int) -> tuple[pa.DataType, bool]:
    """Return the type of Arrow for a type, and whether the values may tell a better one."""
    if oid in (_NUMERIC, _NUMERICS):
        digits, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
        if modifier < 4 or not 0 <= scale <= digits <= 76:
            return _ANY_NUMERIC, True
        return (pa.decimal128 if digits <= 38 else pa.decimal256)(digits, scale), False
    return _ARROW.get(oid, pa.string()), False


def _dates(values: Sequence[Any], *, name: str, notes: list[str], utc: bool) -> pd.Series:
    lost = sum(isinstance(value, str) for value in values)
    if lost:
        notes.append(lost_note(name, lost))
    kept = [None if isinstance(value, str) else value for value in values]
    if not utc:
        return frames.datetime_series(kept)
    naive = [None if value is None else value.replace(tzinfo=None) for value in kept]
    return frames.datetime_series(naive).dt.tz_localize("UTC")


def _intervals(values: Sequence[str | None], *, loader: Loader) -> pd.Series:
    """Return spans of time; where one of them has no length that pandas knows, all as text."""
    known: dict[str, datetime.timedelta] = {}
    try:
        for text in set(values):
            if text is None:
                continue
            # A month has no length; the driver would take 30 days for it.
            if "mon" in text or "year" in text or "infinity" in text:
                return frames.object_series(values)
            known[text] = loader.load(text.encode())
    except _UNREAD:
        return frames.object_series(values)
    if any(abs(value) > _LONGEST for value in known.values()):
        return frames.object_series(values)
    return frames.timedelta_series([None if text is None else known[text] for text in values])
