"""%%sql on a real Trino: types, binding, previews, places of errors, interrupts, the catalog."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from lodge_magics.errors import InterruptedCellError, SourceError, SqlError
from lodge_magics.spark.session import stop
from lodge_magics.sql.memory import used
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from pyspark.sql import SparkSession
from support.databases import until
from support.matrix.page import PAGE, section_of
from support.matrix.spark import small_driver, wrong_in_spark
from support.matrix.trino import types_of_trino
from support.matrix.wide import SINGLE, WHOLE, Wide
from support.sources import NASTY, configured, interrupted_when, run
from support.trino import Trino, running_trino

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    with running_trino(tmp_path_factory.mktemp("trino")) as started:
        yield started


def connected(connections: Connections, url: str) -> RelationalSource:
    return connections.get(configured(f'type = "sqlalchemy"\nurl = "{url}"'))


@pytest.fixture(scope="module")
def source(server: Trino) -> Iterator[RelationalSource]:
    connections = Connections()
    source = connected(connections, server.url("memory/default"))
    run(source, "CREATE TABLE t (a INTEGER, b VARCHAR(100)); INSERT INTO t VALUES (1, 'x')")
    yield source
    connections.close()


TYPES: list[tuple[str, str, Any, str]] = [
    ("1", "integer", 1, "int64"),
    ("CAST(NULL AS bigint)", "bigint", pd.NA, "Int64"),
    ("CAST(1 AS tinyint)", "tinyint", 1, "int64"),
    ("REAL '0.1'", "real", 0.1, "float64"),
    ("CAST(NULL AS boolean)", "boolean", pd.NA, "boolean"),
    ("DECIMAL '12345678901234567890.10'", "decimal(22, 2)", Decimal("12345678901234567890.10"),
     "object"),
    ("DATE '9999-12-31'", "date", dt.datetime(9999, 12, 31), "datetime64[us]"),
    ("TIMESTAMP '2020-01-02 03:04:05.123456'", "timestamp(6)",
     pd.Timestamp("2020-01-02 03:04:05.123456"), "datetime64[us]"),
    ("TIMESTAMP '2020-01-02 03:04:05 Asia/Shanghai'", "timestamp(0) with time zone",
     pd.Timestamp("2020-01-01 19:04:05", tz="UTC"), "datetime64[us, UTC]"),
    ("TIME '10:11:12'", "time(0)", dt.time(10, 11, 12), "object"),
    ("INTERVAL '2' DAY", "interval day to second", pd.Timedelta(days=2), "timedelta64[us]"),
    ("'名字'", "varchar(2)", "名字", "object"),
    ("X'00ff'", "varbinary", b"\x00\xff", "object"),
    ("JSON '[1, null]'", "json", "[1,null]", "object"),
    ("UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "uuid",
     UUID("12151fd2-7586-11e9-8f9e-2a86e4085a59"), "object"),
    ("ARRAY[1, NULL]", "array(integer)", [1, None], "object"),
    ("MAP(ARRAY['k'], ARRAY[1])", "map(varchar(1), integer)", {"k": 1}, "object"),
    ("CAST(ROW(1, ARRAY[ROW(2)]) AS ROW(a INTEGER, b ARRAY(ROW(c INTEGER))))",
     "row(a integer, b array(row(c integer)))", {"a": 1, "b": [{"c": 2}]}, "object"),
    ("ROW(1, 'x')", "row(integer, varchar(1))", (1, "x"), "object"),
]  # fmt: skip


def test_types(source: RelationalSource) -> None:
    text = ", ".join(f"{written} AS c{n}" for n, (written, *_) in enumerate(TYPES))
    outcome = run(source, f"SELECT {text}")
    frame = outcome.value
    for n, (written, kind, value, dtype) in enumerate(TYPES):
        found = frame[f"c{n}"].iloc[0]
        assert outcome.table.columns[n].type == kind, written
        assert found is value or found == value, written
        assert str(frame[f"c{n}"].dtype) == dtype, written
    empty = run(source, f"SELECT * FROM (SELECT {text}) WHERE rand() < 0")
    assert [column.type for column in empty.table.columns] == [kind for _, kind, _, _ in TYPES]
    narrow = {"Int64": "int64", "boolean": "bool"}
    expected = [narrow.get(dtype, dtype) for *_, dtype in TYPES]
    assert [str(dtype) for dtype in empty.value.dtypes] == expected


def test_numbers_with_nulls_stay_whole(source: RelationalSource) -> None:
    frame = run(
        source, "SELECT * FROM (VALUES (1, 9007199254740993), (NULL, NULL)) AS x(a, b)"
    ).value
    assert frame.dtypes.astype(str).to_dict() == {"a": "Int64", "b": "Int64"}
    assert frame.b[0] == 9007199254740993


@pytest.fixture(scope="module")
def types(server: Trino, source: RelationalSource) -> Wide:
    return types_of_trino(server, source)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "trino-cache"))


@pytest.mark.parametrize("path", WHOLE)
def test_a_type_arrives_as_trino_writes_it(types: Wide, path: str) -> None:
    assert types.wrong(path) == []


@pytest.mark.parametrize("path", SINGLE)
def test_a_value_alone_arrives_as_trino_writes_it(types: Wide, path: str) -> None:
    assert types.wrong_alone(path) == []


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in small_driver(tmp_path).items():
        monkeypatch.setenv(name, value)
    session = SparkSession.builder.getOrCreate()
    yield session
    stop(session)


def test_a_type_arrives_in_spark_as_trino_writes_it(types: Wide, session: Any) -> None:
    assert wrong_in_spark(session, types) == []


@pytest.mark.parametrize("path", ["pandas", "arrow", "polars", "cached arrow"])
def test_an_empty_result_keeps_its_types(types: Wide, path: str) -> None:
    assert types.changed_if_empty(path, ("timestamp(9), long",)) == []


def test_the_page_of_types_is_current(types: Wide) -> None:
    assert section_of("Trino", types) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", NASTY)
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: str) -> None:
    text = (
        "SELECT :v AS v, '12:30 100% \\:a ''?' AS w FROM t WHERE b <> :v AND b IN :w "
        "AND '12:30' LIKE '%' AND 7 % 2 = 1"
    )
    frame = run(source, text, v=value, w=["x", value]).value
    assert frame.to_dict("list") == {"v": [value], "w": ["12:30 100% \\:a '?"]}


def test_values_of_all_types_come_back(source: RelationalSource) -> None:
    shanghai = dt.timezone(dt.timedelta(hours=8))
    values: dict[str, Any] = {
        "n": None, "i": -5, "u": 2**64 - 1, "f": 0.1, "d": Decimal("1.50"), "y": b"\x00'\xff",
        "t": dt.datetime(2013, 1, 2, 3, 4, 5, 6), "day": dt.date(2013, 1, 2), "yes": True,
        "z": dt.datetime(2013, 1, 2, 3, 4, 5, 6, tzinfo=shanghai), "uuid": UUID(int=5),
    }  # fmt: skip
    row = run(source, "SELECT " + ", ".join(f":{k} AS {k}" for k in values), **values).value.iloc[0]
    assert row.n is None
    assert (row.i, row.u, row.f, row.yes) == (-5, 2**64 - 1, 0.1, True)
    assert (str(row.d), row.y, row.uuid) == ("1.50", values["y"], values["uuid"])
    assert (row.t, row.z, row.day) == (values["t"], values["z"], dt.datetime(2013, 1, 2))
    assert len(run(source, "SELECT * FROM t WHERE a IN :v", v=[]).value) == 0
    assert len(run(source, "SELECT * FROM t WHERE a NOT IN (:v)", v=[]).value) == 1


@pytest.mark.parametrize(
    "value", [2, -2, 0.5, Decimal("1.5"), 2**64], ids=lambda value: type(value).__name__
)
def test_one_variable_is_one_value_in_all_its_places(source: RelationalSource, value: Any) -> None:
    text = "SELECT a * :v AS m, count(*) AS n FROM t GROUP BY a * :v ORDER BY a * :v"
    assert [float(m) for m in run(source, text, v=value).value.m] == [float(value)]
    distinct = "SELECT DISTINCT b || :v AS m FROM t ORDER BY b || :v"
    assert run(source, distinct, v="it's").value.m.tolist() == ["xit's"]
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT a * :v\nFROM t\nWHERE :v = nosuch", v=value)
    assert caught.value.detail == "WHERE :v = nosuch\n           ^"


GIVEN = (
    "WITH v (n, d, s) AS (VALUES (1, DATE '2024-01-03', 'a'), (2, DATE '2024-01-20', 'b'), "
    "(13, DATE '2024-02-01', 'c'))\n"
)
WINTER = dt.datetime(2024, 11, 3, 1, 30, fold=1, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("text", "values", "rows"),
    [
        ("SELECT date_trunc(:u, d) AS x, count(*) FROM v GROUP BY date_trunc(:u, d) ORDER BY 1",
         {"u": "month"}, [[pd.Timestamp("2024-01-01"), 2], [pd.Timestamp("2024-02-01"), 1]]),
        ("SELECT DISTINCT n / :n AS x FROM v ORDER BY n / :n LIMIT :n", {"n": 10}, [[0], [1]]),
        # Not the place of a column, which a bare number would be there.
        ("SELECT n + :n AS x FROM v GROUP BY n + :n, :n ORDER BY 1", {"n": 5}, [[6], [7], [18]]),
        ("SELECT s IN :l AS x, count(*) FROM v GROUP BY s IN :l ORDER BY 1",
         {"l": ["a", *map(str, range(300))]}, [[False, 2], [True, 1]]),
        ("SELECT DISTINCT d > :t, :z < d, :f > d, :c < time '12:30' FROM v ORDER BY d > :t, :z < d",
         {"t": dt.date(2013, 1, 2), "z": dt.datetime(2013, 1, 2, tzinfo=dt.UTC),
          "f": WINTER, "c": dt.time(12)}, [[True, True, True, True]]),
        ("SELECT n < :i, n > :m FROM v GROUP BY n < :i, n > :m",
         {"i": float("inf"), "m": float("-inf")}, [[True, True]]),
    ],
)  # fmt: skip
def test_a_value_at_several_places_is_one_value(
    source: RelationalSource, text: str, values: dict[str, Any], rows: list[list[Any]]
) -> None:
    assert run(source, GIVEN + text, **values).value.to_numpy().tolist() == rows


@pytest.mark.parametrize("text", ["SELECT :v AS v", "SELECT :v AS v FROM t GROUP BY :v"])
@pytest.mark.parametrize(
    "value",
    [WINTER, WINTER.replace(fold=0), dt.datetime(5, 1, 2, 3), WINTER.replace(year=5),
     dt.datetime(1890, 1, 1, 7, tzinfo=ZoneInfo("Asia/Shanghai"))],
)  # fmt: skip
def test_a_moment_is_the_same_one_there(
    source: RelationalSource, text: str, value: dt.datetime
) -> None:
    [found] = run(source, text, v=value).value.v
    assert found == (value.astimezone(dt.UTC) if value.tzinfo else value)


@pytest.mark.parametrize(
    "make",
    [
        *(int, str, float, lambda n: Decimal(n) / 2, lambda n: n.to_bytes(3, "big")),
        lambda n: dt.date(1, 1, 1) + dt.timedelta(n),
        lambda n: n if n % 2 else n + 0.5,
    ],
)
def test_a_long_list_is_one_value(source: RelationalSource, make: Any) -> None:
    """Trino takes many seconds over as many values each of its own."""
    text = "SELECT :five IN :ids AS yes, :six NOT IN (:few) AS none"
    ids = [make(n) for n in range(70_000)]
    frame = run(source, text, ids=ids, few=ids[:300], five=make(5), six=make(300)).value
    assert frame.iloc[0].tolist() == [True, True]


def test_long_lists_are_compared_as_short_ones(source: RelationalSource) -> None:
    few = list(range(300))
    text = "SELECT filter(sequence(298, 302), x -> x IN :few) AS x"  # where no query can stand
    assert run(source, text, few=few).value.x[0] == [298, 299]
    text = "SELECT count(*) AS n FROM (VALUES CAST('a' AS char(5))) AS t (c) WHERE c IN :few"
    assert run(source, text, few=["a", *map(str, few)]).value.n[0] == 1
    frame = run(source, "SELECT 5 IN :few AS yes, 777 IN :few AS no", few=[*few, None]).value
    assert frame.yes[0]
    assert frame.no.isna()[0]
    for one in (UUID(int=5), dt.datetime(2013, 1, 2, 3, 4, 5, 6), "n'5"):
        assert run(source, "SELECT :one IN :few AS x", one=one, few=[one] * 300).value.x[0]
    day = dt.date(2013, 1, 2)
    mixed = [day, dt.datetime(2013, 1, 3, 4)]
    for either in mixed:
        assert run(source, "SELECT :one IN :few AS x", one=either, few=mixed * 150).value.x[0]
    with pytest.raises(SqlError, match=r"exceeds the maximum .*; bind fewer or shorter values, or"):
        run(source, "SELECT 'x' IN :few", few=["x" * 5000] * 300)
    with pytest.raises(SqlError, match="'s' must be an aggregate") as caught:
        run(source, f"{GIVEN}SELECT n IN :few, s FROM v GROUP BY n IN :few", few=few)
    assert caught.value.detail == (
        "SELECT n IN :few, s FROM v GROUP BY n IN :few\n                  ^"
    )


def test_changes_are_counted(source: RelationalSource) -> None:
    outcome = run(source, "INSERT INTO t VALUES (7, 'y'), (8, 'z')")
    assert outcome.value is None
    assert outcome.table.notes[-1].startswith("2 rows affected · shop · ")
    run(source, "DROP TABLE t; CREATE TABLE t (a INTEGER, b VARCHAR(100))")
    assert run(source, "INSERT INTO t VALUES (:a, :b)", a=1, b="x").value is None
    assert run(source, "SELECT b FROM t").value.b.tolist() == ["x"]


def test_a_preview_is_limited_on_the_server(source: RelationalSource) -> None:
    text = "SELECT orderkey AS lodge_limited FROM tpch.tiny.orders -- all of them"
    outcome = run(source, text, "--preview 3")
    assert len(outcome.value) == 3
    assert "preview: limited to 3 rows in the database" in outcome.table.notes[-1]
    sent = run(source, "SELECT query FROM system.runtime.queries WHERE query LIKE "
               "'%lodge_limited%' AND query NOT LIKE '%runtime%'").value  # fmt: skip
    assert [query.endswith("\nLIMIT 3") for query in sent["query"]] == [True]
    assert len(run(source, "SELECT * FROM tpch.tiny.nation LIMIT 9", "--preview 5").value) == 5
    assert (
        "TableScan[table = tpch:tiny:nation]"
        in run(source, "SELECT * FROM tpch.tiny.nation", "--explain").plan
    )


@pytest.mark.parametrize(
    ("text", "told", "place"),
    [
        ("SELECT * FROM tt", "Table 'memory.default.tt' does not exist; did you mean t?",
         "SELECT * FROM tt\n              ^"),
        ("SELECT '100%', :v, nosuch FROM t", "Column 'nosuch' cannot be resolved.",
         "SELECT '100%', :v, nosuch FROM t\n                   ^"),
        ('SELECT a,\n  :v, "名"."b" FROM t', "Column '名.b' cannot be resolved.",
         '  :v, "名"."b" FROM t\n      ^'),
        ("SELECT 1;\nSELEC 2", "Statement 2 of 2 failed on shop: mismatched input 'SELEC'.",
         "SELEC 2\n^"),
        ("SELECT 1 / 0", "The query failed on shop: Division by zero.", ""),
    ],
)  # fmt: skip
def test_an_error_shows_the_place_in_the_users_text(
    source: RelationalSource, text: str, told: str, place: str
) -> None:
    with pytest.raises(SqlError) as caught:
        run(source, text, v="it's")
    assert told in str(caught.value)
    assert caught.value.detail == place


def test_an_interrupt_ends_the_query_on_the_server(source: RelationalSource, server: Trino) -> None:
    text = (
        "SELECT count(*) AS lodge_long FROM tpch.tiny.orders a, tpch.tiny.orders b, "
        "tpch.tiny.orders c WHERE a.comment || b.comment <> c.comment"
    )

    def running() -> None:
        assert server.running("lodge_long") == 1

    with interrupted_when(running), pytest.raises(InterruptedCellError, match="has been stopped"):
        run(source, text)
    until(lambda: _none(server.running("lodge_long")))
    states = run(source, "SELECT state, error_code FROM system.runtime.queries WHERE query LIKE "
                 "'%lodge_long%' AND query NOT LIKE '%runtime%'").value  # fmt: skip
    assert states.to_dict("list") == {"state": ["FAILED"], "error_code": ["USER_CANCELED"]}
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def _none(number: int) -> None:
    assert number == 0


def test_a_result_that_does_not_fit_is_stopped_while_it_comes(
    source: RelationalSource, server: Trino, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (90 << 20)))
    with pytest.raises(SqlError, match=r"was stopped: [\d,]+ rows so far at \d+ bytes a row"):
        run(source, "SELECT a.comment AS lodge_big, b.comment FROM tpch.tiny.orders a, "
            "tpch.tiny.orders b")  # fmt: skip
    monkeypatch.delenv("LODGE_SQL_MEMORY_LIMIT")
    until(lambda: _none(server.running("lodge_big")))


def test_the_catalog(source: RelationalSource, server: Trino) -> None:
    run(source, 'CREATE OR REPLACE VIEW "The View" AS SELECT a FROM t')
    tables = [(table.name, table.kind) for table in source.tables()]
    assert tables == [('"the view"', "view"), ("t", "table")]
    columns = [(column.name, column.type) for column in source.columns("t")]
    assert columns == [("a", "integer"), ("b", "varchar(100)")]
    assert [c.name for c in source.columns("tpch.tiny.region")] == ["regionkey", "name", "comment"]
    assert [column.name for column in source.columns('"the view"')] == ["a"]
    assert source.columns("nosuch") == source.columns("nosuch.x.y") == []
    connections = Connections()
    whole = connected(connections, server.url("memory"))
    assert ("default.t", "table") in [(table.name, table.kind) for table in whole.tables()]
    assert len(whole.columns("default.t")) == 2
    connections.close()
    run(source, 'DROP VIEW "The View"')


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(SourceError, match=r"The source shop cannot be reached: ") as caught:
        connected(Connections(), "trino://u@127.0.0.1:1/memory")
    assert "\n" not in str(caught.value)
    assert "refused" in str(caught.value)
