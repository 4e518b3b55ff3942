"""Columns as Spark writes them beside a table of Hive, read as the plain text that they are.

Spark's own reader of that text imports what it names, and in older releases runs bytes that stand
in it: who may make a table could run anything as those who look at it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lodge_magics.sql.sources.base import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["spark_columns"]

#: Where Spark keeps a table's columns with its own types and their case, whole or in parts.
_SCHEMA = "spark.sql.sources.schema"
#: What SQL calls types that have another name there.
_IN_SQL = {
    "byte": "tinyint",
    "short": "smallint",
    "integer": "int",
    "long": "bigint",
    "decimal": "decimal(10,0)",
    "null": "void",
}


def spark_columns(parameters: Mapping[str, str]) -> list[Column]:
    """Return the columns that a table's parameters tell of; empty where they tell of none.

    Parameters
    ----------
    parameters
        Of the table, as the metastore has them.
    """
    try:
        return [Column(name, kind) for name, kind in _fields(json.loads(_text(parameters)))]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _text(parameters: Mapping[str, str]) -> str:
    whole = parameters.get(_SCHEMA)
    if whole is not None:
        return whole
    count = parameters.get(f"{_SCHEMA}.numParts", "")
    numbers = range(int(count) if count.isdecimal() and len(count) < 5 else 0)
    return "".join(parameters[f"{_SCHEMA}.part.{number}"] for number in numbers)


def _fields(struct: Any) -> list[tuple[str, str]]:
    if struct["type"] != "struct":
        raise ValueError
    found = [(field["name"], _type(field["type"])) for field in struct["fields"]]
    if not all(isinstance(name, str) for name, _ in found):
        raise TypeError
    return found


def _type(said: Any) -> str:
    """Return a type as SQL writes it."""
    if isinstance(said, str):
        return _IN_SQL.get(said, said)
    match said["type"]:
        case "array":
            return f"array<{_type(said['elementType'])}>"
        case "map":
            return f"map<{_type(said['keyType'])},{_type(said['valueType'])}>"
        case "udt":
            return _type(said["sqlType"])
    return f"struct<{','.join(f'{name}:{kind}' for name, kind in _fields(said))}>"
