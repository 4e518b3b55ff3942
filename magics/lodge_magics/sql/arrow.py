"""Tables of Arrow as engines give them, and what they are in pandas.

What Python has no date for (infinity, years before Christ or of five digits) is a missing value,
and is told; a time of day of 24:00 makes its column text. Lists, structs and maps are `list` and
`dict` of Python, in which whole numbers stay whole beside NULL. A map with such a key, which cannot
be missing, becomes a list of its entries.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lodge_magics.sql import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lodge_magics.sql.sources.base import Column

__all__ = ["frame_of_table", "inside", "lost_note", "python_values", "tidy"]

_EPOCH = datetime.date(1970, 1, 1)
_FIRST = (datetime.date(1, 1, 1) - _EPOCH).days
_LAST = (datetime.date(9999, 12, 31) - _EPOCH).days
_DAY = {"s": 86400, "ms": 86400 * 10**3, "us": 86400 * 10**6, "ns": 86400 * 10**9}
_INT64 = 2**63 - 1


def lost_note(name: str, count: int) -> str:
    """Return what is said of dates that became missing values.

    Parameters
    ----------
    name
        The column's.
    count
        How many of its values.
    """
    return (
        f"{count:,} of {name} are no dates for pandas (infinity and the like) and are missing "
        "values now"
    )


def tidy(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """Return a table whose every value is one of Python as well, and what is to be said of it.

    Parameters
    ----------
    table
        As an engine made it.
    """
    notes = []
    for number, field in enumerate(table.schema):
        if not _has(field.type, _is_date) and not _has(field.type, pa.types.is_time):
            continue
        column = table.column(number)
        lost = 0
        if pa.types.is_time(field.type):
            column = _times(column)
        elif pa.types.is_nested(field.type):
            column, lost = _without_nested(column)
        else:
            column, lost = _without(column)
        if column is not table.column(number):
            table = table.set_column(number, pa.field(field.name, column.type), column)
        if lost:
            notes.append(lost_note(field.name, lost))
    return table, notes


def _is_date(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _has(kind: pa.DataType, wanted: Callable[[pa.DataType], bool]) -> bool:
    """Tell whether a type is of a kind, or holds one that is."""
    if pa.types.is_dictionary(kind):
        return _has(kind.value_type, wanted)
    return bool(wanted(kind)) or any(
        _has(kind.field(n).type, wanted) for n in range(kind.num_fields)
    )


def _bounds(kind: pa.DataType) -> tuple[int, int]:
    """Return the first and the last number of a type that is a date or moment of Python."""
    if pa.types.is_date32(kind):
        return _FIRST, _LAST
    day = _DAY["ms" if pa.types.is_date64(kind) else kind.unit]
    # The ends of 64 bits are infinity, whatever the unit.
    return max(_FIRST * day, 1 - _INT64), min((_LAST + 1) * day, _INT64) - 1


def _without(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    kind = column.type
    numbers = column.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    ends = pc.min_max(numbers).as_py()
    first, last = _bounds(kind)
    if ends["min"] is None:
        return column, 0
    if getattr(kind, "tz", None) not in (None, "UTC"):
        day = _DAY[kind.unit]
        if ends["min"] < first + day or ends["max"] > last - day:
            # Elsewhere it may be the year 0 or 10000 by then.
            kind = pa.timestamp(kind.unit, "UTC")
            column = column.cast(kind)
    if ends["min"] >= first and ends["max"] <= last:
        return column, 0
    bad = pc.or_(
        pc.less(numbers, pa.scalar(first, numbers.type)),
        pc.greater(numbers, pa.scalar(last, numbers.type)),
    )
    return pc.if_else(bad, pa.scalar(None, kind), column), pc.sum(bad).as_py()


def _without_nested(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, int]:
    numbered = column.cast(_numbered(column.type))
    values = numbered.to_pylist()
    lost = _Lost()
    kept = [_kept(value, column.type, lost) for value in values]
    if not lost.count:
        return column, 0
    kind = column.type
    if lost.keys:
        entries = _Lost(entries=True)
        kept = [_kept(value, kind, entries) for value in values]
        kind = _by_entries(kind)
    return pa.chunked_array([pa.array(kept, _numbered(kind))]).cast(kind), lost.count


@dataclass
class _Lost:
    """What became a missing value: how many, whether keys of maps are among them.

    Attributes
    ----------
    entries
        Whether maps become lists of their entries.
    """

    count: int = 0
    keys: bool = False
    entries: bool = False


def _by_entries(kind: pa.DataType) -> pa.DataType:
    """Return a type with lists of entries in place of maps; a key of a map cannot be missing."""
    if pa.types.is_map(kind):
        entry = [("key", _by_entries(kind.key_type)), ("value", _by_entries(kind.item_type))]
        return pa.list_(pa.struct(entry))
    return inside(kind, _by_entries) or kind


def inside(
    kind: pa.DataType, other: Callable[[pa.DataType], pa.DataType], *, plain: bool = False
) -> pa.DataType | None:
    """Return a nested type with other types inside; None for one that is not nested.

    Parameters
    ----------
    kind
        Any type.
    other
        Returns the type in place of one inside.
    plain
        Whether lists of any sort become plain lists; default False.
    """
    if pa.types.is_map(kind):
        return pa.map_(other(kind.key_type), other(kind.item_type))
    if pa.types.is_struct(kind):
        fields = [kind.field(n) for n in range(kind.num_fields)]
        return pa.struct([field.with_type(other(field.type)) for field in fields])
    if not (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    ):
        return None
    field = kind.value_field.with_type(other(kind.value_type))
    if pa.types.is_fixed_size_list(kind) and not plain:
        return pa.list_(field, kind.list_size)
    return pa.large_list(field) if pa.types.is_large_list(kind) and not plain else pa.list_(field)


def _numbered(kind: pa.DataType) -> pa.DataType:
    """Return a type with whole numbers in place of dates and times."""
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return pa.int32()
    if _is_date(kind) or pa.types.is_time64(kind):
        return pa.int64()
    return inside(kind, _numbered) or kind


def _kept(value: Any, kind: pa.DataType, lost: _Lost) -> Any:
    if value is None:
        return None
    if pa.types.is_time(kind):
        return value if 0 <= value < _DAY[kind.unit] else _lose(lost)
    if _is_date(kind):
        first, last = _bounds(kind)
        return value if first <= value <= last else _lose(lost)
    if pa.types.is_map(kind):
        return [_entry(k, v, kind, lost) for k, v in value]
    if pa.types.is_struct(kind):
        fields = [kind.field(n) for n in range(kind.num_fields)]
        return {f.name: _kept(value[f.name], f.type, lost) for f in fields}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [_kept(one, kind.value_type, lost) for one in value]
    return value


def _entry(key: Any, value: Any, kind: pa.MapType, lost: _Lost) -> Any:
    kept = _kept(key, kind.key_type, lost), _kept(value, kind.item_type, lost)
    lost.keys |= kept[0] is None
    return {"key": kept[0], "value": kept[1]} if lost.entries else kept


def _lose(lost: _Lost) -> None:
    lost.count += 1


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    numbers = column.cast(pa.int32() if pa.types.is_time32(column.type) else pa.int64())
    day = _DAY[column.type.unit]
    most = pc.max(numbers).as_py()
    if most is None or most < day:
        return column
    texts = pc.if_else(
        pc.equal(numbers, pa.scalar(day, numbers.type)),
        "24:00:00",
        # Of 24:00 itself it would be midnight.
        column.cast(pa.string()),
    )
    return pc.replace_substring_regex(texts, r"\.0+$", "")


def python_values(column: pa.ChunkedArray) -> list[Any]:
    """Return the values of a column as Python's; maps are dicts where their keys can be.

    Parameters
    ----------
    column
        Of any type.
    """
    if _has(column.type, pa.types.is_map):
        try:
            found: list[Any] = column.to_pylist(maps_as_pydicts="strict")
        except (KeyError, TypeError, ValueError):  # keys that repeat, or that are lists
            pass
        else:
            return found
    try:
        values: list[Any] = column.to_pylist()
    except ValueError:  # a struct with fields of one name
        values = [str(one) if one.is_valid else None for one in column]
    return values


def frame_of_table(table: pa.Table, columns: Sequence[Column]) -> tuple[list[Column], pd.DataFrame]:
    """Return a table as a DataFrame, and what is known of its columns now.

    Parameters
    ----------
    table
        From `tidy`.
    columns
        Names and types as the source calls them.
    """
    return frames.frame_of(
        columns,
        (_series(table.column(number), column.type) for number, column in enumerate(columns)),
    )


def _series(column: pa.ChunkedArray, type_name: str) -> pd.Series:
    kind = column.type
    if pa.types.is_integer(kind) and column.null_count:
        nullable = pd.api.types.pandas_dtype(_nullable_name(str(kind)))
        return pd.Series(column.to_pandas(types_mapper={kind: nullable}.get))
    if pa.types.is_boolean(kind) and column.null_count:
        return pd.Series(column.to_pandas(types_mapper={kind: pd.BooleanDtype()}.get))
    if pa.types.is_floating(kind):
        if pa.types.is_float16(kind):
            column = column.cast(pa.float32())
        missing = column.is_null().to_numpy().astype(bool)
        return frames.float_values(column.to_numpy().copy(), missing)
    if type_name in ("hugeint", "uhugeint"):
        # sum(integer) of DuckDB is one: whole numbers, most of them small.
        values = [None if value is None else int(value) for value in column.to_pylist()]
        return frames.series_by_values(values)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        if pa.types.is_date(kind) or kind.unit in ("s", "ms"):
            column = column.cast(pa.timestamp("us", getattr(kind, "tz", None)))
        return pd.Series(column.to_pandas())
    if pa.types.is_nested(kind) or pa.types.is_null(kind) or pa.types.is_union(kind):
        return frames.object_series(python_values(column))
    if isinstance(kind, pa.BaseExtensionType):
        return frames.object_series(column.to_pylist())
    return pd.Series(column.to_pandas())


def _nullable_name(arrow_name: str) -> str:
    return arrow_name.replace("int", "Int").replace("uInt", "UInt")
