"""Values of Kylin: those that are bound, and the columns of a result, which come as text.

Kylin writes bound values into the text of a query that it hands on to Spark, and puts strings
between quotes as they are. So those that would end such a quote, or that Spark would read as more
than text, are refused; where a model answers, they are values all the same.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
import uuid
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from lodge_magics.errors import SqlError
from lodge_magics.sql import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

__all__ = ["arrow_type", "column", "parameter", "type_name"]

_INT64 = range(-(2**63), 2**63)
_UNSAFE = re.compile(r"['\\\x00]|\$\{")
# The numbers of java.sql.Types, which a column has beside the name of its type.
_KINDS = {
    -7: "boolean", 16: "boolean",
    -6: "integer", 5: "integer", 4: "integer", -5: "integer",
    2: "decimal", 3: "decimal",
    6: "double", 7: "double", 8: "double",
    91: "date", 93: "date", 92: "time",
}  # fmt: skip


def parameter(value: Any) -> dict[str, str | None]:
    """Return a value as Kylin takes one: the name of a class of Java, and text.

    Parameters
    ----------
    value
        A plain Python value.

    Raises
    ------
    SqlError
        Kylin cannot take it as it is.
    """
    name, text = _parameter(value)
    return {"className": name, "value": text}


def _parameter(value: Any) -> tuple[str, str | None]:
    if value is None:
        return "java.lang.Object", None
    if isinstance(value, bool):
        return "java.lang.Boolean", str(value).lower()
    if isinstance(value, int):
        return ("java.lang.Long" if value in _INT64 else "java.math.BigDecimal"), str(value)
    if isinstance(value, float) and math.isfinite(value):
        return "java.lang.Double", repr(value)
    if isinstance(value, decimal.Decimal) and value.is_finite():
        return "java.math.BigDecimal", f"{value:f}"
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None or value.microsecond % 1000:
            raise SqlError(
                "Kylin takes a timestamp without a time zone and in whole milliseconds; "
                f"bring {value} to that before it is bound."
            )
        return "java.sql.Timestamp", value.isoformat(" ", "milliseconds")
    if isinstance(value, datetime.date):
        return "java.sql.Date", value.isoformat()
    if isinstance(value, uuid.UUID):
        return "java.lang.String", str(value)
    if isinstance(value, str):
        if _UNSAFE.search(value):
            raise SqlError(
                "Kylin puts a bound text into the query without escaping it, so one with a quote, "
                "a backslash or ${ is not sent; write it in the query as a literal, its quotes "
                "doubled."
            )
        return "java.lang.String", value
    raise SqlError(
        f"Kylin cannot take a {type(value).__name__} such as {value!r}; bind a finite number, a "
        "text, a date, a timestamp or None."
    )


def type_name(meta: dict[str, Any]) -> str:
    """Return the type of a column as it is shown.

    Parameters
    ----------
    meta
        One of `columnMetas`.
    """
    name = str(meta.get("columnTypeName") or "").lower().partition(" character set")[0]
    if name == "decimal" and meta.get("precision"):
        return f"decimal({meta['precision']}, {meta.get('scale') or 0})"
    return name


def arrow_type(meta: dict[str, Any]) -> pa.DataType:
    """Return the type of a column in Arrow.

    Parameters
    ----------
    meta
        One of `columnMetas`.
    """
    kind = _KINDS.get(meta.get("columnType", 12), "")
    if kind == "decimal":
        # What the type does not say follows from the values.
        digits, scale = int(meta.get("precision") or 0), int(meta.get("scale") or 0)
        return pa.decimal128(digits, scale) if 0 < digits <= 38 and scale <= digits else None
    if kind == "date" and meta.get("columnType") == 91:
        return pa.date32()
    return _ARROW.get(kind, pa.string())


def column(meta: dict[str, Any], values: Sequence[str | None]) -> tuple[pd.Series, bool]:
    """Return a column, and whether it is what its type says; else it is text.

    Parameters
    ----------
    meta
        One of `columnMetas`.
    values
        Text, and None for NULL.
    """
    make, read = _MAKERS.get(_KINDS.get(meta.get("columnType", 12), ""), (None, str))
    if make is None:
        return frames.object_series(values), True
    try:
        return make([None if value is None else read(value) for value in values]), True
    except (ValueError, ArithmeticError):
        return frames.object_series(values), False


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _moment(text: str) -> str:
    # Of other years numpy has dates, and Python none.
    if not re.match(r"\s*(?!0000)\d{4}-", text):
        raise ValueError(text)
    return text.strip()


_ARROW: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "date": pa.timestamp("us"),
    "time": pa.time64("us"),
}
_MAKERS: dict[str, tuple[Callable[[Sequence[Any]], pd.Series], Callable[[str], Any]]] = {
    "boolean": (frames.boolean_series, _truth),
    "integer": (frames.integer_series, int),
    "decimal": (frames.object_series, decimal.Decimal),
    "double": (frames.float_series, float),
    "date": (frames.datetime_series, _moment),
    "time": (frames.object_series, datetime.time.fromisoformat),
}
