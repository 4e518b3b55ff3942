"""Columns of Trino of what its protocol writes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from lodge_magics.sql.sources.trino.types import column_of


def kind(name: str, *inside: dict[str, Any] | int) -> dict[str, Any]:
    arguments = [
        {"kind": "LONG", "value": one} if isinstance(one, int) else {"kind": "TYPE", "value": one}
        for one in inside
    ]
    return {"rawType": name, "arguments": arguments}


@pytest.mark.parametrize(
    ("signature", "given", "value"),
    [
        (kind("map", kind("boolean"), kind("double")), {"true": "NaN"}, "{True: nan}"),
        (kind("map", kind("double"), kind("boolean")), {"1.5": None}, "{1.5: None}"),
        (kind("map", kind("varbinary"), kind("integer")), {"AP8=": 1}, r"{b'\x00\xff': 1}"),
        (kind("map", kind("array", kind("integer")), kind("integer")), {"[1, 2]": 1},
         "{'[1, 2]': 1}"),
        (kind("array", kind("date")), ["+12024-01-01", None], "['+12024-01-01', None]"),
        (kind("interval day to second"), "-0 00:00:00.500",
         repr(dt.timedelta(seconds=-0.5))),
        (kind("no type of today", 5), "as it is", "'as it is'"),
    ],
)  # fmt: skip
def test_a_value(signature: dict[str, Any], given: Any, value: str) -> None:
    made = column_of(signature, [given, None])
    first = made.series[0]
    assert repr(first.to_pytimedelta() if hasattr(first, "to_pytimedelta") else first) == value
    assert made.series.isna()[1]


def test_what_python_has_no_date_for_is_counted() -> None:
    made = column_of(kind("timestamp", 3), ["+12024-01-01 00:00:00.000", "2013-01-02 03:04:05.006"])
    assert (made.lost, made.text) == (1, False)
    assert made.series.tolist()[1] == dt.datetime(2013, 1, 2, 3, 4, 5, 6000)


@pytest.mark.parametrize("text", ["1677-12-31 00:00:00.000000001", "+12024-01-01 00:00:00.0000001"])
def test_nanoseconds_of_other_years_are_text(text: str) -> None:
    made = column_of(kind("timestamp", 9), [text, None])
    assert made.text
    assert made.series[0] == text
