"""Values that are bound on Trino: as literals, and long lists as one value."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import uuid
from typing import Any

__all__ = ["literal", "one_list"]

_INT64 = range(-(2**63), 2**63)
_TYPES: dict[type, str] = {
    bool: "BOOLEAN",
    int: "BIGINT",
    float: "DOUBLE",
    str: "VARCHAR",
    # JSON has no dates.
    datetime.date: "VARCHAR",
}


def one_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a long list as JSON: Trino takes seconds over a thousand values of their own.

    Parameters
    ----------
    values
        Plain ones.

    Returns
    -------
    tuple or None
        The query after IN with `{}` where its marker goes, and the value; None where they go one by
        one.
    """
    kinds = {type(value) for value in values if value is not None}
    name = _TYPES.get(kinds.pop()) if len(kinds) == 1 else None
    if name is None or any(type(v) is int and v not in _INT64 for v in values):
        return None
    if any(type(v) is float and not math.isfinite(v) for v in values):
        return None
    written = [v.isoformat() if isinstance(v, datetime.date) else v for v in values]
    # What is known before the query runs, the planner would write out value by value.
    text = f"CAST(json_parse(if(rand() >= 0, {{}})) AS ARRAY({name}))"
    chosen = "CAST(v AS DATE)" if datetime.date in {type(value) for value in values} else "v"
    query = f"SELECT {chosen} FROM UNNEST({text}) AS lodge_list (v)"  # noqa: S608
    return query, json.dumps(written, ensure_ascii=False)


def literal(value: Any) -> str | None:
    """Return a value as Trino writes it, of the type that its driver gives it; None for others.

    Parameters
    ----------
    value
        A plain one.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).lower()
        case int() if value in _INT64:
            return f"({value})" if value < 0 else str(value)
        case int() | decimal.Decimal():
            return f"DECIMAL '{value:f}'" if isinstance(value, int) or value.is_finite() else None
        case float() if math.isfinite(value):
            return f"DOUBLE '{value}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"X'{value.hex()}'"
        case uuid.UUID():
            return f"UUID '{value}'"
        case datetime.datetime() if value.tzinfo is None:
            return f"TIMESTAMP '{value.isoformat(' ', 'microseconds')}'"
        case datetime.date() if not isinstance(value, datetime.datetime):
            return f"DATE '{value.isoformat()}'"
    return None
