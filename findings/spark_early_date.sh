#!/usr/bin/env bash
# pyspark 4.3.0: a date before the year 1000 as an argument of `spark.sql` is refused without a word.
# Python's strftime writes the year 1 as `1`, not `0001`; the server's java.sql.Date.valueOf takes
# four digits only, and its IllegalArgumentException has no message.
# Why it matters: `date(1, 1, 1)` is a usual sentinel for "since ever", and users see an error that
# names neither the argument nor the date. Bind `d.isoformat()` with a CAST instead.
# Needs Java 17 or 21.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyspark==4.3.0
cd "$folder"
SPARK_LOCAL_IP=127.0.0.1 "$folder/venv/bin/python" - <<'PY'
import datetime
import sys

import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")


def bound(day):
    try:
        return str(spark.sql("SELECT :d AS d", args={"d": day}).first().d)
    except Exception as error:
        return f"{type(error).__name__}({str(error)!r})"


early, late = bound(datetime.date(1, 1, 6)), bound(datetime.date(1000, 1, 6))
literal = str(spark.sql("SELECT DATE'0001-01-06' AS d").first().d)
spark.stop()

print("pyspark", pyspark.__version__)
print("expected: 0001-01-06 comes back, as it does from a literal, or an error that names it")
print(f"seen: year 1: {early}; year 1000: {late}; literal: {literal}")
if not early.startswith("IllegalArgumentException") or "0001" in early:
    sys.exit("The behaviour has changed.")
if (late, literal) != ("1000-01-06", "0001-01-06"):
    sys.exit("The behaviour has changed.")
PY
