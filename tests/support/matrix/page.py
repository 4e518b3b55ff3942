"""The reference of SQL types, made from the matrix.

`PYTHONPATH=tests .venv/bin/python -m support.matrix.page` starts the databases and a Spark session,
and writes the sections of the page.
"""

from __future__ import annotations

import datetime
import os
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.shapes import _converted, _spark_type
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from lodge_magics.sql.texts import is_missing

from support.databases import PASSWORD
from support.kylin_fake import running_kylin
from support.matrix.clickhouse import CLICKHOUSE
from support.matrix.databases import Databases, running_databases
from support.matrix.kinds import KINDS, Kind
from support.matrix.kylin import types_of_kylin
from support.matrix.paths import Came, come
from support.matrix.spark import come_of_spark
from support.matrix.trino import types_of_trino
from support.matrix.wide import Wide
from support.trino import running_trino

__all__ = ["PAGE", "TITLES", "section_of", "section_of_spark", "sections"]

PAGE = Path(__file__).parents[3] / "docs/reference/sql-types.md"
TITLES = {
    "duckdb": "DuckDB",
    "sqlite": "SQLite",
    "mysql": "MySQL and MariaDB",
    "postgres": "Postgres",
    "clickhouse": "ClickHouse",
}
SPARK_TITLE = "Hive and Spark"
_HEAD = [
    "| SQL | value | dtype | with NULL | Arrow | polars | Spark |",
    "|---|---|---|---|---|---|---|",
]


def sections(databases: Databases) -> dict[str, str]:
    """The sections of the databases by their titles."""
    found = {}
    for source, title in TITLES.items():
        lines = []
        for kind in (*KINDS, *CLICKHOUSE):
            if kind.source == source:
                lines += _lines(databases.sources[source], kind)
        found[title] = "\n".join([f"## {title}", "", *_HEAD, *lines])
    return found


def section_of_spark(session: Any) -> str:
    """The section of Spark, which has no column for itself."""
    lines = []
    for kind, columns in come_of_spark(session):
        for number, sql in enumerate(kind.values):
            value = _shown(columns["pandas"], number)
            types = [columns[path].kind for path in ("pandas", "arrow", "polars")]
            lines.append(f"| `{sql}` | {value} | " + " | ".join(types) + " |")
    head = ["| SQL | value | dtype with NULL | Arrow | polars |", "|---|---|---|---|---|"]
    return "\n".join([f"## {SPARK_TITLE}", "", *head, *lines])


def section_of(title: str, types: Wide) -> str:
    """The section of a source whose types are asked for beside each other."""
    lines = []
    null = types.come("pandas")
    for number, kind in enumerate(types.kinds):
        for row, sql in enumerate(kind.values):
            came = {path: types.come(path, row)[number] for path in ("pandas", "arrow", "polars")}
            lines.append(_line(sql, came, null[number]))
    return "\n".join([f"## {title}", "", *_HEAD, *lines])


def _lines(source: RelationalSource, kind: Kind) -> list[str]:
    lines = []
    null = come(source, kind.rows(), "pandas")
    for sql in kind.values:
        alone = f"SELECT 1 AS n, {sql} AS x"
        came = {path: come(source, alone, path) for path in ("pandas", "arrow", "polars")}
        lines.append(_line(sql, came, null))
    return lines


def _line(sql: str, came: dict[str, Came], null: Came) -> str:
    return (
        f"| `{sql}` | {_shown(came['pandas'], 0)} | {came['pandas'].kind} | {null.kind} | "
        f"{_short(came['arrow'].kind)} | {_short(came['polars'].kind)} | {_spark(came['arrow'])} |"
    )


def _shown(came: Came, number: int) -> str:
    value = came.values[number]
    told = " (told)" if is_missing(value) and "are no dates" in came.said else ""
    if is_missing(value) and came.kind.startswith("datetime"):
        return f"`NaT`{told}"
    return f"`{_repr(value)}`{told}"


def _repr(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        text = str(value).removesuffix(" 00:00:00")
        return f"Timestamp('{text}')"
    if isinstance(value, list):
        return "[" + ", ".join(map(_repr, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_repr(k)}: {_repr(v)}" for k, v in value.items()) + "}"
    if isinstance(value, datetime.time | datetime.datetime | datetime.date):
        return repr(value).removeprefix("datetime.")
    if isinstance(value, Decimal | UUID):
        return repr(value)
    return repr(value)


def _short(kind: str) -> str:
    return re.sub(r"DataType\((\w+)\)", r"\1", kind)


def _spark(came: Came) -> str:
    from pyspark.sql.pandas.types import from_arrow_type

    converted, _ = _converted(pa.table({"x": came.column}), _spark_type, "Spark")
    kind = converted.schema.field(0).type
    # Without a zone it is one of the session's.
    return "timestamp" if pa.types.is_timestamp(kind) else from_arrow_type(kind).simpleString()


def main() -> None:
    """Write the sections into the page."""
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        with running_databases(Path(folder)) as databases:
            _write(sections(databases))
        with running_trino(Path(folder)) as trino:
            url = {"url": trino.url("memory/default")}
            source = Connections().get(SourceConfig("trino", "sqlalchemy", url))
            _write({"Trino": section_of("Trino", types_of_trino(trino, source))})
        with running_kylin(PASSWORD) as kylin:
            types = types_of_kylin(kylin, PASSWORD, Path(folder))
            _write({"Kylin": section_of("Kylin", types)})
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = SparkSession.builder.master("local[1]").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    _write({SPARK_TITLE: section_of_spark(session)})
    session.stop()


def _write(made: dict[str, str]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for title, section in made.items():
        # The last of them is followed by a paragraph.
        pattern = re.compile(rf"## {re.escape(title)}\n\n(?:\|.*\n?)*(?<!\n)")
        found = pattern.search(text)
        if found:
            text = text.replace(found[0], section)
        else:
            text = text.replace("\n## Kylin", f"\n{section}\n\n## Kylin")
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
