#!/usr/bin/env bash
# polars 2.1.0, pyarrow 26.0.1, duckdb 2.0.0: one Parquet file holds dates or times, by its reader.
# pyarrow writes a date64 column as Parquet's DATE and notes the Arrow type in the file's metadata.
# pyarrow and DuckDB read dates; polars follows the note, has no date64, and gives midnights.
# Why it matters: a join or filter on a date finds other rows, or fails, after a mere change of the
# reader. Cast to date32 before writing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import sys
from datetime import date

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as parquet

days = pa.array([date(2020, 1, 1)], pa.date64())
parquet.write_table(pa.table({"day": days}), "days.parquet")
logical = parquet.ParquetFile("days.parquet").schema.column(0).logical_type.type
seen = (
    str(parquet.read_table("days.parquet").schema.field("day").type),
    duckdb.execute("SELECT typeof(day) FROM 'days.parquet'").fetchone()[0],
    str(polars.read_parquet("days.parquet").schema["day"]),
)
print("polars", polars.__version__, "pyarrow", pa.__version__, "duckdb", duckdb.__version__)
print(f"expected: a date for each, since the file's column is of Parquet's type {logical}")
print("seen: pyarrow {}, DuckDB {}, polars {}".format(*seen))
if (seen[0], seen[1]) != ("date32[day]", "DATE") or not seen[2].startswith("Datetime"):
    sys.exit("The behaviour has changed.")
PY
