"""%%sql against a real MariaDB: binding, types, kill, passwords."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lodge_magics.errors import InterruptedCellError, SourceError, SqlError
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.memory import used
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.databases import PASSWORD, running_mariadb, until
from support.sources import run

pytestmark = pytest.mark.integration

NASTY = [
    "'", "''", '"', "`", "\\", "\\'", "'; DROP TABLE t; -- ", "' OR '1'='1", "%s", "%(a)s", "100%",
    "%", "%%", "{{x}}", "${x}", "?", ":a", "/* */", "-- x", "#", "\x00", "\x1a", "名字", "😀", "\n",
    "a\\", "\\\\'; DROP TABLE t; -- ", "\u02bc", "\xbf'", "\u00a5'", "0x27", "X'27'", "\\%", "_",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    with running_mariadb() as socket:
        yield socket


def _expect(found: bool) -> None:
    assert found


@pytest.fixture
def config(server: Path, monkeypatch: pytest.MonkeyPatch) -> SourceConfig:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    settings = {
        "socket": str(server),
        "user": "u",
        "database": "shop",
        "password_env": "SHOP_PASSWORD",
    }
    return SourceConfig("shop", "mysql", settings)


@pytest.fixture
def source(config: SourceConfig) -> Iterator[RelationalSource]:
    connections = Connections()
    source = connections.get(config)
    run(source, "CREATE OR REPLACE TABLE t (a INT, b VARCHAR(100)); INSERT INTO t VALUES (1, 'x')")
    yield source
    connections.close()


@pytest.mark.parametrize("value", NASTY)
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: str) -> None:
    text = (
        "SELECT :v AS v, CONCAT(:v, '%') AS w FROM t WHERE b <> :v AND b IN :w AND '12:30' LIKE '%'"
    )
    frame = run(source, text, v=value, w=["x", value]).value
    assert frame.to_dict("list") == {"v": [value], "w": [f"{value}%"]}
    run(source, "INSERT INTO t VALUES (3, :v)", v=value)
    assert run(source, "SELECT b FROM t WHERE a = 3").value.b.tolist() == [value]
    assert run(source, "SELECT a FROM t WHERE b = BINARY :v", v=value).value.a.tolist() == [3]


def test_values_of_all_types_come_back(source: RelationalSource) -> None:
    values: dict[str, Any] = {
        "n": None,
        "i": -5,
        "u": 2**64 - 1,
        "f": 0.1,
        "d": decimal.Decimal("1.50"),
        "y": b"\x00'\xff",
        "t": dt.datetime(2013, 1, 2, 3, 4, 5, 6),
        "day": dt.date(2013, 1, 2),
        "yes": True,
    }
    text = (
        "SELECT :n IS NULL AS n, :i AS i, :u AS u, :f AS f, CAST(:d AS DECIMAL(5,2)) AS d, "
        "HEX(:y) AS y, CAST(:t AS DATETIME(6)) AS t, CAST(:day AS DATE) AS day, :yes AS yes"
    )
    row = run(source, text, **values).value.iloc[0]
    assert (row.n, row.i, row.u, row.f, row.yes) == (1, -5, 2**64 - 1, 0.1, 1)
    assert (row.d, row.y) == (decimal.Decimal("1.50"), "0027FF")
    assert (row.t, row.day) == (values["t"], dt.datetime(2013, 1, 2))
    assert len(run(source, "SELECT * FROM t WHERE a NOT IN :v", v=[]).value) == 1
    assert len(run(source, "SELECT * FROM t WHERE a IN (:v)", v=[]).value) == 0


TYPES = """
CREATE OR REPLACE TABLE types (
  tiny TINYINT, u INT UNSIGNED, big BIGINT UNSIGNED, d DECIMAL(30,10), f DOUBLE, y YEAR, day DATE,
  moment DATETIME(6), stamp TIMESTAMP NULL, span TIME(3), txt TEXT, bin VARBINARY(10), bl BLOB,
  bits BIT(4), e ENUM('a','b'), j JSON, whole INT NOT NULL DEFAULT 0
) CHARACTER SET utf8mb4;
INSERT INTO types VALUES
  (-1, 4294967295, 18446744073709551615, '12345678901234567890.0123456789', 0.1, 2013, '2013-01-02',
   '9999-12-31 23:59:59.999999', '2013-01-02 03:04:05', '-838:59:59.000', '名字', X'00FF',
   X'DEADBEEF', b'1010', 'b', '{"a": 1}', 7),
  (NULL, NULL, NULL, NULL, NULL, NULL, '0000-00-00', '0000-00-00 00:00:00', NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, 8),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   9)
"""


def test_types_are_kept(source: RelationalSource) -> None:
    run(source, TYPES)
    outcome = run(source, "SELECT * FROM types ORDER BY whole")
    frame = outcome.value
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "tiny": "Int64",
        "u": "Int64",
        "big": "UInt64",
        "d": "object",
        "f": "float64",
        "y": "Int64",
        "day": "datetime64[us]",
        "moment": "datetime64[us]",
        "stamp": "datetime64[us]",
        "span": "timedelta64[us]",
        **dict.fromkeys(["txt", "bin", "bl", "bits", "e", "j"], "object"),
        "whole": "int64",
    }
    row = frame.iloc[0]
    assert row.big == 2**64 - 1
    assert row.d == decimal.Decimal("12345678901234567890.0123456789")
    assert row.moment == dt.datetime(9999, 12, 31, 23, 59, 59, 999999)
    assert row.span == -dt.timedelta(hours=838, minutes=59, seconds=59)
    assert (row.txt, row.bin, row.bl, row.bits) == ("名字", b"\x00\xff", b"\xde\xad\xbe\xef", b"\n")
    assert frame.big[1] is pd.NA
    assert frame.bl[1] is None
    assert frame.day.isna().tolist() == [False, True, True]
    assert [note for note in outcome.table.notes if "no dates" in note] == [
        "1 of day are no dates ('0000-00-00' and the like) and are missing values now.",
        "1 of moment are no dates ('0000-00-00' and the like) and are missing values now.",
    ]
    shown = {column.name: column.type for column in outcome.table.columns}
    assert shown["big"] == "bigint unsigned"
    assert shown["d"] == "decimal(30,10)"
    assert (shown["txt"], shown["bl"], shown["y"]) == ("text", "blob", "year")
    empty = run(source, "SELECT * FROM types WHERE 1 = 0").value
    assert list(empty.columns) == list(frame.columns)
    assert empty.big.dtype == np.uint64
    assert str(empty.day.dtype) == "datetime64[us]"


def test_the_cache_keeps_types(
    source: RelationalSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    run(source, TYPES)
    text = "SELECT * FROM types ORDER BY whole"
    first = run(source, text, "--cache").value
    again = run(source, text, "--cache")
    assert "from the cache" in again.table.notes[-1]
    pd.testing.assert_frame_equal(first, again.value)


def test_changes_definitions_and_procedures(source: RelationalSource) -> None:
    text = (
        "CREATE OR REPLACE PROCEDURE p(IN n INT) BEGIN IF n > 1 THEN SELECT n AS one; END IF; "
        "SELECT 2; END; CALL p(3)"
    )
    outcome = run(source, text)
    assert outcome.value["2"].tolist() == [2]
    assert "Result 1 of 2 had 1 row of one; the last one counts." in outcome.table.notes
    outcome = run(source, "INSERT INTO t VALUES (5, 'y'), (6, 'z')")
    assert outcome.table.notes[-1].startswith("2 rows affected · shop · ")
    assert run(source, "SHOW TABLES LIKE 't'").value.iloc[0, 0] == "t"
    assert run(source, "SELECT @v := :x + 1 AS v", x=1).value.v.tolist() == [2]
    assert len(run(source, "SELECT a.a, b.a FROM t a, t b", "--preview 2").value) == 2


def test_a_failure_is_one_sentence(source: RelationalSource) -> None:
    run(source, "CREATE OR REPLACE TABLE orders (a INT)")
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT * FROM ordrs")
    assert str(caught.value) == (
        "The query failed on shop: Table 'shop.ordrs' doesn't exist (1146); did you mean orders?"
    )
    with pytest.raises(SqlError) as caught:
        run(source, "SELEC 1")
    assert str(caught.value) == (
        "The query failed on shop: the syntax is wrong near 'SELEC 1' at line 1 (1064)."
    )
    assert caught.value.detail == "SELEC 1\n^"
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT '100%'\nFROM t WHERE a = :v AND nosuch = 1", v=1)
    assert caught.value.detail == "FROM t WHERE a = :v AND nosuch = 1\n" + " " * 24 + "^"
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT *\nFROM t\nWHERE a = :v WHER b = 1 ", v=1)
    assert caught.value.detail == "WHERE a = :v WHER b = 1\n" + " " * 13 + "^"


def test_a_result_that_does_not_fit_is_stopped_while_it_comes(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(source, "SET @kept = 7")
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (100 << 20)))
    with pytest.raises(
        SqlError, match=r"was stopped: [\d,]+ rows so far at [\d,]+ bytes a row; look"
    ):
        run(source, "SELECT seq, CONCAT(seq, REPEAT('x', 100)) AS y FROM seq_1_to_90000000")
    monkeypatch.delenv("LODGE_SQL_MEMORY_LIMIT")
    # The connection and its state live on.
    assert run(source, "SELECT @kept AS kept").value.kept.tolist() == [7]


def test_a_large_result_comes_in_the_same_session_and_transaction(
    source: RelationalSource,
) -> None:
    run(source, "SET @kept = 7; CREATE TEMPORARY TABLE mine AS SELECT seq AS n FROM seq_1_to_3000")
    run(source, "START TRANSACTION; INSERT INTO t SELECT seq, 'y' FROM seq_1_to_2000")
    frame = run(source, "SELECT n, @kept AS kept, :v AS v FROM mine ORDER BY n", v="%s").value
    assert (frame.n.tolist(), set(frame.kept), set(frame.v)) == (
        list(range(1, 3001)), {7}, {"%s"},
    )  # fmt: skip
    assert len(run(source, "SELECT * FROM t").value) == 2001
    run(source, "ROLLBACK")
    assert len(run(source, "SELECT * FROM t").value) == 1
    # Of a procedure with several results the first counts; those after it are read away.
    run(
        source,
        "CREATE OR REPLACE PROCEDURE two() BEGIN SELECT * FROM seq_1_to_2000; "
        "SELECT 1 AS a FROM seq_1_to_2000; END",
    )
    assert len(run(source, "CALL two()").value) == 2000
    assert run(source, "SELECT 2 AS b").value.b.tolist() == [2]


def test_an_interrupt_stops_a_large_result_as_it_comes(source: RelationalSource) -> None:
    watcher = Connections()
    other = watcher.get(source.config)
    number = int(run(source, "SELECT CONNECTION_ID() AS id").value.id[0])

    def sending() -> int:
        text = "SELECT count(*) AS n FROM information_schema.processlist WHERE id = :id AND info"
        return int(run(other, f"{text} LIKE '%repeat%'", id=number).value.n[0])

    def interrupt() -> None:
        until(lambda: _expect(sending() == 1))
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(InterruptedCellError, match="the query has been stopped"):
        run(source, "SELECT seq, repeat('x', 1000) AS x FROM seq_1_to_4000000")
    thread.join()
    until(lambda: _expect(sending() == 0))
    assert run(source, "SELECT CONNECTION_ID() AS id").value.id[0] == number
    watcher.close()


def test_a_plan_is_shown_and_nothing_runs(source: RelationalSource) -> None:
    outcome = run(source, "DELETE FROM t WHERE a = :v; SELECT * FROM t", "--explain", v=1)
    assert outcome.value is None
    shown = outcome.plan or " ".join(str(cell) for row in outcome.table.rows for cell in row)
    assert "SIMPLE" in shown
    assert len(run(source, "SELECT * FROM t").value) == 1


def test_catalog(source: RelationalSource) -> None:
    run(source, "CREATE OR REPLACE VIEW v AS SELECT * FROM t")
    assert {("t", "table"), ("v", "view")} <= {(t.name, t.kind) for t in source.tables()}
    assert [(c.name, c.type) for c in source.columns("t")] == [
        ("a", "int(11)"),
        ("b", "varchar(100)"),
    ]
    assert source.columns("shop.t") == source.columns("t")
    assert source.columns("nosuch") == []


def test_an_interrupt_kills_the_query_on_the_server(source: RelationalSource) -> None:
    text = "SELECT SLEEP(60) AS slept, 'lodge-test' AS mark"
    watcher = Connections()
    other = watcher.get(source.config)

    def running() -> int:
        return int(
            run(
                other,
                "SELECT count(*) AS n FROM information_schema.processlist "
                "WHERE info LIKE :mark AND id <> CONNECTION_ID()",
                mark="%lodge-test%",
            ).value.n[0]
        )

    def interrupt() -> None:
        until(lambda: _expect(running() == 1))
        os.kill(os.getpid(), signal.SIGINT)

    run(source, "SET @kept = 7")
    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(InterruptedCellError, match="the query has been stopped"):
        run(source, text)
    assert time.monotonic() - began < 30
    thread.join()
    assert running() == 0
    # The connection and its state live on.
    assert run(source, "SELECT @kept AS kept").value.kept.tolist() == [7]
    watcher.close()


def test_a_lost_connection_is_opened_again(source: RelationalSource) -> None:
    killer = Connections()
    number = run(source, "SELECT CONNECTION_ID() AS id").value.id[0]
    run(killer.get(source.config), "KILL :id", id=number)
    with pytest.raises(SqlError):
        run(source, "SELECT 1")
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]
    killer.close()


def test_the_password_is_never_told(config: SourceConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wrong-secret")
    with pytest.raises(SourceError) as caught:
        Connections().get(config)
    assert str(caught.value).startswith("The source shop cannot be reached: Access denied for user")
    assert "wrong-secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    away = SourceConfig("away", "mysql", {"host": "127.0.0.1", "port": 1, "user": "u"})
    with pytest.raises(SourceError, match="The source away cannot be reached: Can't connect"):
        Connections().get(away)


def test_read_only(config: SourceConfig) -> None:
    connections = Connections()
    reader = SourceConfig("r", "mysql", {**config.settings, "read_only": True})
    with pytest.raises(SqlError, match="READ ONLY"):
        run(connections.get(reader), "INSERT INTO t VALUES (1, 'x')")
    connections.close()
