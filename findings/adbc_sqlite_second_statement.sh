#!/usr/bin/env bash
# adbc-driver-sqlite 1.13.0: of two statements in one execute() the second is dropped, without error.
# Python's own sqlite3 refuses such a text.
# Why it matters: "DELETE ...; INSERT ..." deletes, and tells of success. Split the text before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  adbc-driver-sqlite==1.13.0 adbc-driver-manager==1.13.0 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PY'
import sqlite3
import sys
from importlib.metadata import version

from adbc_driver_sqlite import dbapi

TWO = "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)"


def rows(connection):
    cursor = connection.cursor()
    try:
        cursor.execute("CREATE TABLE t (a INTEGER)")
        try:
            cursor.execute(TWO)
        except Exception as error:
            return type(error).__name__
        cursor.execute("SELECT a FROM t")
        return [row[0] for row in cursor.fetchall()]
    finally:
        cursor.close()


with dbapi.connect() as connection:
    seen = rows(connection)
own = rows(sqlite3.connect(":memory:"))
print("adbc-driver-sqlite", version("adbc-driver-sqlite"))
print("expected: rows [1, 2], or an error as of Python's sqlite3")
print(f"seen: rows {seen}; sqlite3: {own}")
if seen != [1]:
    sys.exit("The behaviour has changed.")
PY
