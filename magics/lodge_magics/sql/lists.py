"""Lists as one value, by each database in its way; most are long ones after IN.

Each function here that ends in `_list` takes plain values, and returns the query that stands in the
brackets after IN, with `{}` where the marker goes, and the one value that is bound; None where they
go one by one.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
import uuid
from typing import Any

from lodge_magics.sql.values import for_sqlite

__all__ = [
    "as_text",
    "by_type",
    "clickhouse_list",
    "decimal_type",
    "duckdb_list",
    "of_one_type",
    "postgres_list",
    "spark_array",
    "spark_list",
    "sqlite_list",
]

_INT32, _INT64, _UINT64 = range(-(2**31), 2**31), range(-(2**63), 2**63), range(2**64)
# Types of which databases find a common one, the same as for values of their own.
_FAMILIES = ({int, float, decimal.Decimal}, {datetime.date, datetime.datetime})
_INFINITE = (math.inf, -math.inf)
_CLICKHOUSE_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'"})
# What the elements of a JSON text become on Spark, and what is made of each of them where JSON has
# no such values.
_SPARK_TYPES: dict[type, tuple[str, str]] = {
    bool: ("boolean", "v"),
    int: ("bigint", "v"),
    float: ("double", "v"),
    str: ("string", "v"),
    uuid.UUID: ("string", "v"),
    bytes: ("string", "unhex(v)"),
    datetime.date: ("date", "v"),
    datetime.datetime: ("string", "CAST(v AS TIMESTAMP)"),
}


def of_one_type(values: list[Any]) -> bool:
    """Tell whether all values of a list that are not None are of one type of a database.

    Parameters
    ----------
    values
        Plain ones.
    """
    return len({_kind(value) for value in values if value is not None}) == 1


def by_type(values: list[Any]) -> list[list[Any]]:
    """Return the values of a list by their types, where databases find a common one for them.

    Parameters
    ----------
    values
        Plain ones.

    Returns
    -------
    list
        What is None is with the first. Empty where they are neither all numbers nor all dates and
        moments: texts beside them, say, are compared otherwise as values of their own.
    """
    found: dict[tuple[type, bool], list[Any]] = {}
    for value in values:
        if value is not None:
            found.setdefault(_kind(value), []).append(value)
    kinds = {kind for kind, _ in found}
    if not any(family.issuperset(kinds) for family in _FAMILIES):
        return []
    parts = list(found.values())
    if parts and None in values:
        parts[0].append(None)
    return parts


def _kind(value: Any) -> tuple[type, bool]:
    """Return a value's type, and whether it has a zone: to databases that is a type of its own."""
    zoned = isinstance(value, datetime.datetime | datetime.time) and value.tzinfo is not None
    return type(value), zoned


def postgres_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as an array of Postgres."""
    return ("SELECT unnest({})", values) if of_one_type(values) else None


def duckdb_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as one of DuckDB's."""
    return ("SELECT unnest({})", values) if of_one_type(values) else None


def sqlite_list(values: list[Any]) -> tuple[str, Any]:
    """Return a list as JSON."""
    adapted = [for_sqlite(value) for value in values]
    kinds = {type(value) for value in adapted}
    if bytes not in kinds and not any(value in _INFINITE for value in adapted):
        # A NaN is NULL in SQLite.
        kept = [None if value != value else value for value in adapted]
        return "SELECT value FROM json_each({})", json.dumps(kept, ensure_ascii=False)
    made = "value"
    if bytes in kinds:
        # JSON has no bytes, so they go as text in brackets; the source knows this function.
        made = "lodge_bytes(json_extract(value, '$[0]'))"
        if not kinds <= {bytes, type(None)}:
            made = f"CASE type WHEN 'array' THEN {made} ELSE value END"
    written = f"[{','.join(map(_sqlite_json, adapted))}]"
    return f"SELECT {made} FROM json_each({{}})", written  # noqa: S608  (no value is in it)


def _sqlite_json(value: Any) -> str:
    if isinstance(value, bytes):
        return f'["{value.hex()}"]'
    if isinstance(value, float) and not math.isfinite(value):
        # Too large a number is read as an infinite one.
        return "null" if math.isnan(value) else "9e999" if value > 0 else "-9e999"
    return json.dumps(value, ensure_ascii=False)


def spark_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as the array of `spark_array`."""
    found = spark_array(values)
    return None if found is None else (f"SELECT explode({found[0]})", found[1])


def spark_array(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as an array out of JSON: each value of its own would be calls into the driver.

    Parameters
    ----------
    values
        Plain ones.
    """
    present = [value for value in values if value is not None]
    if len({type(value) for value in present}) != 1:
        return None
    kind = type(present[0])
    name, made = _SPARK_TYPES.get(kind, ("", "v"))
    if kind is int and all(value in _INT32 for value in present):
        name = "int"  # as of a single one
    if kind is decimal.Decimal or (kind is int and any(v not in _INT64 for v in present)):
        whole = decimal_type(present)
        name, made = "string" if whole else "", f"CAST(v AS {whole})"
    if not name:
        return None
    plain = kind in _IN_JSON and made == "v"
    written = [value if value is None or plain else as_text(value) for value in values]
    array = f"from_json({{}}, 'array<{name}>')"
    if made != "v":
        array = f"transform({array}, v -> {made})"
    return array, json.dumps(written, ensure_ascii=False)


_IN_JSON = (bool, int, float, str)


def as_text(value: Any) -> str:
    """Return a value that JSON has not as the text that databases read.

    Parameters
    ----------
    value
        Bytes, a decimal, a date, a moment, or what `str` writes.
    """
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def decimal_type(values: list[Any]) -> str:
    """Return the type of decimals that holds all of these; empty where none does.

    Parameters
    ----------
    values
        Decimals or whole numbers.
    """
    numbers = [decimal.Decimal(value) for value in values]
    if not all(number.is_finite() for number in numbers):
        return ""
    parts = [number.as_tuple() for number in numbers]
    scale = max(max(0, -int(part.exponent)) for part in parts)
    whole = max(max(0, len(part.digits) + int(part.exponent)) for part in parts)
    return f"decimal({max(1, whole + scale)}, {scale})" if whole + scale <= 38 else ""


def clickhouse_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as an array's text, or as a tuple, which the driver writes at once.

    ClickHouse compares the elements of both as it compares single values; it reads the text of an
    array ten times as fast as values of a query, and has one for whole numbers and for texts.
    """
    if any(isinstance(value, datetime.datetime) and value.microsecond for value in values):
        return None
    kinds = {type(value) for value in values}
    if kinds == {int}:
        # As it takes single ones: a moment, for one, is compared with those without a sign alone.
        for name, held in (("UInt64", _UINT64), ("Int64", _INT64)):
            if all(value in held for value in values):
                return f"CAST({{}}, 'Array({name})')", f"[{','.join(map(str, values))}]"
    if kinds == {str}:
        quoted = ("'" + value.translate(_CLICKHOUSE_ESCAPES) + "'" for value in values)
        return "CAST({}, 'Array(String)')", f"[{','.join(quoted)}]"
    return "{}", tuple(values)
