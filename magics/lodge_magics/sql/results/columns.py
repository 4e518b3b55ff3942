"""A result of any shape as columns of Arrow, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

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


def arrow_column(value: Any, number: int) -> pa.ChunkedArray:
    """Return one column, in a type that can be sorted.

    What Arrow has no order for (lists, values of several types) becomes text.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    number
        Its place, from 0.
    """
    import pyarrow as pa

    if hasattr(value, "column_names"):
        column = value.column(number)
    elif hasattr(value, "iloc"):
        column = _from_pandas(value.iloc[:, number])
    else:
        column = value.to_series(number).to_arrow()
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_nested(column.type):
        column = pa.chunked_array([pa.array(_texts(column.to_pylist()), pa.string())])
    return column


def _from_pandas(series: Any) -> Any:
    import pyarrow as pa

    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array(_texts(series.tolist()), pa.string())


def _texts(values: list[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


def first_rows(value: Any, count: int) -> list[tuple[Any, ...]]:
    """Return the first rows as Python values.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    count
        How many at most.
    """
    import numpy as np

    return rows_of(value, np.arange(min(count, size_of(value))))


def rows_of(value: Any, places: Any) -> list[tuple[Any, ...]]:
    """Return some rows as Python values, as they are shown.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    places
        The numbers of the rows, a numpy array of integers.
    """
    if hasattr(value, "iloc"):
        part = value.iloc[places]
        columns = [part.iloc[:, number].tolist() for number in range(part.shape[1])]
    elif hasattr(value, "column_names"):
        part = value.take(places)
        columns = [column.to_pylist() for column in part.columns]
    else:
        part = value[places.tolist()]
        columns = [column.to_list() for column in part.get_columns()]
    return list(zip(*columns, strict=True))
