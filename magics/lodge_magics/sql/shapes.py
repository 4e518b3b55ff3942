"""What a result is handed over as: `--as pandas | arrow | polars | spark`."""

from __future__ import annotations

import importlib
import importlib.util
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import OptionError, SqlError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["SHAPES", "check", "from_arrow", "from_frame"]

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
            "--as polars needs the package polars, which is not installed; install it with "
            "%pip install polars, or take --as arrow."
        )


def from_frame(frame: pd.DataFrame, shape: str | None, session: Callable[[], Any]) -> Any:
    """Return the result of a database in a shape.

    Parameters
    ----------
    frame
        As fetched.
    shape
        One of `SHAPES`; None is pandas.
    session
        Returns the Spark session, which is started if need be.

    Raises
    ------
    SqlError
        A column has values that this shape has no type for.
    """
    if shape in (None, "pandas"):
        return frame
    table = _to_arrow(frame)
    if shape != "spark":
        return from_arrow(table, shape)
    return session().createDataFrame(_for_spark(table))


def from_arrow(table: Any, shape: str) -> Any:
    """Return a table of Arrow as itself, or for polars.

    Parameters
    ----------
    table
        A pyarrow.Table.
    shape
        `arrow` or `polars`.
    """
    if shape == "arrow":
        return table
    return importlib.import_module("polars").from_arrow(table)


def _to_arrow(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    columns = []
    for number, name in enumerate(frame.columns):
        try:
            columns.append(pa.array(frame.iloc[:, number], from_pandas=True))
        except OverflowError:
            # Whole numbers beyond 64 bits, such as those of HUGEINT.
            wide = [None if v is None else Decimal(v) for v in frame.iloc[:, number]]
            columns.append(pa.array(wide, pa.decimal128(38, 0)))
        except (pa.ArrowException, TypeError, ValueError) as error:
            why = " ".join(str(error).split()).rstrip(".")
            raise SqlError(
                f"The column {name} has values that Arrow has no type for ({why}); cast it in SQL, "
                "or leave --as away."
            ) from None
    return pa.table(columns, names=[str(name) for name in frame.columns])


def _for_spark(table: Any) -> Any:
    """Return the table without the types that Spark does not know."""
    import pyarrow as pa

    for number, field in enumerate(table.schema):
        if pa.types.is_uint64(field.type):
            wide = table.column(number).cast(pa.decimal128(20, 0))
            table = table.set_column(number, field.name, wide)
        elif pa.types.is_null(field.type):
            table = table.set_column(number, field.name, table.column(number).cast(pa.string()))
    return table
