"""Long lists are bound as one value, by each database in its way."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid
from typing import Any

import pytest
from lodge_magics.errors import SqlError
from lodge_magics.sql.styles import DUCKDB, MYSQL, POSTGRES, SPARK, SQLITE, STYLES, TRINO, Style
from support.sources import bound


@pytest.mark.parametrize(
    ("values", "chosen", "kind", "sent"),
    [
        ([1, None], "v", "bigint", "[1,null,"),
        (["it's", "a"], "v", "varchar(4)", '["it\'s","a",'),
        ([decimal.Decimal(10), decimal.Decimal("0.25")], "CAST(v AS decimal(4, 2))", "varchar",
         '["10","0.25",'),
        ([b"\0", b"b"], "from_hex(v)", "varchar", '["00","62",'),
    ],
)  # fmt: skip
def test_a_long_list_of_trino_is_one_text(
    values: list[Any], chosen: str, kind: str, sent: str
) -> None:
    result = bound("x IN :a", TRINO, a=values * 100)
    array = f"CAST(json_parse(if(rand() >= 0, ?)) AS ARRAY({kind}))"
    assert result.text == f"x IN (SELECT {chosen} FROM UNNEST({array}) AS lodge_list (v))"
    assert result.positions[0].startswith(sent)
    assert result.apart is not None
    assert len(result.apart().positions) == 200


@pytest.mark.parametrize("one", [2**63, float("inf"), decimal.Decimal("nan"), dt.timedelta(1)])
def test_what_trino_reads_in_no_json_goes_one_by_one(one: object) -> None:
    assert len(bound("x IN :a", TRINO, a=[one] * 200).positions) == 200


def test_a_long_list_is_one_value() -> None:
    many = list(range(300))
    assert bound("x IN :a", DUCKDB, a=many).text == "x IN (SELECT unnest($lodge_0))"
    assert bound("x NOT IN (:a)", POSTGRES, a=many).text == "x  <> ALL (%(lodge_0)s)"
    assert bound("x IN :a", POSTGRES, a=many).named == {"lodge_0": many}
    lite = bound("x IN :a", SQLITE, a=[*many, None, "a"])
    assert lite.text == "x IN (SELECT value FROM json_each(:lodge_0))"
    spark = bound("x IN :a", SPARK, a=many)
    assert spark.text == "x IN (SELECT explode(from_json(:lodge_0, 'array<int>')))"
    assert len(bound("x IN :a", MYSQL, a=many).positions) == 300
    apart = bound("x IN :a", DUCKDB, a=many).apart
    assert apart is not None
    assert len(apart().named) == 300
    # As one of them is not like the others.
    for style in (DUCKDB, POSTGRES, SPARK):
        assert len(bound("x IN :a", style, a=[*many, "b"]).named) == 301
    assert len(bound("x IN (1, :a)", SQLITE, a=many).named) == 300


def test_a_long_list_of_several_types_of_numbers_is_one_value_of_each() -> None:
    many, half = list(range(300)), decimal.Decimal("0.5")
    for style, marker in ((DUCKDB, "$lodge_{}"), (POSTGRES, "%(lodge_{})s")):
        found = bound("x IN :a OR y NOT IN :a", style, a=[*many, None, half])
        query = " UNION ALL ".join(f"SELECT unnest({marker.format(n)})" for n in (0, 1))
        assert found.text == f"x IN ({query}) OR y NOT IN ({query})"
        assert found.named == {"lodge_0": [*many, None], "lodge_1": [half]}
    spark = bound("x IN :a", SPARK, a=[*many, half])
    assert spark.text.count("SELECT explode(") == len(spark.named) == 2
    assert spark.apart is not None
    assert len(spark.apart().named) == 301


@pytest.mark.parametrize(
    ("values", "array", "sent"),
    [
        ([b"\0", None], "transform(from_json(:lodge_0, 'array<string>'), v -> unhex(v))",
         '["00", null,'),
        ([decimal.Decimal(10), decimal.Decimal("0.25")],
         "transform(from_json(:lodge_0, 'array<string>'), v -> CAST(v AS decimal(4, 2)))",
         '["10", "0.25",'),
        ([2**64, 5],
         "transform(from_json(:lodge_0, 'array<string>'), v -> CAST(v AS decimal(20, 0)))",
         '["18446744073709551616", "5",'),
        ([dt.datetime(5, 1, 2)],
         "transform(from_json(:lodge_0, 'array<string>'), v -> CAST(v AS TIMESTAMP))",
         '["0005-01-02 00:00:00.000000",'),
    ],
)  # fmt: skip
def test_a_long_list_of_spark_is_one_text(values: list[Any], array: str, sent: str) -> None:
    found = bound("x IN :a", SPARK, a=values * 200)
    assert found.text == f"x IN (SELECT explode({array}))"
    assert found.named["lodge_0"].startswith(sent)


@pytest.mark.parametrize(
    ("values", "array", "sent"),
    [
        ([1, None], "from_json(:lodge_0, 'array<int>')", ["[1, null]"]),
        ([2**31], "from_json(:lodge_0, 'array<bigint>')", ["[2147483648]"]),
        ([dt.date(5, 1, 2)], "from_json(:lodge_0, 'array<date>')", ['["0005-01-02"]']),
        ([uuid.UUID(int=5)], "from_json(:lodge_0, 'array<string>')", [f'["{uuid.UUID(int=5)}"]']),
        ([1, 2.5, None], "array(:lodge_0, :lodge_1, :lodge_2)", [1, 2.5, None]),
        ([None], "array(:lodge_0)", [None]),
        ([], "array()", []),
    ],
)
def test_spark_gets_a_list_outside_of_in_as_an_array(
    values: list[Any], array: str, sent: list[Any]
) -> None:
    found = bound("array_contains(:a, x)", SPARK, a=values)
    assert found.text == f"array_contains({array}, x)"
    assert list(found.named.values()) == sent


MOMENT = dt.datetime(2024, 1, 2, 3)
ZONED = MOMENT.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize("style", [DUCKDB, POSTGRES], ids=["duckdb", "postgres"])
def test_dates_and_moments_with_a_zone_and_without_are_a_value_of_each(style: Style) -> None:
    # A list has one type: of dates beside moments, or of zones, a driver would make others.
    found = bound("x IN :a", style, a=[MOMENT.date(), MOMENT, ZONED, None] * 100)
    assert [{*map(type, part)} for part in found.named.values()] == [
        {dt.date, type(None)},
        {dt.datetime},
        {dt.datetime},
    ]
    assert [part[0] for part in found.named.values()] == [MOMENT.date(), MOMENT, ZONED]
    assert found.text.count(" UNION ALL ") == 2
    for mixed in ([MOMENT, ZONED], [ZONED, None, MOMENT] * 100):
        with pytest.raises(SqlError, match="The list :a has moments with a time zone and without"):
            bound("x = ANY(:a)", style, a=mixed)


def test_spark_gets_moments_in_one_text_with_their_zones() -> None:
    found = bound("x IN :a", SPARK, a=[MOMENT, ZONED] * 100)
    (text,) = found.named.values()
    assert text.startswith('["2024-01-02 03:00:00.000000", "2024-01-02 03:00:00.000000+00:00",')


def test_what_json_has_not_goes_into_that_of_sqlite() -> None:
    found = bound("x IN :a", SQLITE, a=[float("inf"), float("-inf"), float("nan"), 0.5] * 50)
    assert found.named["lodge_0"].startswith("[9e999,-9e999,null,0.5,")
    for values in ([b"\0\xff"] * 200, [b"\0\xff", "a", None] * 100):
        found = bound("x IN :a", SQLITE, a=values)
        assert list(found.named) == ["lodge_0"]
        assert found.named["lodge_0"].startswith('[["00ff"],')


@pytest.mark.parametrize("kind", ["duckdb", "postgres", "hive", "sqlalchemy+trino"])
@pytest.mark.parametrize("values", [[1, "a"], [True, 1], [MOMENT, "a"], [b"a", "a"]])
def test_so_many_values_of_several_types_are_refused(kind: str, values: list[Any]) -> None:
    named = ", ".join(sorted({type(value).__name__ for value in values}))
    told = f"The list :a has 70,000 values of several types ({named}), which are too many"
    with pytest.raises(SqlError, match=re.escape(told)):
        bound("x IN :a", STYLES[kind], a=values * 35_000)
    # So few are compared one by one, as ever.
    found = bound("x IN :a", STYLES[kind], a=values * 1_000)
    assert len(found.positions) == 2_000


def test_so_many_values_of_several_types_are_refused_as_an_array_of_spark() -> None:
    with pytest.raises(SqlError, match=r"The list :a has 70,000 values of several types"):
        bound("array_contains(:a, x)", SPARK, a=[1, "a"] * 35_000)
    assert len(bound("array_contains(:a, x)", SPARK, a=[1, "a"] * 100).named) == 200


def test_mysql_takes_any_values_one_by_one() -> None:
    assert len(bound("x IN :a", MYSQL, a=[1, "a"] * 35_000).positions) == 70_000
