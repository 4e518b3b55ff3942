"""Columns of pandas that keep what the database said.

Whole numbers stay whole: with NULLs they are pandas' nullable Int64 or UInt64, else int64 or
uint64. NULL among floats is NaN, unless there are NaN beside it: then they are Float64. Decimals
stay `Decimal`, bytes stay bytes, dates and timestamps are datetime64[us], times of day and
intervals timedelta64[us] where the database allows more than a day. Columns of an empty result
keep their types. Several columns may have one name.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lodge_magics.sql.sources.base import Column

__all__ = [
    "boolean_series",
    "datetime_series",
    "float_series",
    "float_values",
    "frame_of",
    "integer_series",
    "object_series",
    "series_by_values",
    "series_of_rows",
    "timedelta_series",
    "unsigned_series",
]

_INT64 = range(-(2**63), 2**63)
# The days that timedelta64[us] holds.
_DAYS = datetime.timedelta(microseconds=2**63 - 1).days
# In the attributes of a column on its way into a frame.
_NAN = "nan"


def series_of_rows(
    rows: Sequence[Sequence[Any]], makers: Sequence[Callable[[Sequence[Any]], pd.Series]]
) -> list[pd.Series]:
    """Return rows as columns.

    Parameters
    ----------
    rows
        Tuples of Python values.
    makers
        For each column the function that makes its Series.
    """
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(makers)
    return [maker(values) for maker, values in zip(makers, columns, strict=True)]


def frame_of(
    columns: Sequence[Column], series: Iterable[pd.Series]
) -> tuple[list[Column], pd.DataFrame]:
    """Return columns as a DataFrame, and what is known of them now that their values are.

    Only what cannot be written to is copied.

    Parameters
    ----------
    columns
        Names, which may repeat, and types.
    series
        As many, all of one length.
    """
    found: dict[int, pd.Series] = {}
    known: list[Column] = []
    for number, (column, one) in enumerate(zip(columns, series, strict=True)):
        found[number] = _writable(one)
        known.append(replace(column, nan=True) if one.attrs.get(_NAN) else column)
    length = len(found[0]) if found else 0
    frame = pd.DataFrame(found, index=pd.RangeIndex(length), copy=False)
    frame.columns = pd.Index([column.name for column in columns])
    for one in found.values():
        one.attrs.clear()
    frame.attrs.clear()
    return known, frame


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
    """Return float64, in which NULL is NaN; Float64 when there are NULLs and NaN."""
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    return float_values(np.array(values, dtype="float64"), missing)


def float_values(values: Any, missing: Any) -> pd.Series:
    """Return floats of which some are NULL.

    Parameters
    ----------
    values
        An array of numpy that may be kept; NaN or anything where NULL is.
    missing
        An array of booleans: where NULL is.
    """
    has_nan = bool((np.isnan(values) & ~missing).any())
    if has_nan and missing.any():
        # pandas has one NaN for both; its own type of floats tells them apart.
        series = pd.Series(pd.arrays.FloatingArray(values, missing))
    else:
        if missing.any():
            values[missing] = np.nan
        series = pd.Series(values, copy=False)
    if has_nan:
        series.attrs[_NAN] = True
    return series


def datetime_series(values: Sequence[Any]) -> pd.Series:
    """Return datetime64[us]; NULL is NaT."""
    return pd.Series(np.array(values, dtype="datetime64[us]"))


def timedelta_series(values: Sequence[Any]) -> pd.Series:
    """Return timedelta64[us], in which NULL is NaT; objects when there are longer ones."""
    if any(value is not None and abs(value.days) >= _DAYS for value in values):
        return object_series(values)
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
