"""Values that are bound on Trino: as its driver takes them, as literals, and long lists as one."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import uuid
from typing import Any

from lodge_magics.sql.lists import as_text, decimal_type, of_one_type

__all__ = ["literal", "one_list", "typed"]

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)
# What the elements of a JSON text become, and what is made of them where JSON has no such values.
_TYPES: dict[type, tuple[str, str]] = {
    bool: ("boolean", "v"),
    int: ("bigint", "v"),
    float: ("double", "v"),
    bytes: ("varchar", "from_hex(v)"),
    datetime.date: ("varchar", "CAST(v AS date)"),
    datetime.datetime: ("varchar", "CAST(v AS timestamp(6))"),
    uuid.UUID: ("varchar", "CAST(v AS uuid)"),
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
    if not of_one_type(values):
        return None
    present = [value for value in values if value is not None]
    kind = type(present[0])
    name, chosen = _TYPES.get(kind, ("", "v"))
    if kind is str:
        # Of this length, as literals are: with them a `char` is compared as a `char`.
        name = f"varchar({max(1, *map(len, present))})"
    elif kind is decimal.Decimal:
        found = decimal_type(present)
        name, chosen = "varchar" if found else "", f"CAST(v AS {found})"
    if not name or not all(map(_in_json, present)):
        return None
    # What is known before the query runs, the planner would write out value by value.
    text = f"CAST(json_parse(if(rand() >= 0, {{}})) AS ARRAY({name}))"
    written = [value if value is None or kind in _PLAIN else as_text(value) for value in values]
    query = f"SELECT {chosen} FROM UNNEST({text}) AS lodge_list (v)"  # noqa: S608
    return query, json.dumps(written, ensure_ascii=False, separators=(",", ":"))


_PLAIN = (bool, int, float, str)


def _in_json(value: Any) -> bool:
    if isinstance(value, datetime.datetime):
        return value.tzinfo is None
    return value in _INT64 if isinstance(value, int) else _is_finite(value)


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float | decimal.Decimal) or math.isfinite(value)


def typed(value: Any) -> tuple[str, Any]:
    """Return how a value is written, with `{}` where its marker goes, and what the driver is given.

    Parameters
    ----------
    value
        A plain one.
    """
    if isinstance(value, int) and value not in _INT64:
        # The driver would write it as a BIGINT, which it is too large for.
        return "{}", decimal.Decimal(value)
    if not isinstance(value, datetime.datetime):
        return "{}", value
    zone = " with time zone" if value.tzinfo is not None else ""
    value = _on_the_clock(value)
    if value.year < 1000:
        # Of which the driver writes too few digits.
        return f"CAST({{}} AS timestamp(6){zone})", _moment(value)
    return "{}", value


def _on_the_clock(value: datetime.datetime) -> datetime.datetime:
    """Return a moment with the offset of its zone, for a clock goes back over some moments."""
    offset = value.utcoffset()
    if offset is None:
        return value
    if offset % datetime.timedelta(minutes=1):
        # Trino's offsets are of whole minutes.
        offset = datetime.timedelta()
    return value.astimezone(datetime.timezone(offset))


def _moment(value: datetime.datetime) -> str:
    zone = value.isoformat()[-6:] if value.tzinfo is not None else ""
    return f"{as_text(value.replace(tzinfo=None))} {zone}".rstrip()


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
        case int():
            # With its type, for a bare number in GROUP BY is the place of a column.
            kind = "INTEGER" if value in _INT32 else "BIGINT" if value in _INT64 else "DECIMAL"
            return f"{kind} '{value}'"
        case float():
            names = {math.inf: "infinity()", -math.inf: "(-infinity())"}
            return "nan()" if math.isnan(value) else names.get(value, f"DOUBLE '{value}'")
        case decimal.Decimal():
            return f"DECIMAL '{value:f}'" if value.is_finite() else None
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"X'{value.hex()}'"
        case uuid.UUID():
            return f"UUID '{value}'"
        case datetime.datetime():
            return f"TIMESTAMP '{_moment(_on_the_clock(value))}'"
        case datetime.date():
            return f"DATE '{value.isoformat()}'"
        case datetime.time() if value.tzinfo is None:
            return f"TIME '{value.isoformat('microseconds')}'"
    return None
