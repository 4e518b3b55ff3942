"""Columns of Hive tables as Spark has written them into a table's parameters."""

from __future__ import annotations

import base64
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.sql.sources.base import Column
from lodge_magics.sql.sources.hive.schemas import spark_columns
from pyspark.sql import types as spark

WHOLE = "spark.sql.sources.schema"

plain = st.sampled_from(
    [
        *(spark.ByteType(), spark.ShortType(), spark.IntegerType(), spark.LongType()),
        *(spark.FloatType(), spark.DoubleType(), spark.BooleanType(), spark.BinaryType()),
        *(spark.StringType(), spark.DateType(), spark.TimestampType(), spark.TimestampNTZType()),
        *(spark.DecimalType(), spark.DecimalType(38, 3), spark.NullType()),
        *(spark.DayTimeIntervalType(), spark.YearMonthIntervalType(), spark.VariantType()),
    ]
)


def structs(kinds: st.SearchStrategy[Any]) -> st.SearchStrategy[spark.StructType]:
    field = st.builds(spark.StructField, st.text(min_size=1, max_size=9), kinds)
    return st.builds(spark.StructType, st.lists(field, max_size=4))


kinds = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.builds(spark.ArrayType, inner), st.builds(spark.MapType, inner, inner), structs(inner)
    ),
    max_leaves=9,
)


@given(structs(kinds), st.integers(1, 50))
def test_types_read_as_spark_says_them(struct: spark.StructType, size: int) -> None:
    said = [Column(one.name, one.dataType.simpleString()) for one in struct.fields]
    text = struct.json()
    assert spark_columns({WHOLE: text}) == said
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    told = {f"{WHOLE}.part.{number}": part for number, part in enumerate(parts)}
    assert spark_columns({**told, f"{WHOLE}.numParts": str(len(parts))}) == said


class Planted:
    """Runs when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self._path,))


def test_nothing_that_a_table_names_is_run(tmp_path: Path, monkeypatch: Any) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "planted.py").write_text(f"open({str(ran)!r}, 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    for named in ("planted.Point", "json.NoSuchClass"):
        kind = {
            "type": "udt",
            "pyClass": named,
            "serializedClass": base64.b64encode(pickle.dumps(Planted(ran))).decode(),
            "sqlType": {"type": "array", "elementType": "double", "containsNull": False},
        }
        field = {"name": "place", "type": kind, "nullable": True, "metadata": {}}
        told = {WHOLE: json.dumps({"type": "struct", "fields": [field]})}
        assert spark_columns(told) == [Column("place", "array<double>")]
    assert not ran.exists()
    assert "planted" not in sys.modules


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", '"long"', "7", '{"type": "struct"}', '{"type": "array"}'),
        '{"type": "struct", "fields": [{"name": 7, "type": "long"}]}',
        '{"type": "struct", "fields": [{"name": "a", "type": {"type": "map"}}]}',
        '{"type": "struct", "fields": [{"name": "a", "type": null}]}',
        '{"type": "struct", "fields": ' + "[" * 100_000,
        '{"type": "struct", "fields": [{"name": "a", "type": '
        + '{"type": "array", "elementType": ' * 900
        + '"long"'
        + "}" * 902,
    ],
)
def test_what_is_no_schema_tells_of_no_columns(text: str) -> None:
    assert spark_columns({WHOLE: text}) == []


def test_parts_that_are_not_there_tell_of_none() -> None:
    assert spark_columns({}) == []
    assert spark_columns({f"{WHOLE}.numParts": "2", f"{WHOLE}.part.0": "{}"}) == []
    assert spark_columns({f"{WHOLE}.numParts": "many"}) == []
    assert spark_columns({f"{WHOLE}.numParts": "9" * 4_400}) == []
