"""What is bound of a value: a plain one of Python, and of each kind of list its elements."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import enum
import uuid
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from lodge_magics.errors import SqlError
from lodge_magics.sql.values import for_sqlite, plain, plain_list


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
        (np.datetime64("2013-01-02T03:04:05.678901000"), dt.datetime(2013, 1, 2, 3, 4, 5, 678901)),
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


def brought_down(value: object) -> Any:
    """A value as it is bound, whether it is a list or not."""
    found = plain_list("a", value)
    return plain("a", value) if found is None else found


FINE = pd.Timestamp("2013-01-02 03:04:05.678901234")


@pytest.mark.parametrize(
    "value",
    [
        FINE,
        FINE.to_datetime64(),
        FINE - pd.Timestamp(0),
        pa.scalar(FINE.value, pa.timestamp("ns")),
        [FINE],
        pd.Series([FINE]),
        pd.Series([FINE - pd.Timestamp(0)]).array,
        np.array([FINE.to_datetime64()]),
        pl.Series([FINE.value]).cast(pl.Datetime("ns")),
        pa.array([FINE.value], pa.timestamp("ns")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nanoseconds_are_not_cut_off_without_a_word(value: object) -> None:
    with pytest.raises(SqlError, match=r"with its nanoseconds; bind a\.floor\('us'\)"):
        brought_down(value)


@pytest.mark.parametrize(
    "value", ["\ud83d", "ok \udc80", ["a", "b\ud83d"], type("S", (str,), {})("\ud83d")]
)
def test_half_a_character_is_refused(value: object) -> None:
    with pytest.raises(SqlError, match=r"holds half a character \(.ud"):
        brought_down(value)


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
