#!/usr/bin/env bash
# sqlglot 30.30.0, duckdb 2.0.0: a transpiled query computes other numbers, without a warning.
# From SQLite to DuckDB `7/2` becomes `7 / NULLIF(2, 0)`: the guard against zero is taken over, that
# the division is one of integers is not. A cast to INTEGER stays as it is: SQLite cuts the fraction
# off, DuckDB rounds.
# Why it matters: both run and look right. Write `CAST(TRUNC(x) AS INTEGER)` and `//`, or compare
# results before you move queries over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sqlglot==30.30.0 duckdb==2.0.0
"$folder/venv/bin/python" - <<'PY'
import sqlite3
import sys

import duckdb
import sqlglot
from sqlglot.errors import ErrorLevel

CASES = {
    "SELECT 7/2": (3, 3.5),
    "SELECT a/b FROM (SELECT CAST(7 AS INTEGER) AS a, CAST(2 AS INTEGER) AS b) AS t": (3, 3.5),
    "SELECT CAST(3.9 AS INTEGER)": (3, 4),
    "SELECT CAST(-3.9 AS INTEGER)": (-3, -4),
}
print("sqlglot", sqlglot.__version__, "duckdb", duckdb.__version__)
print("expected: the same numbers before and after, or an error with ErrorLevel.RAISE")
changed = False
for query, before in CASES.items():
    there = sqlglot.transpile(
        query, read="sqlite", write="duckdb", unsupported_level=ErrorLevel.RAISE
    )[0]
    seen = (
        sqlite3.connect(":memory:").execute(query).fetchone()[0],
        duckdb.execute(there).fetchone()[0],
    )
    changed |= seen != before
    print(f"seen: {query}: SQLite {seen[0]}; as {there}: DuckDB {seen[1]}")
if changed:
    sys.exit("The behaviour has changed.")
PY
