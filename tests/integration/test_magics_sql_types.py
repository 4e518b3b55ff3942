"""Kylin's lines of the reference of SQL types, on a fake; the matrix makes and tests the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.options import SqlOptions
from lodge_magics.sql.run import prepare, run_relational
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.databases import PASSWORD
from support.kylin_fake import USER, running_kylin

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[2] / "docs/reference/sql-types.md"
TITLE = "## Kylin"
NAMES = {
    "Decimal": Decimal,
    "Timestamp": pd.Timestamp,
    "time": time,
}


def lines(page: Path = PAGE) -> list[tuple[str, str, str, str]]:
    """Return SQL, value, dtype and dtype with NULL of each of the lines."""
    _, _, section = page.read_text(encoding="utf-8").partition(f"{TITLE}\n")
    found = []
    for line in section.splitlines():
        cells = re.fullmatch(r"\| `(.+?)` \| `(.+?)` \| (\S.*?) \| (\S.*?) \|", line)
        if cells:
            found.append((cells[1], cells[2], cells[3], cells[4]))
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelationalSource]:
    secret = tmp_path_factory.mktemp("types") / "password"
    secret.write_text(PASSWORD)
    connections = Connections()
    with running_kylin(PASSWORD) as kylin:
        settings = {
            "url": f"http://127.0.0.1:{kylin.port}",
            "user": USER,
            "project": "learn_kylin",
            "password_file": str(secret),
        }
        yield connections.get(SourceConfig("kylin", "kylin", settings))
        connections.close()


def ask(source: RelationalSource, text: str) -> pd.Series:
    values: dict[str, object] = {}
    statements = prepare(text, source.config.type, SqlOptions(), values.__getitem__)
    frame = run_relational(source, statements, SqlOptions()).value
    assert isinstance(frame, pd.DataFrame)
    return frame.x


def test_every_line_is_read() -> None:
    text = PAGE.read_text(encoding="utf-8").partition(f"{TITLE}\n")[2]
    assert len(lines()) == sum(line.startswith("| `") for line in text.splitlines()) > 0


@pytest.mark.parametrize(("sql", "value", "dtype", "with_null"), lines())
def test_a_line_of_the_page(
    source: RelationalSource, sql: str, value: str, dtype: str, with_null: str
) -> None:
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
        assert got == expected
        if dtype == "object":
            assert type(got) is type(expected)
    empty = ask(source, f"SELECT * FROM (SELECT {sql} AS x) AS q WHERE 1 = 0")
    assert str(empty.dtype) == dtype
