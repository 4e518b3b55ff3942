"""Scripts, procedures, previews and long lists on a real MariaDB."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_magics.errors import SqlError
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from lodge_magics.sql.sources.mysql.source import MySQLSource
from lodge_magics.sql.sources.sessions import has_ended
from support.databases import PASSWORD, running_mariadb, until
from support.sources import run

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with running_mariadb() as socket:
        yield socket


@pytest.fixture
def source(server: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelationalSource]:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    settings = {
        "socket": str(server),
        "user": "u",
        "database": "shop",
        "password_env": "SHOP_PASSWORD",
    }
    connections = Connections()
    yield connections.get(SourceConfig("shop", "mysql", settings))
    connections.close()


def test_a_script_is_one_statement(source: RelationalSource) -> None:
    text = """
        BEGIN NOT ATOMIC
          DECLARE total INT DEFAULT 0;
          SET total = total + 3;
          SELECT total AS n;
        END
    """
    assert run(source, text).value.n.tolist() == [3]
    outcome = run(source, f"SELECT 1; {text}; IF 1 THEN SELECT 4 AS n; SELECT 5 AS n; END IF")
    assert outcome.value.n.tolist() == [5]
    # A transaction is none.
    assert run(source, "BEGIN; SELECT 6 AS n; COMMIT; SELECT 7 AS n").value.n.tolist() == [7]


def test_a_script_with_a_mistake_is_told_where_it_is(source: RelationalSource) -> None:
    with pytest.raises(SqlError, match=r"Statement 1 of 2 failed on shop: the syntax") as caught:
        run(source, "BEGIN NOT ATOMIC\n  SELCT 1;\nEND; SELECT 2")
    assert caught.value.detail.startswith("  SELCT 1;")
    assert run(source, "SELECT 2 AS n").value.n.tolist() == [2]


def test_all_results_of_a_procedure_are_told(source: RelationalSource) -> None:
    text = """
        CREATE OR REPLACE PROCEDURE two()
        BEGIN SELECT 1 AS first_set, 2 AS more; SELECT 2 AS second_set; END;
        CALL two()
    """
    outcome = run(source, text)
    assert outcome.value.second_set.tolist() == [2]
    assert "Result 1 of 2 had 1 row of first_set, more; the last one counts." in outcome.table.notes
    assert run(source, "CALL two()").value.second_set.tolist() == [2]
    run(source, "DROP PROCEDURE two")


def test_all_results_of_a_procedure_are_told_below_sqlalchemy(
    source: RelationalSource, server: Path
) -> None:
    run(
        source,
        "CREATE OR REPLACE PROCEDURE two() BEGIN SELECT 1 AS first_set, 2 AS more UNION ALL "
        "SELECT 3, 4; SELECT 2 AS second_set; SELECT nosuch FROM information_schema.tables; END",
    )
    url = f"mysql+pymysql://u@localhost/shop?unix_socket={server}"
    settings = {"url": url, "password_env": "SHOP_PASSWORD"}
    connections = Connections()
    other = connections.get(SourceConfig("other", "sqlalchemy", settings))
    with pytest.raises(SqlError, match=r"The query failed on other: Unknown column 'nosuch'"):
        run(other, "CALL two()")
    run(
        source,
        "CREATE OR REPLACE PROCEDURE two() BEGIN SELECT 1 AS first_set, 2 AS more UNION ALL "
        "SELECT 3, 4; SELECT 2 AS second_set; END",
    )
    outcome = run(other, "CALL two()")
    assert outcome.value.second_set.tolist() == [2]
    assert (
        "Result 1 of 2 had 2 rows of first_set, more; the last one counts." in outcome.table.notes
    )
    run(
        source,
        "CREATE OR REPLACE PROCEDURE three() BEGIN SELECT 1 AS a, 2 AS b; "
        "SELECT 1 AS none WHERE false; SELECT NULL AS c, '2' AS c; END",
    )
    for _ in range(2):
        outcome = run(other, "CALL three()")
        assert outcome.value.astype(object).to_numpy().tolist() == [[None, "2"]]
        assert list(outcome.value) == ["c", "c"]
        assert outcome.table.notes[:2] == [
            "Result 1 of 3 had 1 row of a, b; the last one counts.",
            "Result 2 of 3 had 0 rows of none; the last one counts.",
        ]
    assert run(other, "CALL three(); SELECT 1 AS one").value.one.tolist() == [1]
    assert run(other, "SHOW VARIABLES LIKE 'version'").value.iloc[0, 0] == "version"
    assert run(other, "SHOW TABLES LIKE 'nosuch'").value.empty
    assert (
        run(other, "CREATE TEMPORARY TABLE x (a INT); INSERT INTO x VALUES (1), (2)").value is None
    )
    assert run(other, "SELECT * FROM x").value.a.tolist() == [1, 2]
    assert run(other, "DESCRIBE x").value.Field.tolist() == ["a"]
    run(source, "DROP PROCEDURE two; DROP PROCEDURE three")
    connections.close()


def test_a_name_of_a_column_begins_no_block(source: RelationalSource) -> None:
    text = "CREATE OR REPLACE TABLE shift (event VARCHAR(20), begin DATETIME); SELECT 1 AS one"
    assert run(source, text).value.one.tolist() == [1]
    text = """
        CREATE OR REPLACE PROCEDURE p() BEGIN SELECT 1; SELECT begin, 5 AS end FROM shift; END;
        CALL p()
    """
    assert list(run(source, text).value.columns) == ["begin", "end"]
    run(source, "DROP PROCEDURE p; DROP TABLE shift")


JOIN = (
    "SELECT * FROM (SELECT 1 AS id, 'a' AS x UNION ALL SELECT 1, 'c' UNION ALL SELECT 1, 'd') a "
    "JOIN (SELECT 1 AS id, 'b' AS x) b ON a.id = b.id"
)


@pytest.mark.parametrize("end", ["", "LIMIT 100", "LIMIT 0, 100", "LIMIT :n", "FOR UPDATE"])
def test_a_preview_may_have_columns_of_one_name(source: RelationalSource, end: str) -> None:
    frame = run(source, f"{JOIN} {end}", "--preview 2", n=100).value
    assert list(frame.columns) == ["id", "x", "id", "x"]
    assert len(frame) == 2


@pytest.mark.parametrize("make", [int, str, lambda n: n or None])
def test_seventy_thousand_values_after_in(source: RelationalSource, make: type) -> None:
    began = time.monotonic()
    frame = run(
        source, "SELECT :five IN :ids AS yes", five=make(5), ids=list(map(make, range(70_000)))
    )
    assert frame.value.yes.tolist() == [1]
    assert time.monotonic() - began < 20


def _hang_up(source: RelationalSource, other: RelationalSource) -> None:
    assert isinstance(source, MySQLSource)
    held = source._connection
    run(other, f"KILL CONNECTION {held.thread_id()}")
    until(lambda: _expect(has_ended(held._sock)))


def test_an_idle_connection_that_the_server_closed_is_made_anew(
    source: RelationalSource, server: Path
) -> None:
    connections = Connections()
    other = connections.get(source.config)
    run(source, "CREATE OR REPLACE TABLE kept (a INT); INSERT INTO kept VALUES (1)")
    for text in ("SELECT 1 AS one", "BEGIN; SELECT 1 AS one; COMMIT; SELECT 1 AS one"):
        _hang_up(source, other)
        outcome = run(source, text)
        assert outcome.value.one.tolist() == [1]
    _hang_up(source, other)
    outcome = run(source, "INSERT INTO kept VALUES (2)")
    assert outcome.table.notes[0] == (
        "The server had closed the idle connection, so this is a new one."
    )
    assert outcome.table.notes[1].startswith("1 row affected")
    _hang_up(source, other)
    assert "kept" in [table.name for table in source.tables()]
    for text in (
        "SET SESSION wait_timeout = 100",
        "CREATE TEMPORARY TABLE mine (a INT)",
        "SELECT @v := 1",
        "BEGIN",
    ):
        run(source, text)
        _hang_up(source, other)
        with pytest.raises(SqlError, match=r"failed on shop: the server has closed the idle"):
            run(source, "DELETE FROM kept")
        assert len(run(source, "SELECT * FROM kept").value) == 2
    run(source, "DROP TABLE kept")
    connections.close()


def test_a_server_that_closes_idle_connections_is_told(source: RelationalSource) -> None:
    run(source, "SET SESSION wait_timeout = 1")
    assert isinstance(source, MySQLSource)
    held = source._connection
    until(lambda: _expect(has_ended(held._sock)))
    with pytest.raises(SqlError, match="run the cell that made them again, then this one"):
        run(source, "SELECT 1 AS one")
    assert run(source, "SELECT 1 AS one").value.one.tolist() == [1]


def _expect(found: bool) -> None:
    assert found
