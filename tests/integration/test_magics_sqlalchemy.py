"""%%sql through SQLAlchemy: SQLite and a real Postgres, missing drivers, passwords."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lodge_magics.errors import InterruptedCellError, SourceError, SqlError
from lodge_magics.sql.config import parse
from lodge_magics.sql.memory import used
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from psycopg.adapt import Loader
from support.databases import PASSWORD, Postgres, running_postgres, until
from support.sources import NASTY, run

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def source(
    request: pytest.FixtureRequest,
    server: Postgres,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RelationalSource]:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    url = f"postgresql+psycopg://u@127.0.0.1:{server.port}/shop"
    more = 'password_env = "SHOP_PASSWORD"'
    if request.param == "sqlite":
        url, more = f"sqlite+pysqlite:///{tmp_path}/data", ""
    text = f'[sources.shop]\ntype = "sqlalchemy"\nurl = "{url}"\n{more}'
    connections = Connections()
    source = connections.get(parse(text, "sources.toml").find("shop"))
    run(source, "DROP TABLE IF EXISTS t; CREATE TABLE t (a INTEGER, b VARCHAR(100))")
    run(source, "INSERT INTO t VALUES (1, 'x')")
    yield source
    connections.close()


@pytest.mark.parametrize("value", NASTY)
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: str) -> None:
    text = (
        "SELECT CAST(:v AS VARCHAR(100)) AS v, '12:30 100% \\:a' AS w FROM t "
        "WHERE b <> :v AND b IN :w AND '12:30' LIKE '%' AND 7 % 2 = 1"
    )
    frame = run(source, text, v=value, w=["x", value]).value
    assert frame.to_dict("list") == {"v": [value], "w": ["12:30 100% \\:a"]}
    run(source, "INSERT INTO t VALUES (3, :v)", v=value)
    assert run(source, "SELECT b FROM t WHERE a = 3").value.b.tolist() == [value]
    assert run(source, "SELECT a FROM t WHERE b = :v", v=value).value.a.tolist() == [3]


@pytest.mark.parametrize(
    "make",
    [
        *(int, str, float, Decimal, lambda n: n.to_bytes(3, "big")),
        lambda n: n if n % 2 else n + 0.5,
        lambda n: n + 0.5 if n else float("inf"),
    ],
)
def test_a_long_list_is_taken(source: RelationalSource, make: Any) -> None:
    values = [make(n) for n in range(70_000)]
    text = "SELECT count(*) AS n FROM t WHERE :one IN :ids AND :other NOT IN (:ids)"
    one, other = make(5), make(70_001)
    assert run(source, text, ids=values, one=one, other=other).value.n.tolist() == [1]


def test_an_empty_list_matches_nothing(source: RelationalSource) -> None:
    text = "SELECT '100% \\:a 12:30' AS s FROM t WHERE a NOT IN :ids OR b IN (:ids)"
    assert run(source, text, ids=[]).value.s.tolist() == ["100% \\:a 12:30"]


@pytest.mark.parametrize("source", ["postgresql"], indirect=True)
def test_a_list_is_an_array_of_postgres(source: RelationalSource) -> None:
    text = "SELECT a = ANY(:ids) AS here, a <> ALL(:none) AND NOT b = ANY(:none) AS all FROM t"
    frame = run(source, text, ids=[1, 2], none=[]).value
    assert frame.to_dict("list") == {"here": [True], "all": [True]}


@pytest.mark.parametrize("source", ["sqlite"], indirect=True)
def test_sqlite_compares_what_is_bound_as_its_own_source_does(source: RelationalSource) -> None:
    text = "SELECT 10 > :p AS more, count(*) AS n FROM (SELECT 4 * 3 AS total) WHERE total >= :p"
    assert run(source, text, p=Decimal("9.5")).value.iloc[0].tolist() == [1, 1]
    with pytest.raises(SqlError, match=r"SQLite has no decimals, .* bind float"):
        run(source, text, p=Decimal("0.10000000000000000001"))
    day, moment = dt.date(2013, 1, 2), dt.datetime(2013, 1, 2, 3, 4, 5)
    text = "SELECT date('2013-01-02') = :day AND datetime('2013-01-02 03:04:05') = :moment AS same"
    assert run(source, text, day=day, moment=moment).value.same.tolist() == [1]
    text = "SELECT :u AS u, :t AS t, :s AS s"
    row = run(source, text, u=UUID(int=5), t=dt.time(3, 4), s=dt.timedelta(0, 1.5)).value.iloc[0]
    assert row.tolist() == [str(UUID(int=5)), "03:04:00", 1.5]


def test_results_changes_and_catalog(source: RelationalSource) -> None:
    assert run(source, "SELECT '100%' AS a").value.a.tolist() == ["100%"]
    outcome = run(source, "INSERT INTO t VALUES (NULL, 'y'), (6, 'z')")
    assert outcome.table.notes[-1].startswith("2 rows affected · shop · ")
    frame = run(source, "SELECT a FROM t ORDER BY b").value
    assert str(frame.a.dtype) == "Int64"
    assert list(run(source, "SELECT a, b FROM t WHERE 1 = 0").value) == ["a", "b"]
    assert len(run(source, "SELECT * FROM t", "--preview 2").value) == 2
    assert [(table.name, table.kind) for table in source.tables()] == [("t", "table")]
    assert [c.type for c in source.columns("t")] == ["integer", "varchar(100)"]
    assert source.columns("nosuch") == []
    with pytest.raises(SqlError, match=r"The query failed on shop: .*nosuch") as caught:
        run(source, "SELECT * FROM nosuch")
    assert "sqlalche.me" not in str(caught.value)
    assert run(source, "SELECT count(*) AS n FROM t").value.n.tolist() == [3]


@pytest.mark.parametrize("source", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SET intervalstyle = 'iso_8601'; SELECT interval '1 day 2 hours' AS v", "P1DT2H"),
        ("SELECT interval '2000000000 days' AS v", "2000000000 days"),
        (
            "SET datestyle = 'SQL, DMY'; SELECT timestamptz '2024-03-05 10:00+00' AS v",
            "2024-03-05 10:00:00+00:00",
        ),
        ("SELECT date '0044-03-15 BC' AS v", "0044-03-15 BC"),
        ("SELECT timestamp 'infinity' AS v", "infinity"),
        ("SELECT timestamptz '12024-01-01 00:00+00' AS v", "12024-01-01 08:00:00+08"),
        ("SELECT time '24:00' AS v", "24:00:00"),
    ],
)
def test_what_python_has_no_value_for_is_the_text_of_the_server(
    source: RelationalSource, text: str, value: str
) -> None:
    assert str(run(source, text).value.v[0]) == value


@pytest.mark.parametrize("source", ["postgresql"], indirect=True)
def test_what_a_driver_cannot_read_is_one_sentence(source: RelationalSource) -> None:
    class Fails(Loader):
        def load(self, data: object) -> None:
            raise NotImplementedError("no such style")

    source._connection.connection.driver_connection.adapters.register_loader(  # type: ignore[attr-defined]
        "int4", Fails
    )
    with pytest.raises(SqlError, match=r"cannot read, cast the column to text") as caught:
        run(source, "SELECT 1 AS v")
    assert "NotImplementedError: no such style" in str(caught.value)
    assert run(source, "SELECT 'a' AS v").value.v.tolist() == ["a"]


def test_an_interrupt_stops_the_query(source: RelationalSource, server: Postgres) -> None:
    text = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT sum(x) FROM c"
    started = threading.Event()
    execute = source.execute

    def noted(bound: Any, meter: Any) -> Any:
        started.set()
        return execute(bound, meter)

    source.execute = noted  # type: ignore[method-assign]

    def interrupt() -> None:
        assert started.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(InterruptedCellError):
        run(source, text)
    assert time.monotonic() - began < 30
    thread.join()
    with server.admin() as admin:

        def gone() -> None:
            found = admin.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query = %s AND state = 'active'",
                (text,),
            ).fetchone()
            assert found == (0,)

        until(gone)
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_a_result_that_does_not_fit_is_stopped_while_it_comes(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (100 << 20)))
    text = (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9000000) "
        "SELECT x, 'some text of a row that is long ' || x AS y FROM c"
    )
    with pytest.raises(SqlError, match=r"was stopped: [\d,]+ rows so far"):
        run(source, text)
    monkeypatch.delenv("LODGE_SQL_MEMORY_LIMIT")
    assert run(source, "SELECT a FROM t").value.a.tolist() == [1]


def connect(url: str, more: str = "") -> None:
    text = f'[sources.far]\ntype = "sqlalchemy"\nurl = "{url}"\n{more}'
    Connections().get(parse(text, "sources.toml").find("far"))


def test_a_missing_driver_is_named() -> None:
    with pytest.raises(SourceError, match=r"needs the package kylinpy for the kylin dialect"):
        connect("kylin://u@host:7070/project")
    with pytest.raises(SourceError, match=r"needs the package psycopg2-binary .*%pip install"):
        connect("postgresql+psycopg2://u@host/shop")


def test_a_password_is_kept_out_of_the_url_and_of_messages(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match="has its password in the url; move it"):
        connect("postgresql+psycopg://u:secret@host/shop")
    monkeypatch.setenv("FAR_PASSWORD", "wrong-secret")
    with pytest.raises(SourceError, match="The source far cannot be reached: ") as caught:
        connect(
            f"postgresql+psycopg://u@127.0.0.1:{server.port}/shop", 'password_env = "FAR_PASSWORD"'
        )
    assert "wrong-secret" not in str(caught.value)
    with pytest.raises(SourceError, match="is no URL of SQLAlchemy"):
        connect("nonsense")
