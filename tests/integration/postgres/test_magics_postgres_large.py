"""%%sql against a real Postgres: results that are large, by Arrow, and those that are too large."""

from __future__ import annotations

import os
import signal
import threading

import pandas as pd
import pytest
from lodge_magics.errors import InterruptedCellError, SqlError
from lodge_magics.sql.memory import used
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.postgres.source import PostgresSource
from support.databases import Postgres, until
from support.sources import run

pytestmark = pytest.mark.integration


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
