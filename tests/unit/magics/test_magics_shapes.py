"""What is handed over to polars and Spark: only types that they have, each value as it was."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pandas as pd
import pyarrow as pa
import pytest
from lodge_magics.sql.shapes import _converted, _polars_type, _spark_type, table_of
from lodge_magics.sql.sources.base import Answer, Column

NUMBER = UUID("7c1d4d1e-0000-4000-8000-000000000000")
WIDE = Decimal(10**40)
MOMENT = pd.Timestamp("2024-05-06 07:08:09.123456789")


@pytest.mark.parametrize(
    ("values", "kind", "spark", "kept"),
    [
        ([NUMBER, None], pa.uuid(), "string", [str(NUMBER), None]),
        ([WIDE, None], pa.decimal256(50, 0), "string", [f"{WIDE:f}", None]),
        ([2**64 - 1, None], pa.uint64(), "decimal128(20, 0)", [Decimal(2**64 - 1), None]),
        ([dt.time(1, 2), None], pa.time64("us"), "string", ["01:02:00", None]),
        ([MOMENT, None], pa.timestamp("ns"), "string", ["2024-05-06 07:08:09.123456789", None]),
        ([MOMENT.floor("us")], pa.timestamp("ns"), "timestamp[us]", [MOMENT.floor("us")]),
        ([[1, None]], pa.list_(pa.uint32(), 2), "list<item: int64>", [[1, None]]),
        ([None], pa.null(), "string", [None]),
    ],
)
def test_spark_gets_types_that_it_has(
    values: list[Any], kind: pa.DataType, spark: str, kept: list[Any]
) -> None:
    table = pa.table({"x": pa.array(values, kind)})
    found, notes = _converted(table, _spark_type, "Spark")
    assert str(found.schema.field(0).type) == spark
    assert found.column(0).to_pylist() == kept
    changed = spark == "string" and not pa.types.is_null(kind) and kind != pa.uuid()
    assert notes == ([f"x is text: Spark has no type for {kind}"] if changed else [])


def test_polars_gets_no_decimals_that_end_it() -> None:
    table = pa.table({"x": pa.array([WIDE], pa.decimal256(50, 0)), "y": pa.array([NUMBER])})
    found, notes = _converted(table, _polars_type, "polars")
    assert found.to_pydict() == {"x": [f"{WIDE:f}"], "y": [str(NUMBER)]}
    assert notes == ["x is text: polars has no type for decimal256(50, 0)"]


def test_fields_of_one_name_are_text_for_spark() -> None:
    fields = [pa.field("a", pa.int64()), pa.field("a", pa.int64())]
    struct = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], fields=fields)
    found, notes = _converted(pa.table({"x": struct}), _spark_type, "Spark")
    assert str(found.schema.field(0).type) == "string"
    assert len(notes) == 1


def test_values_of_several_types_are_text_with_a_note() -> None:
    frame = pd.DataFrame({"x": pd.Series([2**53 + 1, 0.5], dtype=object), "y": [1.5, None]})
    answer = Answer([Column("x", "any"), Column("y", "real")], frame)
    table, notes = table_of(answer)
    assert table.to_pydict() == {"x": ["9007199254740993", "0.5"], "y": [1.5, None]}
    assert notes == ["x is text: Arrow has no type for all of its values"]
