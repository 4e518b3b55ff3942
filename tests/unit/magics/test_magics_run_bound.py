"""What is bound to a statement is compared as it should be, by DuckDB and SQLite."""

from __future__ import annotations

import datetime as dt
import decimal
import time
from typing import Any

import pytest
from lodge_magics.errors import SqlError
from lodge_magics.sql.sources.base import RelationalSource
from support.sources import run

NASTY = [
    "'", "''", '"', "`", "\\", "\\'", "'; DROP TABLE t; --", "' OR '1'='1", "%s", "%(a)s", "100%",
    "{{x}}", "${x}", "$1", "?", ":a", "/* */", "-- x", "#", "\x00".replace("\x00", "\x01"), "名字",
    "😀", "\n", "a\\", "\\\\'; DROP TABLE t; -- ", "0x27", "\u02bc", "$$", "e'", "r'\\'",
]  # fmt: skip
NEW_YEAR, DAY = dt.datetime(2000, 1, 1), dt.timedelta(days=1)


@pytest.mark.parametrize("value", NASTY)
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: str) -> None:
    kind = source.config.type
    text = "SELECT :v AS v, CAST(:v AS VARCHAR) || '' AS w FROM t WHERE b <> :v AND b IN :w"
    frame = run(source, text, v=value, w=["x", value]).value
    assert frame.to_dict("list") == {"v": [value], "w": [value]}, kind
    assert len(run(source, "SELECT * FROM t").value) == 2
    run(source, "INSERT INTO t VALUES (3, :v)", v=value)
    assert run(source, "SELECT a FROM t WHERE b = :v", v=value).value.a.tolist() == [3]


def test_empty_lists(source: RelationalSource) -> None:
    assert len(run(source, "SELECT * FROM t WHERE a IN :v", v=[]).value) == 0
    assert len(run(source, "SELECT * FROM t WHERE a NOT IN :v", v=[]).value) == 2


@pytest.mark.parametrize(
    "make",
    [
        *(int, str, float, lambda n: n or None, lambda n: b"%d" % n),
        lambda n: n if n % 2 else n + 0.5,
        lambda n: n + 0.5 if n else float("inf"),
        lambda n: (NEW_YEAR + n * DAY).date() if n % 2 else NEW_YEAR + n * DAY,
    ],
)
def test_seventy_thousand_values_after_in(source: RelationalSource, make: Any) -> None:
    ids = [make(n) for n in range(70_000)]
    began = time.monotonic()
    frame = run(source, "SELECT :five IN :ids AS yes, :six IN :ids AS no", five=make(5), ids=ids,
                six=make(70_001)).value  # fmt: skip
    assert frame.yes.tolist() == [True]
    assert frame.no.isna().all() if None in ids else frame.no.tolist() == [False]
    # With a name for each value SQLite takes 40 s and DuckDB 5 s; a busy machine has its time.
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "make",
    [
        lambda n: n if n % 2 else f"n{n}",
        lambda n: b"%d" % n if n % 2 else str(n),
        lambda n: NEW_YEAR + n * DAY if n % 2 else str(n),
        lambda n: n % 3 == 0 if n < 3 else n,
    ],
)
def test_seventy_thousand_values_of_several_types(source: RelationalSource, make: Any) -> None:
    ids = [make(n) for n in range(70_000)]
    began = time.monotonic()
    text = "SELECT :four IN :ids AS yes, :five IN :ids AS too, :six IN :ids AS no"
    values = {"ids": ids, "four": make(4), "five": make(5), "six": make(70_001)}
    if source.config.type == "sqlite":
        frame = run(source, text, **values).value
        assert frame.iloc[0].tolist() == [True, True, False]
    else:
        with pytest.raises(SqlError, match="The list :ids has 70,000 values of several types"):
            run(source, text, **values)
    # One by one it was half a minute on SQLite; a busy machine has its time.
    assert time.monotonic() - began < 10


def test_moments_with_a_zone_and_without_compare_the_same_in_a_long_list(
    source: RelationalSource,
) -> None:
    if source.config.type == "duckdb":
        run(source, "SET TimeZone = 'Asia/Shanghai'")
        column = "CAST(:v AS TIMESTAMP)"
    else:
        column = ":v"
    two = [NEW_YEAR, NEW_YEAR.replace(tzinfo=dt.UTC)]
    eight = NEW_YEAR + dt.timedelta(hours=8)
    for value in (NEW_YEAR, eight, NEW_YEAR + DAY):
        short, long, turned = (
            run(source, f"SELECT {column} IN :ids AS a", v=value, ids=ids).value.a[0]
            for ids in (two, two * 200, two[::-1] * 200)
        )
        assert short == long == turned, value
        if source.config.type == "duckdb":
            assert bool(short) == (value in (NEW_YEAR, eight))


def test_a_number_that_sqlite_has_not_is_refused_at_once(source: RelationalSource) -> None:
    for values in (2**63, [2**63], [*range(70_000), 2**63]):
        if source.config.type == "sqlite":
            with pytest.raises(SqlError, match="no whole numbers of more than 64 bits, such as 92"):
                run(source, "SELECT 5 IN :ids AS a", ids=values)
        else:
            run(source, "SELECT 5 IN :ids AS a", ids=values)


def test_a_long_list_compares_as_a_short_one(source: RelationalSource) -> None:
    for count in (3, 300):
        ids = [str(n) for n in range(count)]
        frame = run(source, "SELECT a FROM (SELECT CAST(2 AS INTEGER) AS a) q WHERE a IN :i", i=ids)
        assert len(frame.value) == 1


def test_a_decimal_is_compared_as_a_number(source: RelationalSource) -> None:
    text = (
        "SELECT 10 > :p AS a, count(*) AS n FROM (SELECT 4 * 3 AS total) q "
        "WHERE total >= :p AND total NOT IN :q"
    )
    frame = run(source, text, p=decimal.Decimal("9.5"), q=[decimal.Decimal(1)]).value
    assert frame.iloc[0].tolist() == [True, 1]
