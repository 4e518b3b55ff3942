#!/usr/bin/env bash
# adbc-driver-sqlite 1.13.0: one text in a column of numbers costs the other rows their digits.
# The driver settles a column's type by the first batch. Where a float has made it a float column
# and a text then makes it a text column, the numbers read so far are written with six decimals in
# scientific notation: 1234567890 becomes 1.234568e+09.
# Why it matters: SQLite columns do hold mixed values, ids are lost without an error, and sqlite3
# gives them whole. Cast such columns to TEXT in the query.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  adbc-driver-sqlite==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from adbc_driver_sqlite import dbapi

QUERY = "SELECT 1234567890 AS v UNION ALL SELECT 0.1 UNION ALL SELECT 'x'"
with dbapi.connect() as connection, connection.cursor() as cursor:
    cursor.execute(QUERY)
    column = cursor.fetch_arrow_table().column("v")
seen = column.to_pylist()
print("adbc-driver-sqlite", version("adbc-driver-sqlite"))
print("expected: ['1234567890', '0.1', 'x'] as SQLite's own cast to TEXT has them, or an error")
print(f"seen: {seen} ({column.type})")
if seen != ["1.234568e+09", "1.000000e-01", "x"]:
    sys.exit("The behaviour has changed.")
PY
