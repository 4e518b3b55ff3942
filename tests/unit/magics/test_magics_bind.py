"""Values are bound, never pasted: markers of each driver, plain values, lists after IN."""

from __future__ import annotations

import datetime as dt
import decimal
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.errors import SqlError
from lodge_magics.sql.bind import Bound, bind, resolve
from lodge_magics.sql.cache import key_of
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.parse import split_statements
from lodge_magics.sql.sources.trino.values import literal
from lodge_magics.sql.styles import DUCKDB, MYSQL, POSTGRES, SPARK, SQLITE, STYLES, TRINO
from lodge_magics.sql.tokens import lexis_of
from support.sources import bound


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


def test_a_list_elsewhere_is_refused_where_the_database_has_none() -> None:
    with pytest.raises(SqlError, match="The list :a can only stand after IN"):
        bound("SELECT :a", MYSQL, a=[1])


@given(st.text())
def test_a_text_never_becomes_part_of_the_statement(value: str) -> None:
    for style in STYLES.values():
        result = bound("SELECT :a WHERE b = 'c'", style, a=value)
        assert result.text == bound("SELECT :a WHERE b = 'c'", style, a="harmless").text
        assert result.positions == [value]


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


def test_spark_gets_other_types_for_those_that_it_has_not() -> None:
    assert bound("SELECT :a", SPARK, a=2**64).named == {"lodge_0": decimal.Decimal(2**64)}
    assert bound("SELECT :a", SPARK, a=uuid.UUID(int=5)).named == {"lodge_0": str(uuid.UUID(int=5))}
    for number in (decimal.Decimal("NaN"), decimal.Decimal("-Infinity")):
        with pytest.raises(SqlError, match=r"Spark has no decimal .*; bind float"):
            bound("SELECT :a", SPARK, a=number)
        with pytest.raises(SqlError, match=r"Spark has no decimal .*; bind float"):
            bound("SELECT 1 IN :a", SPARK, a=[number] * 300)
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
