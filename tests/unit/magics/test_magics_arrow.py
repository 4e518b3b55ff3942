"""Tables of Arrow, in which some dates are none of Python's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from lodge_magics.sql.arrow import python_values, tidy

DAY, FAR = dt.date(2013, 1, 2), 2**31 - 1
_DATES = pa.map_(pa.date32(), pa.int64())


def _numbers(kind: pa.DataType) -> pa.DataType:
    return pa.map_(pa.int32(), kind)


@pytest.mark.parametrize(
    ("kind", "numbers", "values", "kept", "lost"),
    [
        (_DATES, _numbers(pa.int64()), [[(15707, 1)], None], [{DAY: 1}, None], 0),
        (
            _DATES,
            _numbers(pa.int64()),
            [[(15707, 1), (FAR, 2)], None, []],
            [[{"key": DAY, "value": 1}, {"key": None, "value": 2}], None, []],
            1,
        ),
        (
            pa.list_(pa.map_(pa.string(), _DATES)),
            pa.list_(pa.map_(pa.string(), _numbers(pa.int64()))),
            [[[("k", [(FAR, 2)])]]],
            [[[{"key": "k", "value": [{"key": None, "value": 2}]}]]],
            1,
        ),
        (
            pa.map_(pa.date32(), pa.date32()),
            _numbers(pa.int32()),
            [[(15707, FAR)]],
            [{DAY: None}],
            1,
        ),
    ],
)
def test_a_map_keeps_what_stands_beside_a_key_that_is_no_date(
    kind: pa.DataType, numbers: pa.DataType, values: list[Any], kept: list[Any], lost: int
) -> None:
    column = pa.array(values, numbers).cast(kind)
    table, notes = tidy(pa.table({"m": column}))
    assert python_values(table.column("m")) == kept
    assert [note.split(" ")[0] for note in notes] == [str(lost)] * bool(lost)
