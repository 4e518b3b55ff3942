#!/usr/bin/env bash
# pyspark 4.3.0: an overwrite that is refused has emptied the table all the same.
# `mode("overwrite")` and INSERT OVERWRITE remove the target folder itself. On a local or mounted file
# system the files in it go first; where the folder above lets nobody remove entries of others (a
# shared folder with the sticky bit, a folder of an administrator's) the removal then fails, and so
# does the write, before anything new is written.
# Why it matters: the error reads as if nothing had been done, and the rows are gone. HDFS looks at
# the rights of the whole tree before it removes any of it.
# Needs Java 17 or 21. Started by root it goes on as user 65534, whom rights bind.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+rwX "$folder"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyspark==4.3.0
mkdir -p "$folder/home" "$folder/shared/table"
as=()
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  chown 65534 "$folder/home" "$folder/shared/table"
  chmod 755 "$folder" "$folder/shared"
else
  chmod 555 "$folder/shared"
fi
cat > "$folder/overwrite.py" <<'PY'
import os
import sys

import pyspark
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
table = sys.argv[1]
spark.range(3).write.mode("append").parquet(table)
before = spark.read.parquet(table).count()
try:
    spark.range(5).write.mode("overwrite").parquet(table)
    told = "no error"
except Exception as error:
    told = next(line for line in str(error).splitlines() if "Exception: " in line)
left = [name for name in os.listdir(table) if name.endswith(".parquet")]
spark.stop()

print("pyspark", pyspark.__version__)
print("expected: 5 new rows, or an error and the 3 old ones")
print(f"seen: {before} rows before; {told}; {len(left)} files of rows after")
if before != 3 or "Unable to clear output directory" not in told or left:
    sys.exit("The behaviour has changed.")
PY
cd "$folder/home"
HOME="$folder/home" SPARK_LOCAL_IP=127.0.0.1 \
  "${as[@]}" "$folder/venv/bin/python" "$folder/overwrite.py" "$folder/shared/table"
