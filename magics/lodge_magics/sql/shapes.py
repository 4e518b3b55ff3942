"""What a result is handed over as: `--as pandas | arrow | polars | spark`."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import OptionError
from lodge_magics.language import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from lodge_magics.sql.sources.base import Answer

__all__ = ["SHAPES", "check", "from_answer", "from_arrow", "table_of"]

SHAPES = ("pandas", "arrow", "polars", "spark")


def check(shape: str | None) -> None:
    """Refuse a shape that this kernel cannot make, before anything runs.

    Parameters
    ----------
    shape
        One of `SHAPES`, or None.

    Raises
    ------
    OptionError
        Its package is not installed.
    """
    if shape == "polars" and importlib.util.find_spec("polars") is None:
        raise OptionError(
            say(
                "--as polars needs the package polars, which is not installed; install it with "
                "%pip install polars, or take --as arrow."
            )
        )


def from_answer(
    answer: Answer, shape: str | None, session: Callable[[], Any]
) -> tuple[Any, list[str]]:
    """Return the result of a database in a shape, and what is to be said of it.

    Parameters
    ----------
    answer
        With a frame.
    shape
        One of `SHAPES`; None is pandas.
    session
        Returns the Spark session, which is started if need be.
    """
    if shape in (None, "pandas"):
        return answer.frame, []
    table, notes = table_of(answer)
    if shape == "spark":
        for_spark, told = _converted(table, _spark_type, "Spark")
        return session().createDataFrame(for_spark), notes + told
    value, told = from_arrow(table, str(shape))
    return value, notes + told


def table_of(answer: Answer) -> tuple[Any, list[str]]:
    """Return a result as a table of Arrow, and what is to be said of it.

    Parameters
    ----------
    answer
        With a frame.
    """
    if answer.table is not None:
        return answer.table, []
    import pyarrow as pa

    from lodge_magics.sql.columns import column_as_arrow

    frame: pd.DataFrame | None = answer.frame
    arrays, notes = [], []
    for number, column in enumerate(answer.columns):
        array, exact = column_as_arrow(frame.iloc[:, number], column)  # type: ignore[union-attr]
        arrays.append(array)
        if not exact:
            notes.append(f"{column.name} is text: Arrow has no type for all of its values")
    return pa.table(arrays, names=[column.name for column in answer.columns]), notes


def from_arrow(table: Any, shape: str) -> tuple[Any, list[str]]:
    """Return a table of Arrow as itself, or for polars, and what is to be said of it.

    Parameters
    ----------
    table
        A pyarrow.Table.
    shape
        `arrow` or `polars`.
    """
    if shape == "arrow":
        return table, []
    table, notes = _converted(table, _polars_type, "polars")
    return importlib.import_module("polars").from_arrow(table), notes


def _converted(table: Any, other: Callable[[Any], Any], whom: str) -> tuple[Any, list[str]]:
    """Return a table in types that somebody knows; what can't be one of them is text."""
    import pyarrow as pa

    from lodge_magics.sql.arrow import python_values
    from lodge_magics.sql.columns import texts_of

    notes = []
    for number, field in enumerate(table.schema):
        try:
            wanted = other(field.type)
            if wanted == field.type:
                continue
            column = table.column(number)
            if isinstance(field.type, pa.BaseExtensionType):
                column = pa.chunked_array([pa.array(texts_of(column.to_pylist()), pa.string())])
            column = column.cast(wanted)
        except (pa.ArrowException, TypeError, ValueError):
            texts = texts_of(python_values(table.column(number)))
            column = pa.chunked_array([pa.array(texts, pa.string())])
            notes.append(f"{field.name} is text: {whom} has no type for {field.type}")
        table = table.set_column(number, pa.field(field.name, column.type), column)
    return table, notes


def _polars_type(kind: Any) -> Any:
    import pyarrow as pa

    from lodge_magics.sql.arrow import inside

    if isinstance(kind, pa.BaseExtensionType):
        return pa.string()
    if pa.types.is_decimal256(kind) or pa.types.is_union(kind):
        raise TypeError("none of its types")
    return inside(kind, _polars_type) or kind


def _spark_type(kind: Any) -> Any:
    """Return the type of Spark's that holds every value of a type."""
    import pyarrow as pa

    from lodge_magics.sql.arrow import inside

    wider = {
        pa.uint8(): pa.int16(),
        pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(),
        pa.uint64(): pa.decimal128(20, 0),
        pa.float16(): pa.float32(),
        pa.null(): pa.string(),
        pa.large_string(): pa.string(),
        pa.large_binary(): pa.binary(),
    }
    if kind in wider:
        return wider[kind]
    if isinstance(kind, pa.BaseExtensionType):
        return pa.string()
    if pa.types.is_dictionary(kind):
        return _spark_type(kind.value_type)
    if pa.types.is_fixed_size_binary(kind):
        return pa.binary()
    if pa.types.is_timestamp(kind):
        # Those of nanoseconds have a value only where nothing is cut off: the cast says so.
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind):
        return pa.duration("us")
    if pa.types.is_date64(kind):
        return pa.date32()
    if pa.types.is_time(kind) or pa.types.is_decimal256(kind) or pa.types.is_union(kind):
        raise TypeError("none of its types")
    if pa.types.is_struct(kind):
        names = [kind.field(n).name for n in range(kind.num_fields)]
        if len(set(names)) < len(names):
            raise TypeError("fields of one name")
    return inside(kind, _spark_type, plain=True) or kind
