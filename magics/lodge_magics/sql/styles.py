"""How each driver wants the values of a statement."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import json
import math
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SqlError
from lodge_magics.sql.values import for_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["STYLES", "Style", "of_one_type"]


@dataclass(frozen=True)
class Style:
    """How a driver wants parameters.

    Attributes
    ----------
    marker
        Makes the marker for the name of a value.
    positional
        Whether values go as a list, in the order of the markers; else by name.
    escape
        What text outside markers goes through when there are parameters.
    lists
        Whether a list may be bound as one value outside IN.
    empty
        What stands for an empty list after IN.
    arrays
        Whether `IN` of an empty list becomes `= ANY` of an empty array, where `empty` would have a
        type that fits no other; and of a long one `= ANY` of an array with it.
    many
        Returns, for a long list, the query that stands in the brackets after IN, with `{}` where
        its marker goes, and the one value that is bound; None where its values go one by one.
    typed
        Returns how a single value is written, with `{}` where its marker goes, and what is bound,
        where the driver itself would make another value of it.
    literal
        Returns a value as the database writes it, or None where a marker has to do; for one that
        stands in several places, where each marker would be a value of its own.
    """

    marker: Callable[[str], str]
    positional: bool = False
    escape: Callable[[str], str] = str
    lists: bool = False
    empty: str = "SELECT NULL WHERE 1 = 0"
    arrays: bool = False
    many: Callable[[list[Any]], tuple[str, Any] | None] | None = None
    typed: Callable[[Any], tuple[str, Any]] | None = None
    literal: Callable[[Any], str | None] | None = None


def kylin_text(text: str) -> str:
    """Return a piece of a query with values so that Kylin finds their question marks, and no other.

    It looks for them outside of quotes, but inside of comments.

    Parameters
    ----------
    text
        One token.

    Raises
    ------
    SqlError
        It would be taken for a value, or hide one.
    """
    if text.startswith(("--", "/*")):
        # A quote in a comment hides the values behind it; a hint of Kylin has none.
        return " " if any(mark in text for mark in "'\"`?") else text
    if text == "?" or (text[0] in '"`' and any(mark in text[1:-1] for mark in "'\"`?")):
        raise SqlError(
            f"Kylin would look for a value at {text}; write it without the question mark or quote, "
            "or the values of this query as literals."
        )
    return text


def of_one_type(values: list[Any]) -> bool:
    """Tell whether all values of a list that are not None are of one type.

    Parameters
    ----------
    values
        Plain ones.
    """
    return len({type(value) for value in values if value is not None}) == 1


def _duckdb_list(values: list[Any]) -> tuple[str, Any] | None:
    return ("SELECT unnest({})", values) if of_one_type(values) else None


def _sqlite_list(values: list[Any]) -> tuple[str, Any] | None:
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


def _spark_value(value: Any) -> tuple[str, Any]:
    """Return dates as texts that Spark casts.

    pyspark takes a moment without a zone for one of this process's, not of the session's, and knows
    no years before 1000; before 1583 it counts by another calendar.
    """
    if isinstance(value, datetime.datetime):
        return "CAST({} AS TIMESTAMP)", value.isoformat(" ")
    if isinstance(value, datetime.date):
        return "CAST({} AS DATE)", value.isoformat()
    return "{}", value


def _spark_list(values: list[Any]) -> tuple[str, Any] | None:
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


def _trino_list(values: list[Any]) -> tuple[str, Any] | None:
    """Return a list as JSON: Trino takes seconds over a thousand values of their own."""
    kinds = {type(value) for value in values if value is not None}
    name = _TRINO_TYPES.get(kinds.pop()) if len(kinds) == 1 else None
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


def trino_literal(value: Any) -> str | None:
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


def _clickhouse_list(values: list[Any]) -> tuple[str, Any]:
    # Its driver writes a tuple as one of ClickHouse's, at once.
    return "{}", tuple(values)


_INT64 = range(-(2**63), 2**63)
_INFINITE = (math.inf, -math.inf)
_SPARK_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "bigint",
    float: "double",
    str: "string",
    datetime.date: "date",
}
_TRINO_TYPES: dict[type, str] = {
    bool: "BOOLEAN",
    int: "BIGINT",
    float: "DOUBLE",
    str: "VARCHAR",
    # JSON has no dates.
    datetime.date: "VARCHAR",
}
DUCKDB = Style(lambda name: f"${name}", lists=True, many=_duckdb_list)
SQLITE = Style(lambda name: f":{name}", many=_sqlite_list)
MYSQL = Style(
    lambda _name: "%s",
    positional=True,
    escape=lambda text: text.replace("%", "%%"),
    empty="SELECT NULL FROM DUAL WHERE 1 = 0",
)
# A name for each value, not a place: the server takes `$1` for the same as `$1`, and only that.
POSTGRES = Style(
    lambda name: f"%({name})s",
    escape=lambda text: text.replace("%", "%%"),
    lists=True,
    arrays=True,
)
SPARK = Style(lambda name: f":{name}", lists=True, many=_spark_list, typed=_spark_value)
ALCHEMY = Style(lambda name: f":{name}", escape=lambda text: text.replace(":", "\\:"))
ALCHEMY_POSTGRES = dataclasses.replace(ALCHEMY, arrays=True)
CLICKHOUSE = dataclasses.replace(ALCHEMY, many=_clickhouse_list)
TRINO = Style(lambda _name: "?", positional=True, many=_trino_list, literal=trino_literal)
# As `kylin_text` says, for Kylin itself puts the values of texts that Spark runs in their places.
KYLIN = Style(
    lambda _name: "?",
    positional=True,
    escape=kylin_text,
    empty="SELECT NULL FROM (VALUES (1)) AS lodge_none (n) WHERE n = 0",
)
STYLES = {
    "duckdb": DUCKDB,
    "sqlite": SQLITE,
    "mysql": MYSQL,
    "postgres": POSTGRES,
    "sqlalchemy": ALCHEMY,
    "sqlalchemy+clickhousedb": CLICKHOUSE,
    "sqlalchemy+postgres": ALCHEMY_POSTGRES,
    "sqlalchemy+trino": TRINO,
    "hive": SPARK,
    "kylin": KYLIN,
}
