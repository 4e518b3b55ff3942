#!/usr/bin/env bash
# duckdb 2.0.0: some values are others once they are read as an Arrow table, without an error:
# the largest UHUGEINT is -1, TIMETZ has no offset any more, TIME '24:00:00' is midnight, BIT is
# DuckDB's own bytes. `fetchall()` gives the date 'infinity' as 9999-12-31.
# Why it matters: Arrow is how a notebook takes results over, and its user can't see what changed.
# Cast such columns to VARCHAR in the query.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check duckdb==2.0.0 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PY'
import sys

import duckdb

CASES = {
    "340282366920938463463374607431768211455::UHUGEINT": "-1",
    "TIMETZ '12:00:00+05:00'": "12:00:00",
    "TIME '24:00:00'": "00:00:00",
    "BIT '101'": r"b'\x05\xfd'",
}
print("duckdb", duckdb.__version__)
print("expected: the value that DuckDB prints, or an error")
changed = False
for value, before in CASES.items():
    query = f"SELECT {value} AS v"
    own = duckdb.execute(f"SELECT ({value})::VARCHAR").fetchall()[0][0]
    column = duckdb.sql(query).to_arrow_table().column("v")
    seen = str(column[0].as_py())
    changed |= seen != before
    print(f"seen: {value}: DuckDB prints {own}, Arrow has {seen} ({column.type})")

endless = str(duckdb.execute("SELECT DATE 'infinity'").fetchall()[0][0])
print(f"seen: DATE 'infinity': fetchall() has {endless}")
if changed or endless != "9999-12-31":
    sys.exit("The behaviour has changed.")
PY
