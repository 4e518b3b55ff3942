"""%%sql against DuckDB and SQLite: results, types, several statements, cache."""

from __future__ import annotations

import datetime as dt
import decimal
import os
import re
import signal
import sqlite3
import threading
from pathlib import Path
from typing import Any

import duckdb
import lodge_magics
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from lodge_magics.errors import InterruptedCellError, OptionError, SourceError, SqlError
from lodge_magics.sql.cache import age_text
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.frames import integer_series, series_by_values, unsigned_series
from lodge_magics.sql.magic import _Progress
from lodge_magics.sql.memory import used
from lodge_magics.sql.options import parse_options
from lodge_magics.sql.run import prepare, run_relational
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.sources import run


def test_several_statements(source: RelationalSource) -> None:
    outcome = run(source, "INSERT INTO t VALUES (5, 'z'); UPDATE t SET a = 9; SELECT a FROM t")
    assert outcome.value.a.tolist() == [9, 9, 9]
    assert outcome.table.notes[:2] == [
        "Statement 1: 1 row affected.",
        "Statement 2: 3 rows affected.",
    ]
    assert outcome.table.notes[2].startswith("3 rows × 1 column · data · ")


def test_a_change_says_the_rows_affected(source: RelationalSource) -> None:
    outcome = run(source, "DELETE FROM t", "df")
    assert outcome.value is None
    assert outcome.table.notes[0].startswith("2 rows affected · data · ")
    assert outcome.table.notes[0].endswith("There is no result, so df stays as it was.")


def test_the_shown_rows_are_bounded(source: RelationalSource) -> None:
    text = (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1234) "
        "SELECT x FROM c"
    )
    outcome = run(source, text, "df")
    assert len(outcome.value) == 1234
    assert len(outcome.table.rows) == 20
    assert outcome.table.notes[0].startswith("1,234 rows × 1 column in df · data")
    outcome = run(source, text, "--preview 7")
    assert len(outcome.value) == 7
    assert "preview: limited to 7 rows in the database" in outcome.table.notes[0]


def test_an_empty_result_keeps_its_columns(source: RelationalSource) -> None:
    frame = run(source, "SELECT a, b FROM t WHERE 1 = 0").value
    assert list(frame.columns) == ["a", "b"]
    assert len(frame) == 0


def test_columns_of_one_name(source: RelationalSource) -> None:
    frame = run(source, "SELECT x.a, y.a FROM t x JOIN t y ON x.a = y.a").value
    assert list(frame.columns) == ["a", "a"]
    assert frame.iloc[0].tolist() == [1, 1]


def test_whole_numbers_with_null_stay_whole(source: RelationalSource) -> None:
    frame = run(source, "SELECT a FROM t ORDER BY b").value
    assert isinstance(frame.a.dtype, pd.Int32Dtype | pd.Int64Dtype)
    assert frame.a.tolist() == [1, pd.NA]


def test_a_preview_may_have_columns_of_one_name(source: RelationalSource) -> None:
    text = "SELECT x.a, y.a FROM t x JOIN t y ON x.a = y.a LIMIT 100"
    assert list(run(source, text, "--preview 3").value.columns) == ["a", "a"]


def test_a_trigger_with_a_case_is_one_statement(source: RelationalSource) -> None:
    if source.config.type != "sqlite":
        return
    text = """
        CREATE TRIGGER r AFTER INSERT ON t BEGIN
          UPDATE t SET b = CASE WHEN a > 1 THEN 'many' ELSE 'one' END;
          DELETE FROM t WHERE a IS NULL;
        END;
        INSERT INTO t VALUES (7, 'z');
        SELECT b FROM t ORDER BY a
    """
    assert run(source, text).value.b.tolist() == ["one", "many"]


def test_a_failing_statement_is_one_sentence(source: RelationalSource) -> None:
    run(source, "CREATE TABLE flights (a INTEGER)")
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT 1; SELECT * FROM flihgts")
    assert str(caught.value).startswith("Statement 2 of 2 failed on data: ")
    assert "did you mean" in str(caught.value)
    assert "flights" in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(SqlError, match="There is no SQL in this cell"):
        run(source, " -- nothing\n;")
    with pytest.raises(SqlError, match="--param b is not used in the SQL; there is only a"):
        run(source, "SELECT :a", "--param b=1", a=1)


def test_an_error_shows_the_place_in_the_users_text(source: RelationalSource) -> None:
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT 1 FROM t\nWHERE b = :v AND nosuch = 1", v="x")
    assert caught.value.detail == "WHERE b = :v AND nosuch = 1\n" + " " * 17 + "^"
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT * FROM t WHERE a = :v WHER b = 1", v=1)
    assert caught.value.detail.splitlines()[0] == "SELECT * FROM t WHERE a = :v WHER b = 1"


def test_a_result_that_does_not_fit_is_stopped_while_it_comes(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (160 << 20)))
    text = (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9000000) "
        "SELECT x, 'some text of a row ' || x AS y, 'and some more of it ' || x AS z FROM c"
        if source.config.type == "sqlite"
        else "SELECT x, 'some text of a row ' || x AS y FROM range(99000000) AS r(x)"
    )
    with pytest.raises(SqlError, match=r"was stopped: [\d,]+ rows so far at \d+ bytes a row; look"):
        run(source, text)
    assert run(source, "SELECT a FROM t WHERE b = 'x'").value.a.tolist() == [1]
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", "4 GB")
    with pytest.raises(OptionError, match="must be a number of bytes, not 4 GB"):
        run(source, text)


def test_a_long_fetch_shows_rows_and_bytes_as_they_come(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lodge_magics.sql.meter._SHOWN_AFTER", 0.0)
    text = (
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 9000) "
        "SELECT x FROM c"
    )
    shown: list[str] = []
    options = parse_options("")
    run_relational(
        source, prepare(text, source.config.type, options, lambda name: name), options, shown.append
    )
    assert re.fullmatch(r"9,000 rows · [\d.]+ [kM]B · 0 s", shown[-1])

    lines: list[str] = []
    monkeypatch.setattr("lodge_magics.live.LiveLine._send", lambda self, text: lines.append(text))
    progress = _Progress(in_kernel=True)
    for each in shown:
        progress.show(each)
    progress.finish()
    assert lines[0] == f"Fetching: {shown[0]}"
    assert lines[-1].startswith("Fetched: 9,000 rows")


def test_a_plan_is_shown_and_nothing_runs(source: RelationalSource) -> None:
    outcome = run(source, "DELETE FROM t WHERE a = :v; SELECT * FROM t", "df --explain", v=1)
    assert outcome.value is None
    assert outcome.table.notes[-1].startswith("The plan; nothing ran · data · ")
    shown = outcome.plan or " ".join(str(cell) for row in outcome.table.rows for cell in row)
    assert "SCAN" in shown.upper()
    assert len(run(source, "SELECT * FROM t").value) == 2
    with pytest.raises(SqlError, match="a statement CREATE has none; run it without --explain"):
        run(source, "CREATE TABLE u (a INTEGER)", "--explain")
    with pytest.raises(SqlError, match="a statement EXPLAIN has none"):
        run(source, "EXPLAIN ANALYZE DELETE FROM t", "--explain")
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT nosuch FROM t", "--explain")
    assert caught.value.detail == "SELECT nosuch FROM t\n       ^"


def test_an_interrupt_stops_the_query(source: RelationalSource) -> None:
    text = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
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
    with pytest.raises(InterruptedCellError):
        run(source, text)
    thread.join()
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_the_cache(
    source: RelationalSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text = "SELECT a, b FROM t WHERE b <> :v ORDER BY b"
    first = run(source, text, "--cache", v="-")
    assert "Cached." in first.table.notes
    run(source, "DELETE FROM t")
    again = run(source, text, "--cache", v="-")
    pd.testing.assert_frame_equal(first.value, again.value)
    assert again.table.columns == first.table.columns
    assert "from the cache, " in again.table.notes[-1]
    assert len(run(source, text, "--cache", v="other").value) == 0
    assert len(run(source, text, "--cache refresh", v="-").value) == 0
    (folder,) = {path.parent for path in (tmp_path / "cache").rglob("*.parquet")}
    assert folder.stat().st_mode & 0o077 == 0


def test_a_cache_that_cannot_be_written_is_a_warning(
    source: RelationalSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    outcome = run(source, "SELECT 1 AS a", "--cache")
    assert outcome.value.a.tolist() == [1]
    assert outcome.table.notes[0].startswith("The result could not be cached: ")


def test_ages() -> None:
    assert [age_text(s) for s in (5, 180, 7200, 200_000)] == ["5 s", "3 min", "2 h", "2 d"]


def test_types_of_duckdb(tmp_path: Path) -> None:
    connections = Connections()
    source = connections.get(SourceConfig("d", "duckdb", {"path": str(tmp_path / "d")}))
    frame = run(
        source,
        "SELECT 18446744073709551615::UBIGINT AS u, 1.10::DECIMAL(10,2) AS d, sum(1) AS h, "
        "'ab'::BLOB AS b, DATE '0001-01-01' AS day, TIMESTAMP '9999-12-31 23:59:59' AS t, "
        "NULL AS n, true AS yes, [1, 2] AS l, TIME '12:30' AS clock, "
        "170141183460469231731687303715884105727::HUGEINT AS big",
    ).value
    row = frame.iloc[0]
    assert row.u == 2**64 - 1
    assert row.d == decimal.Decimal("1.10")
    assert frame.h.dtype == np.int64
    assert row.b == b"ab"
    assert row.day == dt.datetime(1, 1, 1)
    assert row.t == dt.datetime(9999, 12, 31, 23, 59, 59)
    assert row.n is None
    assert frame.yes.dtype == np.bool_
    assert list(row.l) == [1, 2]
    assert row.big == 2**127 - 1
    assert row.clock == dt.time(12, 30)
    connections.close()


def test_read_only_sources_refuse_changes(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "s").close()
    duckdb.connect(str(tmp_path / "d")).close()
    connections = Connections()
    for kind in ("sqlite", "duckdb"):
        config = SourceConfig(kind, kind, {"path": str(tmp_path / kind[0]), "read_only": True})
        with pytest.raises(SqlError, match=r"read-?only"):
            run(connections.get(config), "CREATE TABLE x (a INTEGER)")
        missing = SourceConfig(f"{kind}2", kind, {"path": str(tmp_path / "no" / "such")})
        with pytest.raises(SourceError, match=f"The source {kind}2 cannot be opened: "):
            connections.get(missing)
    connections.close()


def test_series() -> None:
    assert integer_series([]).dtype == np.int64
    assert unsigned_series([2**64 - 1, None]).tolist() == [2**64 - 1, pd.NA]
    assert series_by_values([2**70, 1]).dtype == object
    assert series_by_values([1, "a"]).tolist() == [1, "a"]
    assert series_by_values([1.5, None]).dtype == np.float64


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    path = tmp_path / "sources.toml"
    path.write_text(
        f'default = "d"\n[sources.d]\ntype = "duckdb"\npath = "{tmp_path}/d"\n'
        f'description = "A <file>"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("LODGE_SOURCES", str(path))
    shell = InteractiveShell()
    lodge_magics.load_ipython_extension(shell)
    return shell


def test_a_cell(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("n = 3")
    result = shell.run_cell("%%sql df --param m=n*2\nSELECT :n AS n, :m AS m, 'a:b' AS s")
    assert result.success
    assert shell.user_ns["df"].to_dict("records") == [{"n": 3, "m": 6, "s": "a:b"}]
    assert "1 row × 3 columns in df" in capsys.readouterr().out
    assert shell.run_cell("%%sql df --quiet\nSELECT 1 AS a").success
    assert capsys.readouterr().out == ""
    assert shell.run_cell("%sql sources").success
    assert "d (default)" in capsys.readouterr().out
    assert shell.run_cell("%%sql\nCREATE TABLE flights (a INTEGER)").success
    assert shell.run_cell("%sql tables").success
    assert shell.run_cell("%sql columns flights").success
    assert "integer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("%%sql\nSELECT :nosuch", "There is no Python variable nosuch"),
        ("%%sql --param x=1/0\nSELECT :x", "failed: ZeroDivisionError: division by zero"),
        ("%%sql --source e\nSELECT 1", "There is no source e; there is only d."),
        ("%%sql --cache DISK_ONLY\nSELECT 1", "is a storage level of Spark"),
        ("%sql columns nosuch", "There is no table nosuch in d"),
    ],
)
def test_mistakes_fail_the_cell_with_one_sentence(
    shell: InteractiveShell, cell: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = shell.run_cell(cell)
    assert sentence in str(result.error_in_exec)
    shown = capsys.readouterr()
    assert sentence in shown.out + shown.err
    assert "Traceback" not in shown.out + shown.err
