"""How each driver wants the values of a statement."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SqlError
from lodge_magics.sql.lists import (
    clickhouse_list,
    decimal_type,
    duckdb_list,
    postgres_list,
    spark_array,
    spark_list,
    sqlite_list,
)
from lodge_magics.sql.sources.trino import values as trino

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["STYLES", "Style"]

_INT64 = range(-(2**63), 2**63)


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
    array
        Returns, for a list outside IN, the array that it is, with `{}` where its marker goes, and
        the one value that is bound; None where it is an array of single values. For a driver that
        makes no value of a list itself, or another one.
    many
        Returns, for a long list, the query that stands in the brackets after IN, with `{}` where
        its marker goes, and the one value that is bound; None where its values go one by one.
    typed
        Returns how a single value is written, with `{}` where its marker goes, and what is bound,
        where the driver itself would make another value of it.
    literal
        Returns a value as the database writes it, or None where a marker has to do; for one that
        stands in several places, where each marker would be a value of its own. Not where rows are
        counted, for grammars have a number or a marker there.
    """

    marker: Callable[[str], str]
    positional: bool = False
    escape: Callable[[str], str] = str
    lists: bool = False
    empty: str = "SELECT NULL WHERE 1 = 0"
    arrays: bool = False
    array: Callable[[list[Any]], tuple[str, Any] | None] | None = None
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


def _spark_value(value: Any) -> tuple[str, Any]:
    """Return dates as texts that Spark casts, and what it has no type for as another type.

    pyspark takes a moment without a zone for one of this process's, not of the session's, and knows
    no years before 1000; before 1583 it counts by another calendar.
    """
    if isinstance(value, datetime.datetime):
        return "CAST({} AS TIMESTAMP)", value.isoformat(" ")
    if isinstance(value, datetime.date):
        return "CAST({} AS DATE)", value.isoformat()
    if isinstance(value, uuid.UUID):
        return "{}", str(value)
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        raise SqlError(f"Spark has no decimal {value}; bind float({str(value)!r}) instead.")
    if isinstance(value, int) and value not in _INT64:
        if not decimal_type([value]):
            raise SqlError(f"Spark has no numbers of more than 38 digits, such as {value}.")
        return "{}", decimal.Decimal(value)
    return "{}", value


def _mysql_value(value: Any) -> tuple[str, Any]:
    """Return a value as it is, unless the driver would cut its zone off."""
    if isinstance(value, datetime.datetime | datetime.time) and value.tzinfo is not None:
        raise SqlError(
            f"MySQL and MariaDB take a date and time without a time zone; bring {value} to that of "
            "the column, and take its zone away with .replace(tzinfo=None), before it is bound."
        )
    return "{}", value


def _clickhouse_value(value: Any) -> tuple[str, Any]:
    """Return a moment with its microseconds, which the driver would cut off."""
    if isinstance(value, datetime.datetime) and value.microsecond:
        zone = "" if value.tzinfo is None else ", 'UTC'"
        if zone:
            value = value.astimezone(datetime.UTC).replace(tzinfo=None)
        return f"toDateTime64({{}}, 6{zone})", value.isoformat(" ")
    return "{}", value


DUCKDB = Style(lambda name: f"${name}", lists=True, many=duckdb_list)
SQLITE = Style(lambda name: f":{name}", many=sqlite_list)
MYSQL = Style(
    lambda _name: "%s",
    positional=True,
    escape=lambda text: text.replace("%", "%%"),
    empty="SELECT NULL FROM DUAL WHERE 1 = 0",
    typed=_mysql_value,
)
# A name for each value, not a place: the server takes `$1` for the same as `$1`, and only that.
POSTGRES = Style(
    lambda name: f"%({name})s",
    escape=lambda text: text.replace("%", "%%"),
    lists=True,
    arrays=True,
    many=postgres_list,
)
SPARK = Style(
    lambda name: f":{name}", lists=True, array=spark_array, many=spark_list, typed=_spark_value
)
ALCHEMY = Style(lambda name: f":{name}", escape=lambda text: text.replace(":", "\\:"))
ALCHEMY_MYSQL = dataclasses.replace(ALCHEMY, empty=MYSQL.empty, typed=_mysql_value)
ALCHEMY_POSTGRES = dataclasses.replace(ALCHEMY, lists=True, arrays=True, many=postgres_list)
ALCHEMY_SQLITE = dataclasses.replace(ALCHEMY, many=sqlite_list)
CLICKHOUSE = dataclasses.replace(ALCHEMY, many=clickhouse_list, typed=_clickhouse_value)
TRINO = Style(
    lambda _name: "?",
    positional=True,
    many=trino.one_list,
    typed=trino.typed,
    literal=trino.literal,
)
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
    "sqlalchemy+mysql": ALCHEMY_MYSQL,
    "sqlalchemy+postgres": ALCHEMY_POSTGRES,
    "sqlalchemy+sqlite": ALCHEMY_SQLITE,
    "sqlalchemy+trino": TRINO,
    "hive": SPARK,
    "kylin": KYLIN,
}
