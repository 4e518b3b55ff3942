"""%%sql against a real Postgres: binding, statements, transactions, places of errors, catalog."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pandas as pd
import pytest
from lodge_magics.errors import SqlError
from lodge_magics.sql.sources.base import RelationalSource
from support.sources import NASTY, run

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("value", [*NASTY, "$$; DROP TABLE t; $$"])
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
