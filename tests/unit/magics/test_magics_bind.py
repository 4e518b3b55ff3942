"""Values are bound, never pasted: markers of each driver, plain values, lists after IN."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import enum
import re
import uuid
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.errors import SqlError
from lodge_magics.sql.bind import Bound, bind, resolve
from lodge_magics.sql.cache import key_of
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.parse import split_statements
from lodge_magics.sql.sources.trino.values import literal
from lodge_magics.sql.styles import DUCKDB, MYSQL, POSTGRES, SPARK, SQLITE, STYLES, TRINO, Style
from lodge_magics.sql.tokens import lexis_of
from lodge_magics.sql.values import for_sqlite, plain, plain_list

KINDS = {id(style): kind for kind, style in STYLES.items()}


def bound(text: str, style: Style, **values: Any) -> Bound:
    (statement,) = split_statements(text, lexis_of(KINDS[id(style)]))
    return bind(statement, style, values.__getitem__)


def test_markers_of_each_driver() -> None:
    text = "SELECT :a, :b, :a, '100%'"
    assert bound(text, DUCKDB, a=1, b=2).text == "SELECT $lodge_0, $lodge_1, $lodge_0, '100%'"
    assert bound(text, SQLITE, a=1, b=2).text == "SELECT :lodge_0, :lodge_1, :lodge_0, '100%'"
    assert bound(text, SPARK, a=1, b=2).named == {"lodge_0": 1, "lodge_1": 2}
    mysql = bound(text, MYSQL, a=1, b=2)
    # The server takes a value for the same at all of its places only where it has one marker.
    assert bound(text, POSTGRES, a=1, b=2).text == (
        "SELECT %(lodge_0)s, %(lodge_1)s, %(lodge_0)s, '100%%'"
    )
    assert (mysql.text, mysql.positions) == ("SELECT %s, %s, %s, '100%%'", [1, 2, 1])


def test_without_parameters_the_text_is_untouched() -> None:
    assert bound("SELECT '100%'", MYSQL) == Bound("SELECT '100%'", selects=True)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("x IN :a", "x IN ($lodge_0, $lodge_1)"),
        ("x in (:a)", "x in ($lodge_0, $lodge_1)"),
        ("x NOT IN ( 1, 'b', :a )", "x NOT IN ( 1, 'b', $lodge_0, $lodge_1 )"),
        ("len(:a)", "len($lodge_0)"),
        ("IN (SELECT f(:a))", "IN (SELECT f($lodge_0))"),
    ],
)
def test_lists(text: str, result: str) -> None:
    assert bound(text, DUCKDB, a=[1, 2]).text == result


def test_an_empty_list_matches_nothing() -> None:
    assert bound("x IN :a", SQLITE, a=[]).text == "x IN (SELECT NULL WHERE 1 = 0)"
    assert bound("x IN (:a)", MYSQL, a=()).text == "x IN (SELECT NULL FROM DUAL WHERE 1 = 0)"


@pytest.mark.parametrize("kind", sorted(STYLES))
def test_an_empty_list_leaves_the_rest_of_the_text_as_it_is(kind: str) -> None:
    rest = "SELECT '100% ?', \"at\" AS \"it's?\", '12:30' -- isn't it?\nWHERE x"
    (statement,) = split_statements(f"{rest} IN :a", lexis_of(kind))
    given = bind(statement, STYLES[kind], {"a": []}.__getitem__)
    assert not given.positions
    assert given.text.startswith(rest)


def test_one_value_after_in() -> None:
    assert bound("x IN :a", SQLITE, a="b").text == "x IN (:lodge_0)"


def test_values_at_several_places_are_literals_of_trino() -> None:
    text = "SELECT a + :n, :s, :once FROM t WHERE b IN :l OR c IN :l GROUP BY a + :n, :s LIMIT :n"
    given = bound(text, TRINO, n=1, s="it's", once=5, l=[b"x", None])
    assert given.positions == [5, 1]
    assert given.text == (
        "SELECT a + INTEGER '1', 'it''s', ? FROM t WHERE b IN (X'78', NULL) OR c IN (X'78', NULL) "
        "GROUP BY a + INTEGER '1', 'it''s' LIMIT ?"
    )


@given(st.text())
def test_a_text_never_ends_a_literal_of_trino(value: str) -> None:
    written = literal(value)
    assert written is not None
    assert re.fullmatch(r"'(?:[^']|'')*'", written)
    assert written[1:-1].replace("''", "'") == value


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


def test_a_list_elsewhere_is_refused_where_the_database_has_none() -> None:
    with pytest.raises(SqlError, match="The list :a can only stand after IN"):
        bound("SELECT :a", MYSQL, a=[1])


@given(st.text())
def test_a_text_never_becomes_part_of_the_statement(value: str) -> None:
    for style in STYLES.values():
        result = bound("SELECT :a WHERE b = 'c'", style, a=value)
        assert result.text == bound("SELECT :a WHERE b = 'c'", style, a="harmless").text
        assert result.positions == [value]


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.int64(5), 5),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.datetime64("2013-01-02T03:04:05.678901234"), dt.datetime(2013, 1, 2, 3, 4, 5, 678901)),
        (np.timedelta64(90, "s"), dt.timedelta(seconds=90)),
        (pd.Timestamp("2013-01-02"), dt.datetime(2013, 1, 2)),
        (pd.Timedelta(minutes=1), dt.timedelta(minutes=1)),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (Level.HIGH, 3),
        (bytearray(b"x"), b"x"),
        (decimal.Decimal("1.5"), decimal.Decimal("1.5")),
        (dt.date(2013, 1, 1), dt.date(2013, 1, 1)),
        (uuid.UUID(int=1), uuid.UUID(int=1)),
    ],
)
def test_plain_values(value: object, expected: object) -> None:
    result = plain("a", value)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    "value",
    [{"a": 1}, object(), len, pd.DataFrame(), np.zeros((2, 2)), np.zeros((2, 2)).data],
)
def test_what_cannot_be_bound(value: object) -> None:
    assert plain_list("a", value) is None
    with pytest.raises(SqlError, match="cannot be bound to :a"):
        plain("a", value)


@pytest.mark.parametrize(
    "value",
    [
        *((1, 2), range(1, 3), {1, 2}, {1: "a", 2: "b"}.keys(), {"a": 1, "b": 2}.values()),
        *(
            memoryview(array.array("i", [1, 2])),
            array.array("i", [1, 2]),
            collections.deque([1, 2]),
            np.array([1, 2]),
        ),
        *(np.array([1, 2], dtype=object), pd.Series([1, 2]), pd.Index([1, 2]), pd.RangeIndex(1, 3)),
        *(pd.array([1, 2]), pd.Series([1, None, 2], dtype="Int64").dropna().unique()),
        *(pd.Categorical([1, 2]), pd.Series([1, 2], dtype="int64[pyarrow]"), pl.Series([1, 2])),
        *(pa.array([1, 2]), pa.chunked_array([[1], [2]]), [pa.scalar(1), pa.scalar(2)]),
    ],
    ids=lambda value: f"{type(value).__module__}.{type(value).__name__}",
)
def test_lists_of_all_kinds(value: object) -> None:
    elements = plain_list("a", value)
    assert elements == [1, 2]
    assert {type(element) for element in elements or []} == {int}


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        (pd.array(["a", None]), ["a", None]),
        (pd.array([True, None], dtype="boolean"), [True, None]),
        (pd.array([0.5, None], dtype="Float64"), [0.5, None]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
        (
            pd.Series([pd.Timestamp("2013-01-02"), pd.NaT]).array,
            [dt.datetime(2013, 1, 2), None],
        ),
        (pd.date_range("2013-01-02", periods=1), [dt.datetime(2013, 1, 2)]),
        (pl.Series([dt.date(2013, 1, 2), None]), [dt.date(2013, 1, 2), None]),
        (pa.array([decimal.Decimal("1.5"), None]), [decimal.Decimal("1.5"), None]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array(["2013-01-02"], dtype="datetime64[us]"), [dt.datetime(2013, 1, 2)]),
    ],
)
def test_the_elements_of_arrays_are_plain(value: object, elements: list[Any]) -> None:
    found = plain_list("a", value)
    assert found == elements
    assert [type(one) for one in found or []] == [type(one) for one in elements]


@pytest.mark.parametrize("value", [pa.table({"a": [1]}), pl.DataFrame({"a": [1]}), {"a": 1}])
def test_a_table_is_no_list(value: object) -> None:
    assert plain_list("a", value) is None


class Colour(str, enum.Enum):  # noqa: UP042
    RED = "red"


class Money(decimal.Decimal):
    def __str__(self) -> str:
        return "much"


class Day(dt.date):
    def isoformat(self) -> str:
        return "some day"


class Moment(dt.datetime):
    pass


class Span(dt.timedelta):
    pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Colour.RED, "red"),
        (Money("1.50"), decimal.Decimal("1.50")),
        (Day(2013, 1, 2), dt.date(2013, 1, 2)),
        (Moment(2013, 1, 2, 3, tzinfo=dt.UTC), dt.datetime(2013, 1, 2, 3, tzinfo=dt.UTC)),
        (Span(days=1), dt.timedelta(days=1)),
        (type("Id", (uuid.UUID,), {})(int=1), uuid.UUID(int=1)),
    ],
)
def test_of_a_subclass_the_value_is_bound(value: object, expected: object) -> None:
    found = plain("a", value)
    assert found == expected
    assert type(found) is type(expected)


def test_spark_gets_dates_as_texts_that_it_casts() -> None:
    """Of pyspark's own they would be others: by the zone of this process, and before 1583."""
    values = {"a": dt.date(1, 2, 3), "b": dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC)}
    found = bound("SELECT :a, :b, :a, x IN :c", SPARK, **values, c=[dt.date(1500, 1, 1)])
    assert found.text == (
        "SELECT CAST(:lodge_0 AS DATE), CAST(:lodge_1 AS TIMESTAMP), CAST(:lodge_0 AS DATE), "
        "x IN (CAST(:lodge_2 AS DATE))"
    )
    assert found.named == {
        "lodge_0": "0001-02-03",
        "lodge_1": "2024-07-01 12:00:00+00:00",
        "lodge_2": "1500-01-01",
    }


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
    ("value", "kept"),
    [
        (decimal.Decimal("9.5"), 9.5),
        (decimal.Decimal("0.1"), 0.1),
        (decimal.Decimal("1E+3"), 1000),
        (decimal.Decimal(2**62), 2**62),
        (dt.datetime(2013, 1, 2, 3, 4), "2013-01-02 03:04:00"),
        (dt.date(2013, 1, 2), "2013-01-02"),
        (dt.timedelta(minutes=1.5), 90.0),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_what_sqlite_compares(value: object, kept: object) -> None:
    found = for_sqlite(value)
    assert found == kept
    assert type(found) is type(kept)


def test_a_decimal_that_sqlite_would_change_is_refused() -> None:
    with pytest.raises(SqlError, match=r"SQLite has no decimals.*bind float\(\.\.\.\)"):
        for_sqlite(decimal.Decimal("0.12345678901234567890"))


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


def test_spark_gets_other_types_for_those_that_it_has_not() -> None:
    assert bound("SELECT :a", SPARK, a=2**64).named == {"lodge_0": decimal.Decimal(2**64)}
    assert bound("SELECT :a", SPARK, a=uuid.UUID(int=5)).named == {"lodge_0": str(uuid.UUID(int=5))}
    with pytest.raises(SqlError, match="Spark has no numbers of more than 38 digits, such as 1000"):
        bound("SELECT :a", SPARK, a=10**38)


@pytest.mark.parametrize("kind", ["mysql", "sqlalchemy+mysql"])
def test_a_zone_that_mysql_would_cut_off_is_refused(kind: str) -> None:
    (statement,) = split_statements("SELECT :a, :b IN :c", lexis_of(kind))
    moment = dt.datetime(2013, 1, 2, 3, 4, 5)
    zoned = moment.replace(tzinfo=dt.UTC)
    assert bind(statement, STYLES[kind], {"a": moment, "b": 1, "c": []}.__getitem__).positions
    for values in ({"a": zoned, "b": 1, "c": []}, {"a": 1, "b": moment, "c": [moment, zoned]}):
        with pytest.raises(SqlError, match=r"take a date and time without a time zone; bring 2013"):
            bind(statement, STYLES[kind], values.__getitem__)


def test_a_missing_variable_names_the_nearest() -> None:
    names = {"origin": 1, "In": 2, "_hidden": 3}
    assert resolve("origin", names.__getitem__, lambda: names) == 1
    with pytest.raises(SqlError) as caught:
        resolve("orign", names.__getitem__, lambda: names)
    assert str(caught.value) == (
        "There is no Python variable orign to bind to :orign; did you mean origin?"
    )
    with pytest.raises(SqlError, match=r"define it, or give --param In_=\.\.\.$"):
        resolve("In_", {"In": 1}.__getitem__, lambda: ["In"])


@pytest.mark.parametrize("kind", ["mysql", "postgres", "kylin", "duckdb"])
def test_a_cached_result_is_known_by_the_place_of_each_value(kind: str) -> None:
    config = SourceConfig("s", kind)
    keys = {
        key_of(config, bound(text, STYLES[kind], a=1, b=2))
        for text in ("SELECT :a, :b, :a", "SELECT :a, :b, :b", "SELECT :a, :b, :a")
    }
    assert len(keys) == 2
