"""The sample tables as Spark is told of them."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from lodge_hub.sample.hive import read_table
from pyarrow import parquet

ROWS = pa.table({"hour": pa.array([1, 2], pa.timestamp("us")), "carrier": ["UA", None]})


def fields(properties: dict[str, str]) -> dict[str, str]:
    schema = json.loads(properties["spark.sql.sources.schema"])
    return {field["name"]: field["type"] for field in schema["fields"]}


def test_a_table_is_what_its_files_hold(tmp_path: Path) -> None:
    folder = tmp_path / "weather"
    folder.mkdir()
    parquet.write_table(ROWS, folder / "part-0.parquet")
    table = read_table(folder)
    told = table.properties("4.3.0")
    assert (table.name, table.location, table.values) == ("weather", f"file:{folder}", ())
    assert fields(told) == {"hour": "timestamp_ntz", "carrier": "string"}
    assert told["spark.sql.statistics.numRows"] == "2"
    size = (folder / "part-0.parquet").stat().st_size
    assert told["spark.sql.statistics.totalSize"] == str(size)
    assert "spark.sql.sources.schema.numPartCols" not in told


def test_a_partitioned_table_has_its_column_last(tmp_path: Path) -> None:
    for month in (1, 10, 2):
        folder = tmp_path / "flights" / f"month={month}"
        folder.mkdir(parents=True)
        parquet.write_table(ROWS, folder / "data_0.parquet")
    table = read_table(tmp_path / "flights")
    told = table.properties("4.3.0")
    assert list(fields(told).items())[-1] == ("month", "integer")
    assert sorted(table.values, key=int) == ["1", "2", "10"]
    assert told["spark.sql.sources.schema.partCol.0"] == "month"
    assert told["spark.sql.statistics.numRows"] == "6"


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        read_table(tmp_path)
