#!/usr/bin/env bash
# pyarrow 26.0.1: a group of 0.0 and one of -0.0, though the two are equal to pyarrow itself.
# `group_by` and `join` compare the bits of floats, so -0.0 is a key of its own; all NaNs are one key
# nevertheless. polars 2.1.0 and DuckDB 2.0.0 make one group of the same column.
# Why it matters: -0.0 comes out of rounding and of negated sums, prints as "0" in many places, and
# splits totals. Add 0.0 to a float key first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.0
"$folder/venv/bin/python" - <<'PY'
import sys

import duckdb
import polars
import pyarrow as pa
import pyarrow.compute as pc

table = pa.table({"key": [0.0, -0.0], "n": [1, 2]})
equal = pc.equal(table["key"][0], table["key"][1]).as_py()
groups = len(table.group_by("key").aggregate([("n", "sum")]))
joined = len(table.slice(0, 1).join(table.slice(1, 1), "key", join_type="inner", right_suffix="_2"))
of_polars = len(polars.from_arrow(table).group_by("key").sum())
connection = duckdb.connect()
connection.register("given", table)
of_duckdb = len(connection.execute("SELECT key, sum(n) FROM given GROUP BY key").fetchall())

print("pyarrow", pa.__version__, "polars", polars.__version__, "duckdb", duckdb.__version__)
print("expected: 0.0 equals -0.0, so that they are one group, and join")
print(f"seen: equal: {equal}; groups: {groups}; joined rows: {joined}")
print(f"seen: groups of polars: {of_polars}, of DuckDB: {of_duckdb}")
if (equal, groups, joined, of_polars, of_duckdb) != (True, 2, 0, 1, 1):
    sys.exit("The behaviour has changed.")
PY
