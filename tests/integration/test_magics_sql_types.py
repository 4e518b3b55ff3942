"""Each line of the reference of SQL types, on the real databases, and Kylin's on a fake."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.options import SqlOptions
from lodge_magics.sql.run import prepare, run_relational
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.databases import PASSWORD, running_mariadb, running_postgres
from support.kylin_fake import USER, running_kylin

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[2] / "docs/reference/sql-types.md"
TITLES = {
    "DuckDB": "duckdb",
    "SQLite": "sqlite",
    "MySQL and MariaDB": "mysql",
    "Postgres": "postgres",
    "Kylin": "kylin",
}
NAMES = {
    "Decimal": Decimal,
    "NaT": pd.NaT,
    "Timedelta": pd.Timedelta,
    "Timestamp": pd.Timestamp,
    "UUID": UUID,
    "time": time,
}


def lines(page: Path = PAGE) -> list[tuple[str, str, str, str, str]]:
    """Return kind, SQL, value, dtype and dtype with NULL of each line of the page."""
    found, kind = [], ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            kind = TITLES[line.removeprefix("## ")]
        cells = re.fullmatch(r"\| `(.+?)` \| `(.+?)` \| (\S.*?) \| (\S.*?) \|", line)
        if cells:
            found.append((kind, cells[1], cells[2], cells[3], cells[4]))
    return found


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RelationalSource]]:
    folder = tmp_path_factory.mktemp("types")
    sqlite3.connect(folder / "lite").close()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    user = {"user": "u", "database": "shop", "password_file": str(secret)}
    connections = Connections()
    with (
        running_mariadb() as socket,
        running_postgres() as postgres,
        running_kylin(PASSWORD) as kylin,
    ):
        settings: dict[str, dict[str, Any]] = {
            "duckdb": {"path": str(folder / "duck")},
            "sqlite": {"path": str(folder / "lite")},
            "mysql": {"socket": str(socket), **user},
            "postgres": {"host": "127.0.0.1", "port": postgres.port, **user},
            "kylin": {
                "url": f"http://127.0.0.1:{kylin.port}",
                "user": USER,
                "project": "learn_kylin",
                "password_file": str(secret),
            },
        }
        yield {
            kind: connections.get(SourceConfig(kind, kind, more)) for kind, more in settings.items()
        }
        connections.close()


def ask(source: RelationalSource, text: str) -> pd.Series:
    values: dict[str, object] = {}
    statements = prepare(text, source.config.type, SqlOptions(), values.__getitem__)
    frame = run_relational(source, statements, SqlOptions()).value
    assert isinstance(frame, pd.DataFrame)
    return frame.x


def test_every_source_has_its_lines() -> None:
    assert {kind for kind, *_ in lines()} == set(TITLES.values())
    assert len(lines()) == sum(
        line.startswith("| `") for line in PAGE.read_text(encoding="utf-8").splitlines()
    )


@pytest.mark.parametrize(("kind", "sql", "value", "dtype", "with_null"), lines())
def test_a_line_of_the_page(
    sources: dict[str, RelationalSource],
    kind: str,
    sql: str,
    value: str,
    dtype: str,
    with_null: str,
) -> None:
    source = sources[kind]
    expected = eval(value, NAMES)
    alone = ask(source, f"SELECT {sql} AS x")
    assert str(alone.dtype) == dtype
    nulls = ask(
        source,
        "SELECT q.x FROM (SELECT 1 AS n UNION ALL SELECT 2) AS s "
        f"LEFT JOIN (SELECT {sql} AS x, 1 AS n) AS q ON q.n = s.n ORDER BY s.n",
    )
    assert str(nulls.dtype) == with_null
    assert pd.isna(nulls[1])
    for got in (alone[0], nulls[0]):
        assert (got is pd.NaT) if expected is pd.NaT else (got == expected)
        if dtype == "object":
            assert type(got) is type(expected)
    if kind != "sqlite" and not (kind == "duckdb" and "sum" in sql):
        empty = ask(source, f"SELECT * FROM (SELECT {sql} AS x) AS q WHERE 1 = 0")
        assert str(empty.dtype) in (dtype, "timedelta64[us]")


@pytest.mark.parametrize(
    ("kind", "sql", "value", "dtype", "with_null"), [line for line in lines() if line[0] == "mysql"]
)
def test_a_line_of_the_page_in_a_large_result(
    sources: dict[str, RelationalSource],
    kind: str,
    sql: str,
    value: str,
    dtype: str,
    with_null: str,
) -> None:
    expected = eval(value, NAMES)
    alone = ask(sources[kind], f"SELECT {sql} AS x FROM seq_1_to_2000")
    assert (len(alone), str(alone.dtype)) == (2000, dtype)
    nulls = ask(sources[kind], f"SELECT IF(seq % 2, {sql}, NULL) AS x FROM seq_1_to_2000")
    assert str(nulls.dtype) == with_null
    assert nulls[1::2].isna().all()
    for got in (alone[0], alone[1999], nulls[0]):
        assert (got is pd.NaT) if expected is pd.NaT else (got == expected)
        if dtype == "object":
            assert type(got) is type(expected)
