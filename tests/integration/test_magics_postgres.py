"""%%sql against a real Postgres: binding, cancel, places of errors, transactions, passwords."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from lodge_magics.errors import InterruptedCellError, SourceError, SqlError
from lodge_magics.sql.config import SourceConfig, parse
from lodge_magics.sql.memory import used
from lodge_magics.sql.options import parse_options
from lodge_magics.sql.run import Outcome, prepare, run_relational
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from lodge_magics.sql.sources.postgres import PostgresSource
from support.databases import PASSWORD, Postgres, running_postgres, until

pytestmark = pytest.mark.integration

NASTY = [
    "'", "''", '"', "`", "\\", "\\'", "'; DROP TABLE t; -- ", "' OR '1'='1", "%s", "%(a)s", "100%",
    "%", "%%", "{{x}}", "${x}", "$1", "$$; DROP TABLE t; $$", "?", ":a", "/* */", "-- x", "#",
    "\x1a", "名字", "😀", "\n", "a\\", "\\\\'; DROP TABLE t; -- ", "\u02bc", "\xbf'", "\u00a5'",
    "E'\\''", "{a,b}", "NULL", "\\N",
]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as started:
        yield started


@pytest.fixture
def config(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> SourceConfig:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    text = f"""
        [sources.shop]
        type = "postgres"
        host = "127.0.0.1"
        port = {server.port}
        user = "u"
        database = "shop"
        password_env = "SHOP_PASSWORD"
    """
    return parse(text, "sources.toml").find("shop")


@pytest.fixture
def source(config: SourceConfig) -> Iterator[RelationalSource]:
    connections = Connections()
    source = connections.get(config)
    run(source, "DROP TABLE IF EXISTS t; CREATE TABLE t (a INT, b VARCHAR(100))")
    run(source, "INSERT INTO t VALUES (1, 'x')")
    yield source
    connections.close()


def run(source: RelationalSource, text: str, line: str = "", **values: Any) -> Outcome:
    options = parse_options(line)
    return run_relational(source, prepare(text, "postgres", options, values.__getitem__), options)


@pytest.mark.parametrize("value", NASTY)
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: str) -> None:
    text = (
        "SELECT :v AS v, concat(:v, '%') AS w FROM t WHERE b <> :v AND b IN :w AND b = ANY(:w) "
        "AND '12:30' LIKE '%' AND 7 % 2 = 1"
    )
    frame = run(source, text, v=value, w=["x", value]).value
    assert frame.to_dict("list") == {"v": [value], "w": [f"{value}%"]}
    run(source, "INSERT INTO t VALUES (3, :v)", v=value)
    assert run(source, "SELECT b FROM t WHERE a = 3").value.b.tolist() == [value]
    assert run(source, "SELECT a FROM t WHERE b = :v", v=value).value.a.tolist() == [3]
    # A statement that takes no parameters gets the value quoted.
    run(source, "CREATE TEMP TABLE c AS SELECT :v AS b", v=value)
    assert run(source, "SELECT b FROM c").value.b.tolist() == [value]


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
        "SELECT :n IS NULL AS n, :i AS i, :u AS u, :f AS f, :d AS d, :y AS y, :t AS t, "
        ":day AS day, :yes AS yes"
    )
    row = run(source, text, **values).value.iloc[0]
    assert (row.n, row.i, row.u, row.f, row.yes) == (True, -5, 2**64 - 1, 0.1, True)
    assert (str(row.d), row.y) == ("1.50", values["y"])
    assert (row.t, row.day) == (values["t"], dt.datetime(2013, 1, 2))
    assert len(run(source, "SELECT * FROM t WHERE a NOT IN :v", v=[]).value) == 1
    for text in ("a IN :v", "a IN (:v)", "b in ( /* none */ :v )", "NOT a NOT IN :v"):
        assert len(run(source, f"SELECT * FROM t WHERE {text}", v=[]).value) == 0
    with pytest.raises(SqlError, match="The list :v is empty; after IN it has to stand alone"):
        run(source, "SELECT * FROM t WHERE a IN (:v, 7)", v=[])
    assert len(run(source, "SELECT * FROM t WHERE a not  in (:v) AND a = :w", v=[], w=1).value) == 1


def test_statements_with_a_result_and_without(source: RelationalSource) -> None:
    outcome = run(source, "INSERT INTO t VALUES (5, 'y'), (6, 'z')")
    assert outcome.table.notes[-1].startswith("2 rows affected · shop · ")
    assert run(source, "DELETE FROM t WHERE a > 4 RETURNING a").value.a.tolist() == [5, 6]
    assert run(source, "SHOW TimeZone").value.iloc[0, 0] == "Asia/Shanghai"
    empty = run(source, "SELECT a, b FROM t WHERE a = 0")
    assert empty.value.dtypes.astype(str).to_dict() == {"a": "int64", "b": "object"}
    assert [column.type for column in empty.table.columns] == ["integer", "character varying(100)"]
    assert len(run(source, "SELECT x.a FROM t x, generate_series(1, 9)", "--preview 4").value) == 4


def test_a_transaction_is_the_users(source: RelationalSource) -> None:
    run(source, "BEGIN; INSERT INTO t VALUES (9, 'gone')")
    assert len(run(source, "SELECT * FROM t").value) == 2
    run(source, "ROLLBACK")
    assert len(run(source, "SELECT * FROM t").value) == 1


def test_an_error_shows_the_place_in_the_users_text(source: RelationalSource) -> None:
    run(source, "CREATE TABLE IF NOT EXISTS orders (a INT)")
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT * FROM ordrs")
    assert str(caught.value) == (
        'The query failed on shop: relation "ordrs" does not exist; did you mean orders?'
    )
    with pytest.raises(SqlError) as caught:
        run(
            source, "SELECT '100%', :long_name\nFROM t WHERE :v < a AND 名 = :v", long_name="x", v=0
        )
    assert caught.value.detail == "FROM t WHERE :v < a AND 名 = :v\n" + " " * 24 + "^"
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT 1;\nSELEC 2")
    assert caught.value.detail == "SELEC 2\n^"


def test_a_result_that_does_not_fit_is_stopped_while_it_comes(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(source, "CREATE TEMP TABLE kept AS SELECT 7 AS a")
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (100 << 20)))
    with pytest.raises(SqlError, match=r"was stopped: [\d,]+ rows so far at \d+ bytes a row"):
        run(source, "SELECT n, repeat('x', 100) || n AS y FROM generate_series(1, 3000000) AS s(n)")
    monkeypatch.delenv("LODGE_SQL_MEMORY_LIMIT")
    # The connection and its state live on.
    assert run(source, "SELECT a FROM kept").value.a.tolist() == [7]


def test_a_large_result_that_does_not_fit_tells_how_large_it_would_have_been(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(source, "SELECT n FROM generate_series(1, 30000) AS s(n)")  # imports what Arrow needs
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (100 << 20)))
    with pytest.raises(SqlError, match=r"; about 3,000,000 rows, [\d.]+ [MG]B, as the server exp"):
        run(source, "SELECT n, repeat('x', 100) || n AS y FROM generate_series(1, 3000000) AS s(n)")
    monkeypatch.delenv("LODGE_SQL_MEMORY_LIMIT")
    frame = run(source, "SELECT n FROM generate_series(1, 30000) AS s(n)").value
    assert frame.n.sum() == 450015000


PROVEN = """
    CREATE TABLE proven AS SELECT
        n::int2 AS i2, NULLIF(n % 7, 0)::int AS i4, n::int8 * 4611686018427 AS i8,
        CASE WHEN n % 3 > 0 THEN n % 2 = 0 END AS b, n % 2 = 0 AS c, n / 7.0::float8 AS f,
        (n / 3.0)::numeric(30, 12) AS d, CASE n WHEN 5 THEN 'NaN' WHEN 6 THEN NULL
            WHEN 7 THEN 'Infinity' ELSE n / 8.0 END::numeric AS e,
        'x' || n AS t, CASE WHEN n > 9 THEN '名字😀' END::varchar(9) AS v, 'c'::char(3) AS p,
        '{"a": 1.10}'::json AS j, '{"b": [1]}'::jsonb AS k, ('a' || n % 8)::bytea AS y,
        date '0001-02-03' + n AS day,
        timestamp '9990-01-01 01:02:03.000004' - n * interval '1 s' AS s,
        CASE WHEN n > 1 THEN timestamptz '2020-01-01 00:00+08' + n * interval '1 h' END AS z,
        time '10:00' + n * interval '1 s' AS o, NULL::int AS nothing, NULL::text AS none
    FROM generate_series(1, 30000) AS s(n);
    ANALYZE proven
"""


def test_a_large_result_comes_as_arrow_and_is_the_same(source: RelationalSource) -> None:
    run(source, f"DROP TABLE IF EXISTS proven;{PROVEN}")
    text = "SELECT * FROM proven -- a comment at the end"
    fast = run(source, text)
    assert isinstance(source, PostgresSource)
    assert source.second is not None
    assert len(run(source, f"{text}\nWHERE t = 'none'").value) == 0
    run(source, "SET work_mem = '7MB'")  # from here on the session is not as any other
    slow = run(source, text)
    assert fast.table.columns == slow.table.columns
    pd.testing.assert_frame_equal(fast.value, slow.value)
    assert [type(v) for v in fast.value.iloc[40]] == [type(v) for v in slow.value.iloc[40]]
    assert fast.value.dtypes.astype(str).to_dict()["i4"] == "Int64"
    # Arrow's own memory would be read-only.
    fast.value.iloc[0, 0] = 5
    assert fast.value.iloc[0, 0] == 5


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("BEGIN; DELETE FROM big WHERE n > 29000", "SELECT * FROM big"),
        ("CREATE TEMP TABLE big2 AS SELECT * FROM big LIMIT 29000", "SELECT * FROM big2"),
        ("SET search_path = 'far', 'public'; DELETE FROM big WHERE n > 29000", "SELECT * FROM big"),
    ],
)
def test_a_large_result_is_that_of_the_users_session(
    source: RelationalSource, change: str, text: str
) -> None:
    run(source, "DROP TABLE IF EXISTS big; CREATE TABLE big AS SELECT * FROM "
        "generate_series(1, 30000) AS s(n); ANALYZE big")  # fmt: skip
    run(source, change)
    assert len(run(source, text).value) == 29000
    if change.startswith("BEGIN"):
        run(source, "ROLLBACK")
        assert len(run(source, text).value) == 30000


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (
            "CASE n WHEN 9 THEN timestamp 'infinity' ELSE now()::timestamp END",
            "1 of x are no dates",
        ),
        ("CASE n WHEN 9 THEN date '-infinity' ELSE '2020-01-01' END", "1 of x are no dates"),
        ("CASE n WHEN 9 THEN timestamptz '0044-03-15 BC' ELSE now() END", "1 of x are no dates"),
        ("time '24:00'", ""),
        ("0.1::float4", ""),
        ("ARRAY[n]", ""),
        ("'127.0.0.1'::inet", ""),
        ("nextval('numbers')", ""),
    ],
)
def test_what_is_not_proven_comes_by_the_driver(
    source: RelationalSource, extra: str, told: str
) -> None:
    run(source, "DROP SEQUENCE IF EXISTS numbers; CREATE SEQUENCE numbers")
    outcome = run(source, f"SELECT n, {extra} AS x FROM generate_series(1, 30000) AS s(n)")
    frame = outcome.value
    assert len(frame) == 30000
    assert [note for note in outcome.table.notes if told in note]
    if "numbers" in extra:
        assert frame.x.tolist() == list(range(1, 30001))
    if "float4" in extra:
        assert frame.x[0] == 0.1


def test_rows_changed_in_a_with_are_changed_once(source: RelationalSource) -> None:
    text = (
        "WITH w AS (INSERT INTO t SELECT n FROM generate_series(1, 30000) AS s(n) RETURNING a) "
        "SELECT a, date 'infinity' AS d FROM w"
    )
    assert len(run(source, text).value) == 30000
    assert run(source, "SELECT count(*) AS n FROM t").value.n.tolist() == [30001]


def test_an_interrupt_cancels_a_large_result_too(
    source: RelationalSource, server: Postgres
) -> None:
    text = "SELECT n, pg_sleep(0.01)::text AS mark FROM generate_series(1, 30000) AS s(n)"
    with server.admin() as admin:

        def running(expected: int) -> None:
            found = admin.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE query LIKE %s AND state = 'active' AND pid <> pg_backend_pid()",
                ("COPY%pg_sleep%",),
            ).fetchone()
            assert found == (expected,)

        def interrupt() -> None:
            until(lambda: running(1))
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(InterruptedCellError, match="the query has been stopped"):
            run(source, text)
        thread.join()
        until(lambda: running(0))
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_a_value_of_no_known_type(source: RelationalSource) -> None:
    with pytest.raises(SqlError, match="Write its type beside it"):
        run(source, "BEGIN; SELECT :v IS NULL AS v", v=None)
    run(source, "ROLLBACK")
    assert run(source, "SELECT :v IS NULL AS v", v=None).value.v.tolist() == [True]


def test_a_plan_is_shown_and_nothing_runs(source: RelationalSource) -> None:
    outcome = run(source, "DELETE FROM t WHERE a = :v; SELECT * FROM t", "--explain", v=1)
    assert outcome.value is None
    shown = outcome.plan or " ".join(str(cell) for row in outcome.table.rows for cell in row)
    assert "Seq Scan" in shown
    assert len(run(source, "SELECT * FROM t").value) == 1


def test_catalog(source: RelationalSource) -> None:
    run(source, "CREATE OR REPLACE VIEW v AS SELECT * FROM t; CREATE SCHEMA IF NOT EXISTS far")
    run(source, "CREATE TABLE IF NOT EXISTS far.away (n NUMERIC(5, 2))")
    tables = [(table.name, table.kind) for table in source.tables()]
    assert {("t", "table"), ("v", "view"), ("far.away", "table")} <= set(tables)
    assert tables[-1] == ("far.away", "table")
    columns = [(c.name, c.type) for c in source.columns("t")]
    assert columns == [("a", "integer"), ("b", "character varying(100)")]
    assert [c.type for c in source.columns("far.away")] == ["numeric(5,2)"]
    assert source.columns("nosuch") == []
    run(source, "DROP VIEW v")


def test_an_interrupt_cancels_the_query_on_the_server(
    source: RelationalSource, server: Postgres
) -> None:
    with server.admin() as admin:

        def running() -> int:
            found = admin.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE query LIKE %s AND state = 'active' AND pid <> pg_backend_pid()",
                ("%lodge-test%",),
            ).fetchone()
            return int(found[0]) if found else 0

        def expect() -> None:
            assert running() == 1

        def interrupt() -> None:
            until(expect)
            os.kill(os.getpid(), signal.SIGINT)

        run(source, "SET work_mem = '7MB'")
        thread = threading.Thread(target=interrupt)
        thread.start()
        began = time.monotonic()
        with pytest.raises(InterruptedCellError, match="the query has been stopped"):
            run(source, "SELECT pg_sleep(60), 'lodge-test' AS mark")
        assert time.monotonic() - began < 30
        thread.join()
        assert running() == 0
    # The connection and its state live on.
    assert run(source, "SHOW work_mem").value.iloc[0, 0] == "7MB"


def test_a_lost_connection_is_opened_again(source: RelationalSource, server: Postgres) -> None:
    number = int(run(source, "SELECT pg_backend_pid() AS pid").value.pid[0])
    with server.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", (number,))
    with pytest.raises(SqlError, match="The query failed on shop: "):
        run(source, "SELECT 1")
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_the_password_is_never_told(config: SourceConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wrong-secret")
    with pytest.raises(SourceError) as caught:
        Connections().get(config)
    assert str(caught.value).startswith("The source shop cannot be reached: ")
    assert "password authentication failed" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    away = SourceConfig("away", "postgres", {"host": "127.0.0.1", "port": 1, "user": "u"})
    with pytest.raises(SourceError, match=r"cannot be reached: .*refused") as caught:
        Connections().get(away)
    assert "\n" not in str(caught.value)


def test_read_only(config: SourceConfig) -> None:
    connections = Connections()
    reader = SourceConfig("r", "postgres", {**config.settings, "read_only": True})
    with pytest.raises(SqlError, match="read-only transaction"):
        run(connections.get(reader), "CREATE TABLE no (a INT)")
    connections.close()


def test_the_cache_keeps_types(
    source: RelationalSource, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    text = (
        "SELECT 1.50::numeric AS d, now() AS t, '2h'::interval AS i, NULL::int AS n, true AS b, "
        "'\\x00ff'::bytea AS y, '{1,2}'::int[] AS a, '25:61' AS s UNION ALL "
        "SELECT NULL, NULL, NULL, 1, NULL, NULL, NULL, NULL"
    )
    first = run(source, text, "--cache").value
    again = run(source, text, "--cache")
    assert "from the cache" in again.table.notes[-1]
    first["a"], again.value["a"] = ([None if v is None else list(v) for v in f.a]
                                    for f in (first, again.value))  # fmt: skip
    pd.testing.assert_frame_equal(first, again.value)
