"""How each type of DuckDB leaves it: as Arrow where that is the value, else as DuckDB's own text.

Arrow has no zone for a time of day, no bits, no VARIANT and no number of 128 bits; DuckDB hands
over something else for them (bytes, another time, a negative number) without a word.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from lodge_magics.sql.arrow import inside

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["projection", "whole_numbers"]

_EXACT = {
    *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint"),
    *("utinyint", "usmallint", "uinteger", "ubigint", "float", "double", "decimal"),
    *("varchar", "blob", "uuid", "enum", "date", "time", "timestamp", "timestamp_s"),
    *("timestamp_ms", "timestamp_ns", "timestamp with time zone", "timestamptz_ns"),
    '"null"',
}
_HUGE = ("hugeint", "uhugeint")
# What decimal128 can be told to hold.
_DIGITS = 10**38
_WRAP = 2**128


def projection(types: Sequence[Any]) -> str | None:
    """Return what to select of a query so that its values leave DuckDB as they are.

    Parameters
    ----------
    types
        Of its columns.

    Returns
    -------
    str or None
        None where that is all of it, as it is.
    """
    casts = [_cast(kind, top=True) for kind in types]
    if not any(casts):
        return None
    return ", ".join(
        f"CAST(#{number} AS {cast})" if cast else f"#{number}"
        for number, cast in enumerate(casts, 1)
    )


def _cast(kind: Any, *, top: bool = False) -> str | None:
    """Return the type that a type has to leave as; None where that is itself."""
    name = kind.id
    if name in _EXACT or (top and name == "uhugeint"):
        return None
    if name in ("list", "array"):
        (_, inner), *size = kind.children
        cast = _cast(inner)
        return f"{cast}[{size[0][1] if size else ''}]" if cast else None
    if name == "map":
        kinds = [inner for _, inner in kind.children]
        casts = [_cast(inner) for inner in kinds]
        if not any(casts):
            return None
        return f"MAP({casts[0] or kinds[0]}, {casts[1] or kinds[1]})"
    if name == "struct":
        parts = [(field, _cast(inner), inner) for field, inner in kind.children]
        if not any(cast for _, cast, _ in parts):
            return None
        written = (f"{_quoted(field)} {cast or inner}" for field, cast, inner in parts)
        return f"STRUCT({', '.join(written)})"
    if name == "tuple" and not any(_cast(inner) for _, inner in kind.children):
        return None
    return "VARCHAR"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def whole_numbers(table: pa.Table, names: Sequence[str]) -> pa.Table:
    """Return a table in which numbers of 128 bits are what they are.

    DuckDB hands them over as decimals of 38 digits, and takes the highest bit for a sign.

    Parameters
    ----------
    table
        As it came.
    names
        The types of its columns.
    """
    for number, name in enumerate(names):
        if pa.types.is_nested(table.schema.field(number).type) and "hugeint" in name:
            column = _inner_numbers(table.column(number))
            table = table.set_column(number, table.schema.names[number], column)
        if name not in _HUGE or not pa.types.is_decimal(table.schema.field(number).type):
            continue
        column = table.column(number)
        ends = pc.min_max(column).as_py()
        low, high = ends["min"] or 0, ends["max"] or 0
        signed = name == "hugeint"
        if low > -_DIGITS and high < _DIGITS and (signed or low >= 0):
            continue
        values = [None if value is None else int(value) for value in column.to_pylist()]
        if not signed:
            values = [None if value is None else value % _WRAP for value in values]
        wide = pa.array(values, pa.decimal256(39, 0))
        table = table.set_column(number, pa.field(table.schema.names[number], wide.type), wide)
    return table


def _inner_numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a nested column with numbers of 128 bits as the narrowest type that holds all."""
    try:
        return column.cast(_with_numbers(column.type, pa.int64()))
    except pa.ArrowInvalid:
        values = column.to_pylist()
    if _largest(values) < _DIGITS:
        return column
    texts = [_written(value) for value in values]
    return pa.chunked_array([pa.array(texts, _with_numbers(column.type, pa.string()))])


def _with_numbers(kind: pa.DataType, number: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal128(kind) and (kind.precision, kind.scale) == (38, 0):
        return number
    return inside(kind, lambda inner: _with_numbers(inner, number)) or kind


def _largest(value: Any) -> int:
    if isinstance(value, list | tuple):
        return max(map(_largest, value), default=0)
    if isinstance(value, dict):
        return max(map(_largest, value.values()), default=0)
    return int(abs(value)) if isinstance(value, Decimal) else 0


def _written(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(map(_written, value))
    if isinstance(value, dict):
        return {key: _written(one) for key, one in value.items()}
    return f"{value:f}" if isinstance(value, Decimal) else value
