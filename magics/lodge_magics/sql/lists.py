"""Long lists after IN as one value, by each database in its way.

Each function here takes plain values, and returns the query that stands in the brackets after IN,
with `{}` where the marker goes, and the one value that is bound; None where they go one by one.
"""

from __future__ import annotations

import datetime
import json
import math
from typing import Any

from lodge_magics.sql.values import for_sqlite

__all__ = ["clickhouse_list", "duckdb_list", "of_one_type", "spark_list", "sqlite_list"]

_INT64 = range(-(2**63), 2**63)
_INFINITE = (math.inf, -math.inf)
_SPARK_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "bigint",
    float: "double",
    str: "string",
    datetime.date: "date",
}


def of_one_type(values: list[Any]) -> bool:
    """Tell whether all values of a list that are not None are of one type.

    Parameters
    ----------
    values
        Plain ones.
    """
    return len({type(value) for value in values if value is not None}) == 1


def duckdb_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as one of DuckDB's."""
    return ("SELECT unnest({})", values) if of_one_type(values) else None


def sqlite_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as JSON."""
    adapted = [for_sqlite(value) for value in values]
    if {type(value) for value in adapted} <= {bytes, type(None)}:
        # JSON has no bytes, so they go as text; the source knows this function.
        hexed = [None if value is None else value.hex() for value in adapted]
        return "SELECT lodge_bytes(value) FROM json_each({})", json.dumps(hexed)
    if any(isinstance(value, bytes) or value in _INFINITE for value in adapted):
        return None
    if any(type(value) is int and value not in _INT64 for value in adapted):
        return None
    # A NaN is NULL in SQLite.
    kept = [None if value != value else value for value in adapted]
    return "SELECT value FROM json_each({})", json.dumps(kept, ensure_ascii=False)


def spark_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as JSON: each value of its own would be many calls into the driver."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    name = _SPARK_TYPES.get(kind)
    if kind is int and any(value is not None and value not in _INT64 for value in values):
        return None
    if name is None:
        return None
    written = [value.isoformat() if kind is datetime.date and value else value for value in values]
    text = json.dumps(written, ensure_ascii=False)
    return f"SELECT explode(from_json({{}}, 'array<{name}>'))", text


def clickhouse_list(values: list[Any]) -> tuple[str, Any]:
    """Return a list as a tuple, which the driver writes as one of ClickHouse's, at once."""
    return "{}", tuple(values)
