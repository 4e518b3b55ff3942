"""Statements and values of Postgres that ask more of a client than to send them."""

from __future__ import annotations

import datetime as dt
import decimal
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from lodge_magics.errors import SqlError
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.databases import Postgres, until
from support.sources import run

pytestmark = pytest.mark.integration

YEAR = dt.datetime(2000, 1, 1)


@pytest.fixture(params=["psycopg", "SQLAlchemy on psycopg"])
def either(
    request: pytest.FixtureRequest, source: RelationalSource, server: Postgres
) -> Iterator[RelationalSource]:
    if request.param == "psycopg":
        yield source
        return
    connections = Connections()
    settings = {
        "url": f"postgresql+psycopg://u@127.0.0.1:{server.port}/shop",
        "password_env": "SHOP_PASSWORD",
    }
    yield connections.get(SourceConfig("other", "sqlalchemy", settings))
    connections.close()


@pytest.mark.parametrize("text", ["COPY (SELECT 1) TO STDOUT", "COPY t FROM STDIN"])
def test_a_copy_is_refused_and_the_source_lives_on(either: RelationalSource, text: str) -> None:
    run(either, "CREATE TEMP TABLE mine (a int)")
    with pytest.raises(SqlError, match="a cell is none; use SELECT or INSERT"):
        run(either, text)
    assert run(either, "SELECT 2 AS two").value.two.tolist() == [2]
    # The same session, with what it has.
    assert len(run(either, "SELECT * FROM mine").value) == 0
    assert "t" in [table.name for table in either.tables()]
    run(either, "BEGIN")
    with pytest.raises(SqlError, match="a cell is none"):
        run(either, text)
    run(either, "ROLLBACK; DROP TABLE mine")
    assert run(either, "SELECT 3 AS three").value.three.tolist() == [3]


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        (
            (
                "SELECT date_trunc(:unit, x) AS m, count(*) AS n FROM (VALUES "
                "(timestamp '2024-01-03'), ('2024-01-20'), ('2024-02-01')) AS v(x) "
                "GROUP BY date_trunc(:unit, x) ORDER BY 1"
            ),
            {"unit": "month"},
            [(pd.Timestamp("2024-01-01"), 2), (pd.Timestamp("2024-02-01"), 1)],
        ),
        (
            (
                "SELECT n / :step AS k, count(*) FROM generate_series(1, 4) AS g(n) "
                "GROUP BY n / :step ORDER BY 1"
            ),
            {"step": 3},
            [(0, 2), (1, 2)],
        ),
        (
            (
                "SELECT j ->> :key, count(*) FROM (VALUES ('{\"a\": 1}'::jsonb)) AS v(j) "
                "GROUP BY j ->> :key"
            ),
            {"key": "a"},
            [("1", 1)],
        ),
        (
            "SELECT DISTINCT n % :x FROM generate_series(1, 4) AS g(n) ORDER BY n % :x",
            {"x": 2},
            [(0,), (1,)],
        ),
    ],
)
def test_one_variable_is_one_value_at_all_of_its_places(
    source: RelationalSource, text: str, values: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    for begin, end in (("SELECT 1", "SELECT 1"), ("BEGIN", "COMMIT")):
        run(source, begin)
        frame = run(source, text, **values).value
        assert [tuple(row) for row in frame.itertuples(index=False)] == expected
        run(source, end)


def test_a_value_may_stand_at_places_of_several_types(source: RelationalSource) -> None:
    text = "INSERT INTO t VALUES (:v, :v)"
    run(source, text, v="5")
    run(source, f"BEGIN; {text}; COMMIT", v="6")
    run(source, text, v=None)
    query = "SELECT a FROM t WHERE a = :v AND b = :v"
    assert run(source, query, v="5").value.a.tolist() == [5]
    assert run(source, f"BEGIN; {query}", v="6").value.a.tolist() == [6]
    with pytest.raises(SqlError, match='column "nosuch" does not exist') as caught:
        run(source, "SELECT nosuch FROM t WHERE a = :v AND b = :v", v="6")
    assert caught.value.detail.endswith("\n       ^")
    run(source, "ROLLBACK")


@pytest.mark.parametrize(
    "make",
    [
        int,
        str,
        float,
        decimal.Decimal,
        lambda n: dt.date(2000, 1, 1) + dt.timedelta(n),
        lambda n: uuid.UUID(int=n),
        lambda n: n or None,
        lambda n: n if n % 2 else n + 0.5,
        lambda n: n if n % 2 else decimal.Decimal(n) / 4,
        lambda n: (YEAR + dt.timedelta(n)).date() if n % 2 else YEAR + dt.timedelta(n),
    ],
)
def test_seventy_thousand_values_after_in(source: RelationalSource, make: Any) -> None:
    values = [make(n) for n in range(70_000)]
    kind = {int: "int", str: "text", float: "float8", decimal.Decimal: "numeric",
            dt.date: "date", uuid.UUID: "uuid"}[type(values[5])]  # fmt: skip
    began = time.monotonic()
    text = f"SELECT CAST(:five AS {kind}) IN :ids AS yes, CAST(:five AS {kind}) NOT IN :ids AS no"
    frame = run(source, text, five=make(5), ids=values).value
    assert frame.iloc[0].tolist() == [True, False]
    assert time.monotonic() - began < 20


def test_a_long_list_of_dates_and_moments_compares_as_a_short_one(
    either: RelationalSource,
) -> None:
    """Each is a value of its own type, and one without a zone is of the session's."""
    run(either, "SET TIME ZONE 'Asia/Shanghai'")
    eight, noon = YEAR + dt.timedelta(hours=8), dt.timedelta(hours=12)
    found = [YEAR.replace(tzinfo=dt.UTC), YEAR + noon, (YEAR + dt.timedelta(2)).date(), None]
    for kind, value, there in (
        ("timestamp", eight, True),
        ("timestamp", YEAR, None),
        ("timestamptz", eight.replace(tzinfo=dt.UTC), None),
        ("timestamptz", (YEAR + noon - dt.timedelta(hours=8)).replace(tzinfo=dt.UTC), True),
        ("date", (YEAR + dt.timedelta(2)).date(), True),
        ("date", YEAR.date(), None),
    ):
        text = f"SELECT CAST(:v AS {kind}) IN :ids AS a"
        for ids in (found, found[::-1], found * 100, found[::-1] * 100):
            answer = run(either, text, v=value, ids=ids).value.a[0]
            assert answer is there or answer == there or (there is None and pd.isna(answer)), kind
    run(either, "RESET TIME ZONE")


def test_a_list_of_several_types_is_one_parameter_or_refused_at_once(
    either: RelationalSource,
) -> None:
    for ids in ([1, "a"], [True, 1], [YEAR, "a"]):
        began = time.monotonic()
        with pytest.raises(SqlError, match="The list :ids has 70,000 values of several types"):
            run(either, "SELECT 5 IN :ids", ids=ids * 35_000)
        assert time.monotonic() - began < 5
    assert run(either, "SELECT 5 IN :ids AS yes", ids=[5, "6"] * 1_000).value.yes.tolist() == [True]


def test_a_select_that_changes_something_inside_runs_and_is_none(
    either: RelationalSource,
) -> None:
    run(either, "DROP TABLE IF EXISTS kept; CREATE TABLE kept (a INT)")
    text = "WITH d AS (INSERT INTO kept VALUES (1) RETURNING a) SELECT a FROM d"
    assert run(either, text, "df").value.a.tolist() == [1]
    with pytest.raises(SqlError, match="--preview limits a SELECT that only reads"):
        run(either, text, "--preview 3")
    assert run(either, "SELECT count(*) AS n FROM kept", "df").value.n.tolist() == [1]


def test_brackets_of_a_rule_hold_statements(source: RelationalSource) -> None:
    run(source, "DROP TABLE IF EXISTS ruled; CREATE TABLE ruled (a INT)")
    rule = "CREATE RULE r AS ON UPDATE TO ruled DO ALSO (SELECT 1; SELECT 2)"
    assert run(source, f"{rule}; SELECT 3 AS three", "df").value.three.tolist() == [3]


def test_a_name_of_a_column_begins_no_block(source: RelationalSource) -> None:
    text = """
        DROP TABLE IF EXISTS event;
        CREATE TABLE event (id int, begin timestamp, "end" timestamp);
        INSERT INTO event VALUES (1, '2024-01-01', '2024-01-02');
        SELECT * FROM event
    """
    assert len(run(source, text).value) == 1
    text = "CREATE INDEX ON event (begin); SELECT 3 AS three"
    assert run(source, text).value.three.tolist() == [3]
    text = """
        CREATE OR REPLACE FUNCTION two() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;
        SELECT two() AS two
    """
    assert run(source, text).value.two.tolist() == [2]
    run(source, "DROP FUNCTION two; DROP TABLE event")


def test_a_select_is_asked_again_where_its_connection_is_gone(
    either: RelationalSource, server: Postgres
) -> None:
    def hang_up(admin: Any) -> None:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'u'")
        until(lambda: _alone(admin))

    run(either, "DELETE FROM t WHERE a = 77")
    with server.admin() as admin:
        hang_up(admin)
        outcome = run(either, "SELECT 1 AS one")
        assert outcome.value.one.tolist() == [1]
        assert outcome.table.notes[0].startswith("The server had closed the idle connection")
        run(either, "SET work_mem = '7MB'")
        hang_up(admin)
        with pytest.raises(SqlError, match="session had"):
            run(either, "SELECT 1 AS one")
        assert run(either, "SELECT 1 AS one").value.one.tolist() == [1]


def _alone(admin: Any) -> None:
    found = admin.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'u'").fetchone()
    assert found == (0,)
