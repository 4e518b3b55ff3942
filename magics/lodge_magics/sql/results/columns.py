"""A result of any shape as columns of Arrow, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lodge_magics.sql.arrow import python_values
from lodge_magics.sql.columns import column_as_arrow, texts_of
from lodge_magics.sql.sources.base import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["arrow_column", "first_rows", "is_whole", "names_of", "rows_of", "size_of"]


def is_whole(value: Any) -> bool:
    """Tell whether a value is a result with all of its rows, not a lazy one or none.

    Parameters
    ----------
    value
        Any Python value.
    """
    # By the module's name: asking a Spark DataFrame for an attribute may find a column.
    return type(value).__module__.partition(".")[0] in ("pandas", "pyarrow", "polars")


def size_of(value: Any) -> int:
    """Return how many rows a pandas, polars or Arrow result has.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    """
    return value.num_rows if hasattr(value, "num_rows") else len(value)


def names_of(value: Any) -> list[str]:
    """Return the names of its columns; they may repeat.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    """
    names = value.column_names if hasattr(value, "column_names") else value.columns
    return [str(name) for name in names]


def arrow_column(value: Any, number: int, column: Column | None = None) -> pa.ChunkedArray:
    """Return one column, in a type that can be sorted.

    What Arrow has no order for (lists, values of several types) becomes text.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    number
        Its place, from 0.
    column
        What is known of it; default None, nothing.
    """
    found: Any
    if hasattr(value, "column_names"):
        found = value.column(number)
    elif hasattr(value, "iloc"):
        found, _ = column_as_arrow(value.iloc[:, number], column or Column("", ""))
    else:
        found = value.to_series(number).to_arrow()
    if isinstance(found, pa.Array):
        found = pa.chunked_array([found])
    if pa.types.is_dictionary(found.type):
        found = found.cast(found.type.value_type)
    if pa.types.is_nested(found.type) or isinstance(found.type, pa.BaseExtensionType):
        found = pa.chunked_array([pa.array(texts_of(python_values(found)), pa.string())])
    return found


def first_rows(value: Any, count: int, columns: Sequence[Column] = ()) -> list[tuple[Any, ...]]:
    """Return the first rows as Python values.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    count
        How many at most.
    columns
        What is known of its columns; default nothing.
    """
    import numpy as np

    return rows_of(value, np.arange(min(count, size_of(value))), columns)


def rows_of(value: Any, places: Any, columns: Sequence[Column] = ()) -> list[tuple[Any, ...]]:
    """Return some rows as Python values, as they are shown.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    places
        The numbers of the rows, a numpy array of integers.
    columns
        What is known of its columns; default nothing.
    """
    if hasattr(value, "iloc"):
        part = value.iloc[places]
        nan = [column.nan for column in columns] or [False] * part.shape[1]
        found = [_values(part.iloc[:, number], nan[number]) for number in range(part.shape[1])]
    elif hasattr(value, "column_names"):
        part = value.take(places)
        found = [_shortest(python_values(column), column.type) for column in part.columns]
    else:
        part = value[places.tolist()]
        found = [_shortest(column.to_list(), column.dtype) for column in part.get_columns()]
    return list(zip(*found, strict=True))


def _values(series: pd.Series, nan: bool) -> list[Any]:
    """Return the values of a column of pandas; where NaN is NULL, it is None."""
    kind = str(series.dtype)
    values = _shortest(series.tolist(), kind)
    if not nan and kind in ("float32", "float64", "category"):
        values = [None if value != value else value for value in values]
    return values


def _shortest(values: list[Any], kind: Any) -> list[Any]:
    """Return floats of 32 bits as the shortest numbers that are those: 0.1, not 0.100000001."""
    if str(kind).lower() not in ("float", "float32"):
        return values
    import numpy as np

    return [
        float(str(np.float32(value))) if isinstance(value, float) else value for value in values
    ]
