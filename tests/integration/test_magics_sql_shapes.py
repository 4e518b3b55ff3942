"""`--as` and `--explain` of %%sql in a shell, with a real Spark session."""

from __future__ import annotations

import datetime as dt
import decimal
import importlib.util
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lodge_magics
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell

pytestmark = pytest.mark.integration


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    sqlite3.connect(tmp_path / "data").close()
    (tmp_path / "sources.toml").write_text(
        f"""
        default = "lite"
        [sources.lite]
        type = "sqlite"
        path = "{tmp_path}/data"
        [sources.duck]
        type = "duckdb"
        path = "{tmp_path}/duck"
        [sources.hive]
        type = "hive"
        """
    )
    monkeypatch.setenv("LODGE_SOURCES", str(tmp_path / "sources.toml"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv(
        "PYSPARK_SUBMIT_ARGS",
        "--master local[1] --conf spark.ui.enabled=false "
        f"--conf spark.sql.warehouse.dir={tmp_path}/warehouse pyspark-shell",
    )
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
        "int32", "uint64", "decimal128(3, 2)", "string", "int32", "timestamp[us]",
    ]  # fmt: skip
    assert table.column("n").to_pylist() == [None, 5]


def test_whole_numbers_beyond_64_bits_stay_exact(shell: InteractiveShell) -> None:
    table = sql(shell, "df --source duck --as arrow", "SELECT 170141183460469231731::HUGEINT AS h")
    assert table.column("h").to_pylist() == [decimal.Decimal(170141183460469231731)]


def test_polars_keeps_types(shell: InteractiveShell) -> None:
    frame = sql(shell, "df --source duck --as polars", QUERY)
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema == {
        "a": pl.Int32, "u": pl.UInt64, "d": pl.Decimal(3, 2), "t": pl.String, "n": pl.Int32,
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
        "int", "decimal(20,0)", "decimal(3,2)", "string", "int", "timestamp",
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
