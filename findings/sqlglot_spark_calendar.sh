#!/usr/bin/env bash
# sqlglot 30.30.0, pyspark 4.3.0, duckdb 2.0.0: weekdays and spans of time change in transpiling.
# DAYOFWEEK and WEEKDAY keep their names, though Spark counts Sunday as 1 and as 6, DuckDB as 0 in
# both. Spark's TIMESTAMPDIFF counts whole months and becomes DATE_DIFF, which counts borders of
# months: one day from February to March is a month.
# Why it matters: all of it runs, and reports by weekday or by age are wrong by one. Write ISODOW and
# DATE_SUB for DuckDB by hand.
# Needs Java 17 or 21.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  sqlglot==30.30.0 pyspark==4.3.0 duckdb==2.0.0
cd "$folder"
SPARK_LOCAL_IP=127.0.0.1 "$folder/venv/bin/python" - <<'PY'
import sys

import duckdb
import pyspark
import sqlglot
from pyspark.sql import SparkSession
from sqlglot.errors import ErrorLevel

CASES = {
    "SELECT DAYOFWEEK(DATE'2024-01-07')": (1, 0),
    "SELECT WEEKDAY(DATE'2024-01-07')": (6, 0),
    "SELECT TIMESTAMPDIFF(MONTH, DATE'2003-02-28', DATE'2003-03-01')": (0, 1),
}
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
print("sqlglot", sqlglot.__version__, "pyspark", pyspark.__version__, "duckdb", duckdb.__version__)
print("expected: the same numbers before and after, or an error with ErrorLevel.RAISE")
changed = False
for query, before in CASES.items():
    there = sqlglot.transpile(
        query, read="spark", write="duckdb", unsupported_level=ErrorLevel.RAISE
    )[0]
    seen = spark.sql(query).first()[0], duckdb.execute(there).fetchone()[0]
    changed |= seen != before
    print(f"seen: {query}: Spark {seen[0]}; as {there}: DuckDB {seen[1]}")
spark.stop()
if changed:
    sys.exit("The behaviour has changed.")
PY
