"""A column of pandas as Arrow, so that each value is the same: NULL, NaN, and the type."""

from __future__ import annotations

import contextlib
import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa

from lodge_magics.sql.texts import text_of

if TYPE_CHECKING:
    import pandas as pd

    from lodge_magics.sql.sources.base import Column

__all__ = ["column_as_arrow", "texts_of"]

# The whole numbers that a float can be, each of them.
_EXACT = range(-(2**53), 2**53 + 1)
_DIGITS = 10**38
_ERRORS = (pa.ArrowException, ArithmeticError, AttributeError, TypeError, ValueError)


def column_as_arrow(series: pd.Series, column: Column) -> tuple[Any, bool]:
    """Return a column as an array of Arrow, and whether it is what its type says; else it is text.

    Parameters
    ----------
    series
        Of a result of `%%sql`.
    column
        What is known of it.
    """
    kind = column.arrow
    if str(series.dtype) in ("float32", "float64"):
        # Not `from_pandas`: NaN is a value here where the source said so.
        values = series.to_numpy()
        return pa.array(values, from_pandas=not column.nan), True
    if series.dtype != object:
        found = pa.array(series)
        if isinstance(found, pa.ChunkedArray):
            found = found.combine_chunks()
        if kind is not None and found.type != kind:
            with contextlib.suppress(*_ERRORS):
                found = found.cast(kind)
        return found, True
    objects: list[Any] = series.tolist()
    if not any(value is not None for value in objects):
        return pa.nulls(len(objects), kind), True
    for wanted in dict.fromkeys((None if column.loose else kind, None)):
        try:
            return _array(objects, wanted), True
        except _ERRORS:
            continue
    return pa.array(texts_of(objects), pa.string()), False


def texts_of(values: list[Any]) -> list[str | None]:
    """Return values as texts; NULL is None.

    Parameters
    ----------
    values
        Of a column.
    """
    return [None if value is None else text_of(value) for value in values]


def _array(values: list[Any], kind: Any) -> Any:
    kinds = {type(value) for value in values if value is not None}
    if kind is None:
        if kinds == {int}:
            most = max(abs(value) for value in values if value is not None)
            if most >= 2**63:
                width = pa.decimal128(38, 0) if most < _DIGITS else pa.decimal256(76, 0)
                return pa.array([None if v is None else Decimal(v) for v in values], width)
        elif kinds == {int, float}:
            if any(type(value) is int and value not in _EXACT for value in values):
                raise ValueError("no type for both")
        elif len(kinds) > 1 and not kinds <= {list, dict}:
            # Arrow would take some of them for others: a bool for a number, a moment for a day.
            raise ValueError("values of several types")
        elif kinds == {dict} and len({tuple(value) for value in values if value is not None}) > 1:
            return _maps(values)
    elif kinds & {datetime.timedelta, datetime.time, str} and len(kinds) > 1:
        raise ValueError("values of several types")
    elif kinds == {int} and pa.types.is_decimal(kind):
        values = [None if value is None else Decimal(value) for value in values]
    if kinds == {list}:
        values = [_without_uuids(value) for value in values]
    if kind is not None and pa.types.is_nested(kind):
        values = [_paired(value, kind) for value in values]
    # `from_pandas` would take a NaN among decimals for NULL.
    return pa.array(values, kind, from_pandas=False)


def _without_uuids(value: Any) -> Any:
    """Return a list with UUIDs as text: Arrow makes no lists of its own type for them."""
    if isinstance(value, list):
        return [_without_uuids(one) for one in value]
    return str(value) if isinstance(value, UUID) else value


def _paired(value: Any, kind: pa.DataType) -> Any:
    """Return a value with its dicts as pairs where they are maps, which Arrow wants of those."""
    if pa.types.is_map(kind) and isinstance(value, dict):
        return [(key, _paired(one, kind.item_type)) for key, one in value.items()]
    if pa.types.is_struct(kind) and isinstance(value, dict):
        kinds = {field.name: field.type for field in kind}
        return {k: _paired(one, kinds[k]) if k in kinds else one for k, one in value.items()}
    if pa.types.is_list(kind) and isinstance(value, list):
        return [_paired(one, kind.value_type) for one in value]
    return value


def _maps(values: list[Any]) -> Any:
    """Return dicts with other keys each as maps: as structs they would have fields they had not."""
    pairs = [None if value is None else list(value.items()) for value in values]
    flat = [pair for one in pairs if one is not None for pair in one]
    key = pa.array([pair[0] for pair in flat]).type
    item = pa.array([pair[1] for pair in flat], from_pandas=False).type
    return pa.array(pairs, pa.map_(key, item))
