"""Rows and Arrow tables as pandas DataFrames that keep what the database said.

Whole numbers stay whole: with NULLs they are pandas' nullable Int64 or UInt64, else int64 or
uint64. Decimals stay `Decimal`, bytes stay bytes, dates and timestamps are datetime64[us], times
of day and intervals timedelta64[us] where the database allows more than a day. Columns of an empty
result keep their types. Several columns may have one name.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lodge_magics.sql.sources.base import Column

__all__ = [
    "arrow_to_frame",
    "boolean_series",
    "datetime_series",
    "float_series",
    "integer_series",
    "object_series",
    "rows_to_frame",
    "series_by_values",
    "series_to_frame",
    "timedelta_series",
    "unsigned_series",
]

_INT64 = range(-(2**63), 2**63)


def rows_to_frame(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    makers: Sequence[Callable[[Sequence[Any]], pd.Series]],
) -> pd.DataFrame:
    """Return rows as a DataFrame.

    Parameters
    ----------
    names
        Of the columns; they may repeat.
    rows
        Tuples of Python values.
    makers
        For each column the function that makes its Series.
    """
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return series_to_frame(
        names, (maker(values) for maker, values in zip(makers, columns, strict=True))
    )


def series_to_frame(names: Sequence[str], series: Iterable[pd.Series]) -> pd.DataFrame:
    """Return columns as a DataFrame; only what cannot be written to is copied.

    Parameters
    ----------
    names
        Of the columns; they may repeat.
    series
        All of one length.
    """
    found = {number: _writable(one) for number, one in enumerate(series)}
    length = len(found[0]) if found else 0
    frame = pd.DataFrame(found, index=pd.RangeIndex(length), copy=False)
    frame.columns = pd.Index(names)
    return frame


def _writable(series: pd.Series) -> pd.Series:
    # Arrow hands numbers over as they lie in its own memory.
    values = series.values
    locked = isinstance(values, np.ndarray) and not values.flags.writeable
    return series.copy() if locked else series


def integer_series(values: Sequence[Any]) -> pd.Series:
    """Return int64, or Int64 when there are NULLs."""
    return _whole(values, "int64")


def unsigned_series(values: Sequence[Any]) -> pd.Series:
    """Return uint64, or UInt64 when there are NULLs."""
    return _whole(values, "uint64")


def _whole(values: Sequence[Any], dtype: str) -> pd.Series:
    mask = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    if not mask.any():
        return pd.Series(np.array(values, dtype=dtype))
    filled = np.array([0 if value is None else value for value in values], dtype=dtype)
    return pd.Series(pd.arrays.IntegerArray(filled, mask))


def boolean_series(values: Sequence[Any]) -> pd.Series:
    """Return bool, or boolean when there are NULLs."""
    if None in values:
        return pd.Series(pd.array(values, dtype="boolean"))
    return pd.Series(np.array(values, dtype=bool))


def float_series(values: Sequence[Any]) -> pd.Series:
    """Return float64; NULL is NaN."""
    return pd.Series(np.array(values, dtype="float64"))


def datetime_series(values: Sequence[Any]) -> pd.Series:
    """Return datetime64[us]; NULL is NaT."""
    return pd.Series(np.array(values, dtype="datetime64[us]"))


def timedelta_series(values: Sequence[Any]) -> pd.Series:
    """Return timedelta64[us]; NULL is NaT."""
    return pd.Series(np.array(values, dtype="timedelta64[us]"))


def object_series(values: Sequence[Any]) -> pd.Series:
    """Return Python objects as they are; NULL is None."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return pd.Series(array)


def series_by_values(values: Sequence[Any]) -> pd.Series:
    """Return the narrowest of the above that keeps every value."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int} and all(value is None or value in _INT64 for value in values):
        return integer_series(values)
    if kinds == {float}:
        return float_series(values)
    if kinds == {datetime.datetime} and all(v is None or v.tzinfo is None for v in values):
        return datetime_series(values)
    if kinds == {bool}:
        return boolean_series(values)
    return object_series(values)


def arrow_to_frame(table: Any, columns: Sequence[Column]) -> pd.DataFrame:
    """Return an Arrow table as a DataFrame.

    Parameters
    ----------
    table
        A pyarrow.Table.
    columns
        Names and types as the source calls them.
    """
    return series_to_frame(
        [column.name for column in columns],
        (
            pd.Series(_from_arrow(table.column(number), column.type))
            for number, column in enumerate(columns)
        ),
    )


def _from_arrow(column: Any, type_name: str) -> Any:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_integer(kind):
        if not column.null_count:
            return column.to_pandas()
        nullable = pd.api.types.pandas_dtype(_nullable_name(str(kind)))
        return pd.Series(column.to_pandas(types_mapper={kind: nullable}.get))
    if pa.types.is_boolean(kind):
        if not column.null_count:
            return column.to_pandas()
        return pd.Series(column.to_pandas(types_mapper={kind: pd.BooleanDtype()}.get))
    if type_name in ("hugeint", "uhugeint"):
        # sum(integer) of DuckDB is one: whole numbers, most of them small.
        values = [None if value is None else int(value) for value in column.to_pylist()]
        return series_by_values(values)
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        return pd.Series(column.cast(pa.timestamp("us"), safe=False).to_pandas())
    if pa.types.is_null(kind):
        return object_series([None] * len(column))
    return column.to_pandas()


def _nullable_name(arrow_name: str) -> str:
    return arrow_name.replace("int", "Int").replace("uInt", "UInt")
