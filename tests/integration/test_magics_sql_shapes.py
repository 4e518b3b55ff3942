"""`--as` and `--explain` of %%sql in a shell, with a real Spark session."""

from __future__ import annotations

import datetime as dt
import decimal
import importlib.util
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import lodge_magics
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from pyspark.ml.linalg import Vectors
from pyspark.testing.objects import PythonOnlyPoint
from support.databases import PASSWORD
from support.kylin_fake import running_kylin
from support.matrix.clickhouse import CLICKHOUSE
from support.matrix.databases import Databases, running_databases
from support.matrix.kinds import KINDS
from support.matrix.kylin import types_of_kylin
from support.matrix.page import PAGE, TITLES, section_of_spark
from support.matrix.spark import (
    INSIDE,
    inside_of_spark,
    small_driver,
    wrong_in_spark,
    wrong_of_spark,
)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    folder = tmp_path_factory.mktemp("shapes")
    sqlite3.connect(folder / "data").close()
    (folder / "sources.toml").write_text(
        f"""
        default = "lite"
        [sources.lite]
        type = "sqlite"
        path = "{folder}/data"
        [sources.duck]
        type = "duckdb"
        path = "{folder}/duck"
        [sources.hive]
        type = "hive"
        """
    )
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LODGE_SOURCES", str(folder / "sources.toml"))
        environment.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for name, value in small_driver(folder).items():
            environment.setenv(name, value)
        shell = InteractiveShell()
        lodge_magics.load_ipython_extension(shell)
        yield shell
        if "spark" in shell.user_ns:
            shell.run_line_magic("spark", "stop")
        lodge_magics.unload_ipython_extension(shell)


def sql(shell: InteractiveShell, line: str, text: str) -> Any:
    shell.run_cell_magic("sql", line, text)
    return shell.user_ns.get("df")


QUERY = """
    SELECT 1 AS a, 18446744073709551615::UBIGINT AS u, 1.50::DECIMAL(9, 2) AS d, 'x' AS t,
        NULL::INTEGER AS n, TIMESTAMP '2020-01-02 03:04:05' AS s
    UNION ALL SELECT 2, 0::UBIGINT, NULL, NULL, 5, NULL
"""


def test_arrow_keeps_types(shell: InteractiveShell) -> None:
    table = sql(shell, "df --source duck --as arrow", QUERY)
    assert isinstance(table, pa.Table)
    assert [str(kind) for kind in table.schema.types] == [
        "int32", "uint64", "decimal128(9, 2)", "string", "int32", "timestamp[us]",
    ]  # fmt: skip
    assert table.column("n").to_pylist() == [None, 5]


def test_whole_numbers_beyond_64_bits_stay_exact(shell: InteractiveShell) -> None:
    table = sql(shell, "df --source duck --as arrow", "SELECT 170141183460469231731::HUGEINT AS h")
    assert table.column("h").to_pylist() == [decimal.Decimal(170141183460469231731)]


def test_polars_keeps_types(shell: InteractiveShell) -> None:
    frame = sql(shell, "df --source duck --as polars", QUERY)
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema == {
        "a": pl.Int32, "u": pl.UInt64, "d": pl.Decimal(9, 2), "t": pl.String, "n": pl.Int32,
        "s": pl.Datetime("us"),
    }  # fmt: skip
    assert frame["u"].to_list() == [2**64 - 1, 0]
    assert frame["d"].to_list() == [decimal.Decimal("1.50"), None]


def test_a_missing_polars_is_named(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    result = shell.run_cell("%%sql df --as polars\nCREATE TABLE t (a INTEGER)")
    assert "--as polars needs the package polars" in str(result.error_in_exec)
    # Nothing has run.
    assert len(sql(shell, "df", "SELECT * FROM sqlite_master")) == 0
    capsys.readouterr()


def test_spark_both_ways(shell: InteractiveShell) -> None:
    lazy = sql(shell, "df --source duck --as spark", QUERY)
    assert [kind for _, kind in lazy.dtypes] == [
        "int", "decimal(20,0)", "decimal(9,2)", "string", "int", "timestamp",
    ]  # fmt: skip
    assert lazy.collect()[0].u == 2**64 - 1
    assert lazy.collect()[0].s == dt.datetime(2020, 1, 2, 3, 4, 5)
    lazy.createOrReplaceTempView("v")
    text = "SELECT a, n, d FROM v ORDER BY a"
    frame = sql(shell, "df --source hive --as pandas", text)
    assert isinstance(frame, pd.DataFrame)
    assert frame.d.tolist() == [decimal.Decimal("1.50"), None]
    assert frame.dtypes.astype(str).to_dict() == {"a": "int32", "n": "Int32", "d": "object"}
    assert isinstance(sql(shell, "df --source hive --as arrow", text), pa.Table)
    kept = shell.user_ns["df"]
    assert sql(shell, "df --source hive --explain", text) is kept


def test_every_type_of_spark_arrives_as_spark_writes_it(shell: InteractiveShell) -> None:
    session = shell.user_ns["spark"]
    session.conf.set("spark.sql.session.timeZone", "America/New_York")
    assert wrong_of_spark(session) == []


def test_what_spark_alone_can_write_arrives_inside_of_others(shell: InteractiveShell) -> None:
    assert inside_of_spark(shell.user_ns["spark"]) == INSIDE
    columns = ", ".join(f"{one} AS c{number}" for number, one in enumerate(INSIDE))
    frame = sql(shell, "df --source hive --as pandas", f"SELECT {columns} FROM range(1)")
    assert frame.iloc[0].tolist() == list(INSIDE.values())


def test_a_vector_arrives_as_spark_writes_it(shell: InteractiveShell) -> None:
    rows = [(Vectors.dense(1.5, 2), [Vectors.sparse(3, {1: 1.0})]), (None, None)]
    points = [(PythonOnlyPoint(1.0, 2.0),)]
    session = shell.user_ns["spark"]
    session.createDataFrame(rows, ["v", "vs"]).createOrReplaceTempView("vectors")
    frame = sql(shell, "df --source hive --as pandas", "SELECT * FROM vectors")
    assert frame.v.tolist() == ["[1.5,2.0]", None]
    assert frame.vs.tolist() == [["(3,[1],[1.0])"], None]
    # One that Python alone knows of: what it is made of.
    session.createDataFrame(points, ["p"]).createOrReplaceTempView("points")
    frame = sql(shell, "df --source hive --as pandas", "SELECT * FROM points")
    assert frame.p.tolist() == [[1.0, 2.0]]


def test_the_page_of_types_is_current(shell: InteractiveShell) -> None:
    shell.user_ns["spark"].conf.set("spark.sql.session.timeZone", "UTC")
    assert section_of_spark(shell.user_ns["spark"]) in PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with running_databases(tmp_path_factory.mktemp("databases")) as running:
        yield running


@pytest.mark.parametrize("source", TITLES)
def test_every_type_arrives_in_spark_as_its_source_writes_it(
    shell: InteractiveShell, databases: Databases, source: str
) -> None:
    types = databases.types(source, [*KINDS, *CLICKHOUSE])
    assert wrong_in_spark(shell.user_ns["spark"], types) == []


def test_every_type_of_kylin_arrives_in_spark(shell: InteractiveShell, tmp_path: Path) -> None:
    with running_kylin(PASSWORD) as kylin:
        types = types_of_kylin(kylin, PASSWORD, tmp_path)
        assert wrong_in_spark(shell.user_ns["spark"], types) == []


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "UTC"])
def test_a_moment_is_shown_by_the_clock_of_the_session(shell: InteractiveShell, zone: str) -> None:
    sql(shell, "--source hive", f"SET spark.sql.session.timeZone = {zone}")
    text = (
        "SELECT timestamp'2024-07-01 12:00:00' AS ts, array(timestamp'2024-07-01 12:00:00') AS a, "
        "CAST(timestamp'2024-07-01 12:00:00' AS string) AS s"
    )
    frame = sql(shell, "df --source hive --as pandas", text)
    noon = dt.datetime(2024, 7, 1, 12)
    assert frame.iloc[0].tolist() == [pd.Timestamp(noon), [noon], "2024-07-01 12:00:00"]
    for line in ("--source hive", "df --source hive --preview 3"):
        with capture_output() as captured:
            sql(shell, line, text)
        # As text and as HTML, and what JupyterLab makes of it.
        assert captured.stdout.count("2024-07-01 12:00:00") % 3 == 0
        assert not re.search(r"2024-07-0[12] (?!12:00:00)", captured.stdout)
        assert "2024-07-01 12:00:00" in captured.stdout
    table = sql(shell, "df --source hive --as arrow", text)
    assert table.column("ts").to_pylist() == [noon.replace(tzinfo=ZoneInfo(zone))]


def test_a_date_that_is_bound_is_the_one_that_comes_back(shell: InteractiveShell) -> None:
    noon, old = dt.datetime(2024, 7, 1, 12), dt.date(1500, 1, 2)
    sql(shell, "--source hive", "SET spark.sql.session.timeZone = Asia/Tokyo")
    shell.user_ns |= {"noon": noon, "utc": noon.replace(tzinfo=dt.UTC), "old": old}
    text = (
        "SELECT :noon AS a, CAST(:utc AS string) AS b, CAST(:old AS string) AS c, "
        "timestamp'2024-07-01 12:00:00' = :noon AS d, date'1500-01-02' IN (:old) AS e"
    )
    frame = sql(shell, "df --source hive --as pandas", text)
    assert frame.iloc[0].tolist() == [
        *(pd.Timestamp(noon), "2024-07-01 21:00:00", "1500-01-02", True, True)
    ]


SCRIPT = """
    BEGIN
      DECLARE total INT DEFAULT 0;
      IF total = 0 THEN SET total = total + 3; END IF;
      SELECT total AS n;
    END
"""


def test_the_parser_of_spark_tells_where_a_script_ends(shell: InteractiveShell) -> None:
    assert sql(shell, "df --source hive --as pandas", SCRIPT).n.tolist() == [3]
    text = f"SELECT 1; {SCRIPT}; SELECT 5 AS five, 6 AS begin"
    assert sql(shell, "df --source hive --as pandas", text).iloc[0].tolist() == [5, 6]
    result = shell.run_cell("%%sql --source hive\nBEGIN SELCT 1; END; SELECT 2")
    assert "Syntax error" in str(result.error_in_exec)


@pytest.mark.parametrize(
    "make",
    [
        *(int, str, float, lambda n: decimal.Decimal(n) / 2, lambda n: n + 2**64),
        lambda n: dt.date(1, 1, 1) + dt.timedelta(n),
        lambda n: dt.datetime(1, 1, 1) + dt.timedelta(n, 0, 6),
        lambda n: n.to_bytes(3, "big"),
        lambda n: n if n % 2 else n + 0.5,
        lambda n: dt.date(1, 1, 1) + dt.timedelta(n) if n % 2 else dt.datetime(1, 1, 1, n % 24),
    ],
)
def test_seventy_thousand_values_after_in(shell: InteractiveShell, make: Any) -> None:
    shell.user_ns |= {"ids": [make(n) for n in range(70_000)], "five": make(5), "six": make(70_001)}
    text = "SELECT :five IN :ids AS yes, NOT (:six NOT IN :ids) AS no"
    sql(shell, "df --source hive --as pandas", "SELECT 1 AS a")  # starts Spark, unless it has
    began = time.monotonic()
    frame = sql(shell, "df --source hive --as pandas", text)
    assert frame.iloc[0].tolist() == [True, False]
    assert time.monotonic() - began < 60  # minutes, of as many values each of its own


def test_long_lists_are_compared_as_short_ones(shell: InteractiveShell) -> None:
    shell.user_ns["few"] = list(range(300))
    text = (
        "SELECT filter(array(1, 999), x -> x IN :few) AS x, array_contains(:few, 299) AS y "
        "FROM range(2) ORDER BY id NOT IN :few"
    )
    frame = sql(shell, "df --source hive --as pandas", text)
    assert frame.x.tolist() == [[1], [1]]
    assert frame.y.tolist() == [True, True]
    failed = shell.run_cell(f"%%sql --source hive\n{text}, nosuch")
    assert "`nosuch` cannot be resolved" in str(failed.error_in_exec)
