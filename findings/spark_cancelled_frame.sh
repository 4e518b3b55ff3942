#!/usr/bin/env bash
# pyspark 4.3.0: a DataFrame with a shuffle, once cancelled by its tag, is cancelled for good.
# Adaptive execution keeps the stage that failed, and with it the error: each later collect() of the
# same object raises the old cancellation at once. An equal DataFrame made anew gives its rows.
# Why it matters: "interrupt, then run the cell again" is what notebooks are used for. A platform
# that cancels by tag should tell the user to make the DataFrame anew.
# Needs Java 17 or 21.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyspark==4.3.0
cd "$folder"
SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON="$folder/venv/bin/python" "$folder/venv/bin/python" - <<'PY'
import pathlib
import sys
import threading
import time

import pyspark
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.execution.pythonUDF.arrow.enabled", "false")
    .getOrCreate()
)
context = spark.sparkContext
context.setLogLevel("OFF")
may_end = pathlib.Path("may_end").absolute()


@udf("long")
def key(number):
    while not may_end.exists():
        time.sleep(0.05)
    return number % 5


def counts():
    return spark.range(0, 100, 1, 2).groupBy(key("id").alias("key")).count()


def collect(frame):
    try:
        return f"{len(frame.collect())} rows"
    except Exception as error:
        return "SPARK_JOB_CANCELLED" if "SPARK_JOB_CANCELLED" in str(error) else repr(error)


def run_tagged():
    context.addJobTag("cell")
    context.setInterruptOnCancel(True)
    seen.append(collect(frame))


seen = []
frame = counts()
cell = threading.Thread(target=run_tagged)
cell.start()
while not context.statusTracker().getActiveJobsIds():
    time.sleep(0.05)
context.cancelJobsWithTag("cell")
cell.join()
may_end.touch()
again, anew = collect(frame), collect(counts())
spark.stop()

print("pyspark", pyspark.__version__)
print("expected: the interrupted frame, collected again, gives 5 rows as an equal new one does")
print(f"seen: interrupted: {seen[0]}; again: {again}; an equal new frame: {anew}")
if (seen[0], again, anew) != ("SPARK_JOB_CANCELLED", "SPARK_JOB_CANCELLED", "5 rows"):
    sys.exit("The behaviour has changed.")
PY
