"""%%sql on ClickHouse's engine, behind a fake of its server that speaks its HTTP interface."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from lodge_magics.errors import SourceError, SqlError
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.clickhouse import running_clickhouse
from support.clickhouse_fake import PASSWORD, USER
from support.sources import NASTY, configured, run

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running_clickhouse() as port:
        yield port


def connected(connections: Connections, port: int) -> RelationalSource:
    url = f"clickhousedb://{USER}@127.0.0.1:{port}/default"
    keys = 'type = "sqlalchemy"\npassword_env = "SHOP_PASSWORD"'
    return connections.get(configured(f'{keys}\nurl = "{url}"'))


@pytest.fixture(scope="module")
def source(port: int) -> Iterator[RelationalSource]:
    connections = Connections()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_PASSWORD", PASSWORD)
        source = connected(connections, port)
        run(
            source,
            "CREATE TABLE t (a Int32, b String) ENGINE = MergeTree ORDER BY a;\n"
            "INSERT INTO t VALUES (1, 'x')",
        )
        yield source
    connections.close()


TYPES: list[tuple[str, str, Any, str]] = [
    ("1::Int32", "Int32", 1, "int64"),
    ("CAST(NULL AS Nullable(Int64))", "Nullable(Int64)", pd.NA, "Int64"),
    ("toUInt64(18446744073709551615)", "UInt64", 2**64 - 1, "uint64"),
    ("toInt128('170141183460469231731687303715884105727')", "Int128", 2**127 - 1, "object"),
    ("toFloat32(0.5)", "Float32", 0.5, "float64"),
    ("true", "Bool", True, "bool"),
    ("toDecimal128('12345678901234567890.10', 2)", "Decimal(38, 2)",
     Decimal("12345678901234567890.10"), "object"),
    ("toDate32('2299-12-31')", "Date32", dt.datetime(2299, 12, 31), "datetime64[us]"),
    ("toDateTime64('2020-01-02 03:04:05.123456', 6, 'Asia/Shanghai')",
     "DateTime64(6, 'Asia/Shanghai')", pd.Timestamp("2020-01-01 19:04:05.123456", tz="UTC"),
     "datetime64[us, UTC]"),
    ("'名字😀'", "String", "名字😀", "object"),
    ("toLowCardinality('x')", "LowCardinality(String)", "x", "object"),
    ("toUUID('12151fd2-7586-11e9-8f9e-2a86e4085a59')", "UUID",
     UUID("12151fd2-7586-11e9-8f9e-2a86e4085a59"), "object"),
    ("[1, NULL]", "Array(Nullable(UInt8))", [1, None], "object"),
    ("map('k', 1)", "Map(String, UInt8)", {"k": 1}, "object"),
    ("tuple(1, 'x')", "Tuple(UInt8, String)", (1, "x"), "object"),
    ("'a'::Enum8('a' = 1)", "Enum8('a' = 1)", "a", "object"),
]  # fmt: skip


def test_types(source: RelationalSource) -> None:
    text = ", ".join(f"{written} AS c{n}" for n, (written, *_) in enumerate(TYPES))
    outcome = run(source, f"SELECT {text}")
    for n, (written, kind, value, dtype) in enumerate(TYPES):
        found = outcome.value[f"c{n}"].iloc[0]
        assert outcome.table.columns[n].type == kind, written
        assert found is value or found == value, written
        assert str(outcome.value[f"c{n}"].dtype) == dtype, written


def test_digits_that_the_driver_cuts_are_told(source: RelationalSource) -> None:
    text = "SELECT toDateTime64('2020-01-02 03:04:05.123456789', {}) AS t, 1 AS n"
    assert not any("digits" in note for note in run(source, text.format(6)).table.notes)
    [told] = [note for note in run(source, text.format(9)).table.notes if "digits" in note]
    assert told.startswith("t has moments with more digits than its driver gives")


def test_an_empty_result_keeps_its_columns(source: RelationalSource) -> None:
    frame = run(source, "SELECT a, b FROM t WHERE a < 0").value
    assert frame.dtypes.astype(str).to_dict() == {"a": "int64", "b": "object"}


@pytest.mark.parametrize("value", NASTY)
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: str) -> None:
    text = (
        "SELECT :v AS v, '12:30 100% \\':a ''?' AS w FROM t WHERE b <> :v AND b IN :w "
        "AND '12:30' LIKE '%' AND 7 % 2 = 1"
    )
    frame = run(source, text, v=value, w=["x", value]).value
    assert frame.to_dict("list") == {"v": [value], "w": ["12:30 100% ':a '?"]}


@pytest.mark.parametrize("values", [{}, {"a": "%%"}, {"a": []}], ids=["none", "text", "list"])
def test_percent_signs_stay(source: RelationalSource, values: dict[str, Any]) -> None:
    text = "SELECT '100%% %' AS v, 7 % 2 AS w" + (" WHERE 'x' NOT IN :a" if values else "")
    frame = run(source, text, **values).value
    assert frame.to_dict("list") == {"v": ["100%% %"], "w": [1]}


def test_microseconds_of_a_moment_stay(source: RelationalSource) -> None:
    moment = dt.datetime(2013, 1, 2, 3, 4, 5, 6)
    shanghai = moment.replace(hour=11, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    text = (
        "SELECT toDateTime64('2013-01-02 03:04:05.000006', 6, 'UTC') AS t, t = :v AS v, "
        "t = :z AS z, t IN :l AS l, t IN :m AS m, "
        "toDateTime('2013-01-02 03:04:05', 'UTC') < :z AS more"
    )
    row = run(source, text, v=moment, z=shanghai, l=[moment], m=[shanghai] * 300).value.iloc[0]
    assert row.tolist()[1:] == [1, 1, 1, 1, 1]


def test_a_value_at_several_places_is_one_value(source: RelationalSource) -> None:
    text = (
        "SELECT intDiv(number, :n) AS x, concat(toString(x), :s) AS y FROM numbers(4) "
        "GROUP BY intDiv(number, :n), concat(toString(x), :s) ORDER BY 1"
    )
    frame = run(source, text, n=2, s="it's").value
    assert frame.to_dict("list") == {"x": [0, 1], "y": ["0it's", "1it's"]}


def test_long_lists_are_compared_as_short_ones(source: RelationalSource) -> None:
    few = list(range(0, 300 * 256, 256))
    text = "SELECT toUInt8(5) IN :few AS a, toUInt8(0) IN :few AS b, 3 IN :few AS c, NULL IN :few d"
    frame = run(source, text, few=[5, None, *few, 3]).value
    assert frame.iloc[0].tolist()[:3] == [1, 1, 1]
    assert frame.d.isna()[0]
    for one in ("it's \\ \n", 2**64 - 1, True, b"x", dt.datetime(2013, 1, 2, 3, 4, 5)):
        assert run(source, "SELECT :one IN :few AS x", one=one, few=[one] * 300).value.x[0] == 1
    text = "SELECT toDateTime64('2013-01-02 03:04:05', 3) IN :few AS x"
    assert run(source, text, few=[dt.datetime(2013, 1, 2, 3, 4, 5)] * 300).value.x[0] == 1


@pytest.mark.parametrize(
    "left",
    ["toDateTime(5, 'UTC')", "toDate(5)", "toInt64(-1)", "toUInt64('18446744073709551615')",
     "toFloat64(9007199254740992)", "CAST('b' AS Enum8('a' = -1, 'b' = 5))"],
)  # fmt: skip
def test_whole_numbers_of_long_lists_are_compared_as_single_ones(
    source: RelationalSource, left: str
) -> None:
    for number in (-1, 5, 2**32 + 5, 2**53 + 1, 2**64 - 1):
        found = []
        for times in (1, 300):
            try:
                found.append(
                    run(source, f"SELECT {left} IN :v AS x", v=[number] * times).value.x[0]
                )
            except SqlError:
                found.append(None)  # that it cannot be compared
        assert found[0] == found[1], number


def test_any_text_is_found_in_a_long_list(source: RelationalSource) -> None:
    odd = [
        "",
        "'",
        "\\",
        "\\'",
        "\\n",
        "\n",
        "\t",
        "\0",
        "]",
        ",",
        "','",
        "%s",
        "%%",
        "{x}",
        ":few",
        "NULL",
        "中文",
    ]
    text = "SELECT :one IN :all AS a, :one IN :others AS b"
    for one in odd:
        others = [f"x{n}" for n in range(300)] + [other for other in odd if other != one]
        row = run(source, text, one=one, all=[one, *others], others=others).value.iloc[0]
        assert (row.a, row.b) == (1, 0), repr(one)


@pytest.mark.parametrize("values", [list(range(70_000)), [f"n'{n}" for n in range(70_000)]])
def test_a_long_list_is_one_value(source: RelationalSource, values: list[Any]) -> None:
    """The server takes no text as long as theirs unless it is told to."""
    text = "SELECT countIf(:v IN :ids) AS n, countIf(:v NOT IN (:ids)) AS o, :v AS v"
    row = run(source, text, ids=values, v=values[5]).value.iloc[0]
    assert (row.n, row.o, row.v) == (1, 0, values[5])
    grouped = "SELECT number % :v AS m FROM numbers(3) GROUP BY number % :v ORDER BY m"
    assert run(source, grouped, v=2).value.m.tolist() == [0, 1]


def test_statements_without_an_answer_say_that_they_are_done(source: RelationalSource) -> None:
    outcome = run(source, "INSERT INTO t VALUES (7, 'y'), (8, 'z')")
    assert outcome.value is None
    assert run(source, "SELECT b FROM t ORDER BY a").value.b.tolist() == ["x", "y", "z"]
    run(source, "TRUNCATE TABLE t; INSERT INTO t VALUES (:a, :b)", a=1, b="x")
    assert run(source, "SELECT count() AS n FROM t").value.n.tolist() == [1]


def test_a_preview_is_limited_on_the_server(source: RelationalSource) -> None:
    # All of them have no end.
    outcome = run(source, "SELECT number FROM system.numbers # all", "--preview 3")
    assert outcome.value.number.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "told", "place"),
    [
        ("SELECT a, nosuch FROM t", "Unknown expression identifier `nosuch`",
         "SELECT a, nosuch FROM t\n          ^"),
        ("SELECT 1 AS a;\nSELEC 2", "Syntax error: failed at position", "SELEC 2\n"),
        ("SELECT count() FROM tt", "Unknown table expression identifier 'tt'",
         "SELECT count() FROM tt\n                    ^"),
    ],
)  # fmt: skip
def test_an_error_shows_the_place_in_the_users_text(
    source: RelationalSource, text: str, told: str, place: str
) -> None:
    with pytest.raises(SqlError) as caught:
        run(source, text)
    assert told in str(caught.value)
    assert caught.value.detail.startswith(place)


def test_a_wrong_password_is_told_and_not_shown(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wrong-one")
    connections = Connections()
    with pytest.raises(SourceError, match="Authentication failed") as caught:
        connected(connections, port)
    assert "wrong-one" not in str(caught.value)
    connections.close()


def test_the_catalog(source: RelationalSource) -> None:
    assert [(table.name, table.kind) for table in source.tables()] == [("t", "table")]
    assert [column.name for column in source.columns("t")] == ["a", "b"]
    assert source.columns("nosuch") == []
