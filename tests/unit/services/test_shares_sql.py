"""SQL sources and tables that shares are found by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_services.shares.core import Shares
from lodge_services.shares.models import Actor, Search
from lodge_services.shares.service import SharesService
from lodge_services.shares.sql_cells import MOST, SqlName, sql_names, tables_in, tables_needed

ADA, READER = Actor("ada"), Actor("reader")


@pytest.fixture
def shares(tmp_path: Path) -> Iterator[Shares]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store")
    yield opened.shares
    opened.close()


def notebook(*cells: str) -> Any:
    made = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(cells)]
    return nbformat.v4.new_notebook(cells=made)


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT 1", []),
        ("select * from Flights", ["flights"]),
        ("SELECT * FROM a.b.c x LEFT JOIN d USING (id)", ["a.b.c", "d"]),
        ("SELECT * FROM a, b AS y, c z WHERE q IN (SELECT 1 FROM e)", ["a", "b", "c", "e"]),
        ('SELECT * FROM "My Table" JOIN `x`.`y` JOIN [z]', ["my table", "x.y", "z"]),
        ("WITH t AS (SELECT * FROM a), u (n) AS (SELECT 1) SELECT * FROM t JOIN u", ["a"]),
        ("SELECT 'from x' -- from y\n/* from z */ FROM a", ["a"]),
        ("SELECT EXTRACT(year FROM moment), TRIM('x' FROM y) FROM a", ["a"]),
        ("SELECT * FROM a WHERE x IS NOT DISTINCT FROM y", ["a"]),
        ("SELECT * FROM generate_series(1, 2) JOIN a", ["a"]),
        ("SELECT * FROM (SELECT * FROM a) s", ["a"]),
        ("INSERT INTO a (x) SELECT x FROM b", ["a", "b"]),
        ("CREATE TABLE IF NOT EXISTS a (x INT)", ["a"]),
        ("INSERT OVERWRITE TABLE a SELECT 1", ["a"]),
        ("UPDATE a SET x = 1", ["a"]),
        ("INSERT INTO a VALUES (1) ON CONFLICT DO UPDATE SET x = 1", ["a"]),
        ("SELECT * FROM 航班.延误", ["航班.延误"]),
        ("SELECT * FROM", []),
        ("SELECT * FROM a LATERAL VIEW explode(x) t AS y", ["a"]),
    ],
)
def test_tables_in_statements(statement: str, tables: list[str]) -> None:
    assert list(tables_in(statement)) == tables


def test_sources_and_tables_of_a_notebook() -> None:
    cells = notebook(
        "%%sql df --source shop --preview 10\nSELECT * FROM orders",
        "%%sql --source=shop\nSELECT * FROM orders JOIN items",
        "%%sql\nSELECT * FROM flights",
        "%%sql --source 'big one'\nSELECT 1",
        "%%sqlite --source no\nSELECT * FROM none",
        "print('%%sql --source no')",
    )
    cells["cells"].append(nbformat.v4.new_markdown_cell("%%sql --source no\nFROM none", id="m"))
    assert sql_names(cells) == [
        SqlName("shop", "orders"),
        SqlName("shop", "items"),
        SqlName("", "flights"),
        SqlName("big one", ""),
    ]
    many = "%%sql\n" + "\n".join(f"SELECT * FROM t{number};" for number in range(90))
    assert len(sql_names(notebook(many))) == MOST


@pytest.mark.parametrize(
    "piece",
    [
        "from ",
        "a.",
        "a, ",
        "a",
        " ",
        "'",
        '"',
        "/*",
        "with a as (",
        "(",
        "[a",
        "from a b",
        "`a",
        "\\",
    ],
)
def test_any_text_is_looked_at_quickly(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    list(tables_in(text))
    list(tables_in("select * from " + text))


def test_shares_are_found_by_source_and_table(shares: Shares) -> None:
    orders = "%%sql --source shop\nSELECT * FROM Orders"
    one = shares.create(ADA, title="1", notebook=notebook(orders))
    shares.create(ADA, title="2", notebook=notebook("%%sql --source lake\nSELECT * FROM orders"))
    shares.create(ADA, title="3", notebook=notebook("orders"))

    def found(**narrowed: Any) -> list[str]:
        assert shares.count(READER, Search(**narrowed)) == len(
            shares.list(READER, Search(**narrowed)).items
        )
        return [share.title for share in shares.list(READER, Search(**narrowed)).items]

    assert found(source="shop") == ["1"]
    assert found(table="ORDERS") == ["2", "1"]
    assert found(source="lake", table="orders", words="select") == ["2"]
    assert found(source="lake", table="items") == []
    assert shares.sql_names(one.id) == [SqlName("shop", "orders")]
    shares.update(ADA, one.id, title="new")
    assert found(source="shop") == ["new"]
    shares.update(ADA, one.id, notebook=notebook("%%sql --source shop\nSELECT * FROM items"))
    assert found(table="orders") == ["2"]
    assert found(source="shop", table="items") == ["new"]
    shares.delete(ADA, one.id)
    assert found(source="shop") == []
    shares.restore(ADA, one.id)
    assert found(source="shop") == ["new"]


def test_tables_that_a_notebook_makes_need_not_be_there() -> None:
    cells = [
        "%%sql --source shop\nCREATE OR REPLACE TEMP TABLE late AS SELECT * FROM flights",
        "%%sql --source shop\nselect * from LATE join carriers using (c)",
        "con.execute('create view if not exists seen as select 1')",
        "%%sql\nselect * from seen, orders",
        "df.createOrReplaceTempView('busy')\ndf.write.mode('append').saveAsTable(f\"ada.kept\")",
        "%%sql\nselect * from busy join ada.kept using (day)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    assert tables_needed(notebook) == [
        SqlName("shop", "flights"),
        SqlName("shop", "carriers"),
        SqlName("", "orders"),
    ]
