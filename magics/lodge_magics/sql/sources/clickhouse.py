"""ClickHouse, by its own driver below SQLAlchemy: types, counts and messages are ClickHouse's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from lodge_magics.sql.frames import (
    boolean_series,
    datetime_series,
    float_series,
    integer_series,
    object_series,
    unsigned_series,
)
from lodge_magics.sql.sources.alchemy import AlchemySource
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    import sqlalchemy

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.sources.base import Answer

__all__ = ["ClickHouseSource"]

# Bytes of a query, as servers come.
_LONGEST = 262_144
_ARROW = {
    **{f"{'U' * u}Int{n}": pa.type_for_alias(f"{'u' * u}int{n}")
       for n in (8, 16, 32, 64) for u in (0, 1)},
    "Float32": pa.float32(), "Float64": pa.float64(), "Bool": pa.bool_(), "String": pa.string(),
    "Date": pa.date32(), "Date32": pa.date32(), "DateTime": pa.timestamp("us", "UTC"),
    "UUID": pa.uuid(),
}  # fmt: skip
_FINER = re.compile(r"\bDateTime64\([789]\b")
_AROUND = re.compile(r"^(?:Nullable|LowCardinality)\((.*)\)$")
_SAID = re.compile(
    r"Code: \d+\. DB::Exception: (?:Received from .*?DB::Exception: )?(.*)", re.DOTALL
)
_AFTER = re.compile(r"\.? \([A-Z_]+\)(?: \(version .*?\))?(?: \(for url .*\))?\.?\s*$")
_PLACE = re.compile(r"^Syntax error: failed at position (\d+)")
_NAME = re.compile(r"identifier [`'](.+?)[`']")
_REST = re.compile(r"\. Expected one of: .*", re.DOTALL)


class ClickHouseSource(AlchemySource):
    """A database of ClickHouse, reached over HTTP by `clickhouse-connect`."""

    several = False

    def _send(self, bound: Bound) -> sqlalchemy.CursorResult[Any]:
        # The driver puts values into the text, of which the server takes so much unless told. A
        # character may be four bytes.
        size = 4 * (len(bound.text) + sum(len(str(value)) for value in bound.named.values()))
        if size > _LONGEST:
            driver: Any = self._connection.connection.driver_connection
            driver.client.set_client_setting("max_query_size", str(size))
        if not bound.named:
            # Of two percent signs the driver sends one, though there are no values.
            bound = replace(bound, text=bound.text.replace("%", "%%"))
        return super()._send(bound)

    def _is_answer(self, result: sqlalchemy.CursorResult[Any]) -> bool:
        return result.returns_rows and bool(result.keys())

    def _affected(self, result: sqlalchemy.CursorResult[Any]) -> int | None:
        # What the server counts; it does not for changes that it makes later on its own.
        summary = getattr(result.cursor, "summary", None) or [{}]
        written = int(summary[-1].get("written_rows", 0))
        return written or None

    def _types(self, result: sqlalchemy.CursorResult[Any]) -> list[str]:
        cursor: Any = result.cursor
        return [str(column[1]) for column in cursor.description]

    def _maker(self, type_name: str) -> Callable[[Sequence[Any]], pd.Series]:
        while found := _AROUND.match(type_name):
            type_name = found[1]
        if type_name == "UInt64":
            return unsigned_series
        if re.fullmatch(r"U?Int(8|16|32|64)", type_name):
            return integer_series
        if type_name.startswith("DateTime"):
            return _moments
        if type_name in ("Date", "Date32"):
            return datetime_series
        return {"Float32": _short_floats, "Float64": float_series, "Bool": boolean_series}.get(
            type_name, object_series
        )

    def _arrow(self, type_name: str) -> pa.DataType | None:
        return _arrow(type_name)

    def _answer(self, *arguments: Any) -> Answer:
        answer = super()._answer(*arguments)
        answer.notes += [
            f"{column.name} has moments with more digits than its driver gives: those after the "
            "sixth are cut (toString keeps them)"
            for column in answer.columns
            if _FINER.search(column.type)
        ]
        return answer

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return the server's message, and its place in the user's text."""
        told, _ = super().sentence(error, bound)
        found = _SAID.search(told)
        if not found:
            return told, ""
        said = _AFTER.sub("", found[1])
        place, name = _PLACE.match(said), _NAME.search(said)
        said = one_line(_REST.sub("", said))
        if bound is None:
            return said, ""
        if name and name[1] in bound.text:
            return said, bound.show(bound.text.index(name[1]))
        # The driver puts values into the text: places in it are then others.
        return said, bound.show(int(place[1]) - 1) if place and not bound.named else ""


def _arrow(type_name: str) -> pa.DataType | None:
    """Return the type of Arrow for a type of ClickHouse; None where the values tell it."""
    while found := _AROUND.match(type_name):
        type_name = found[1]
    name, _, inside = type_name.removesuffix(")").partition("(")
    if name == "Decimal":
        digits, scale = map(int, inside.split(","))
        return (pa.decimal128 if digits <= 38 else pa.decimal256)(digits, scale)
    if name in ("DateTime", "DateTime64"):
        return pa.timestamp("us", "UTC")
    if name in ("Enum8", "Enum16", "IPv4", "IPv6"):
        return pa.string()
    if name == "FixedString":
        return pa.binary()
    if name == "Array":
        inner = _arrow(inside)
        return None if inner is None or inner == pa.uuid() else pa.list_(inner)
    return _ARROW.get(type_name)


def _short_floats(values: Sequence[Any]) -> pd.Series:
    """Return numbers of 32 bits as they are written, not with the digits of one of 64 bits."""
    return float_series([None if v is None else float(str(np.float32(v))) for v in values])


def _moments(values: Sequence[Any]) -> pd.Series:
    """Return moments, which the driver gives in UTC where they name no zone, as those of UTC."""
    naive = [
        v if v is None or v.tzinfo is None else v.astimezone(UTC).replace(tzinfo=None)
        for v in values
    ]
    return datetime_series(naive).dt.tz_localize("UTC")
