#!/usr/bin/env bash
# pyspark 4.3.0: its jars hold a whole Hive metastore service, which drops databases and says it did not.
# Hive 2.3 pools connections with BoneCP unless it is told otherwise. The tables of the catalogue do
# without; the listener for transactions, which is asked after a database has been removed, does not
# find the class. The service takes that for a passing fault and tries again, and the second try
# finds no such database.
# Why it matters: who runs the service out of Spark's jars sees DROP DATABASE fail each time, though it
# worked. `datanucleus.connectionPoolingType=HikariCP`, whose jar is there, is the way out.
# Needs Java 17 or 21.
set -euo pipefail
folder=$(mktemp -d)
service=
trap 'if [ -n "$service" ]; then kill "$service" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyspark==4.3.0
jars=$("$folder/venv/bin/python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')/jars
mkdir "$folder/home"
cd "$folder/home"
# The service's main class wants a logger of LMAX, which is not among the jars either.
opened=("-Dlog4j2.contextSelector=org.apache.logging.log4j.core.selector.ClassLoaderContextSelector")
for name in java.lang java.net java.nio java.util java.util.concurrent sun.nio.ch; do
  opened+=("--add-opens=java.base/$name=ALL-UNNAMED")
done
cat > "$folder/drop.py" <<'PY'
import socket
import sys
import time

from pyspark.sql import SparkSession

port = int(sys.argv[1])
for _ in range(600):
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            break
    time.sleep(0.2)
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.hadoop.hive.metastore.uris", f"thrift://127.0.0.1:{port}")
    .enableHiveSupport()
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
spark.sql("CREATE DATABASE shop")
try:
    spark.sql("DROP DATABASE shop")
    told = "no error"
except Exception as error:
    told = str(error).splitlines()[0]
left = [row[0] for row in spark.sql("SHOW DATABASES").collect()]
print(f"{told}; databases after it: {left}")
PY
tried() {
  local port
  port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
  java "${opened[@]}" -cp "$jars/*" org.apache.hadoop.hive.metastore.HiveMetaStore -p "$port" \
    --hiveconf datanucleus.schema.autoCreateAll=true \
    --hiveconf hive.metastore.schema.verification=false \
    --hiveconf "javax.jdo.option.ConnectionURL=jdbc:derby:;databaseName=$folder/$port;create=true" \
    --hiveconf "hive.metastore.warehouse.dir=$folder/warehouse-$port" "$@" > "$folder/log" 2>&1 &
  service=$!
  SPARK_LOCAL_IP=127.0.0.1 "$folder/venv/bin/python" "$folder/drop.py" "$port" 2> "$folder/err"
  kill "$service"
  wait "$service" 2>/dev/null || true
  service=
}
seen=$(tried)
pooled=$(tried --hiveconf datanucleus.connectionPoolingType=HikariCP)
echo "pyspark 4.3.0"
echo "expected: no error, and the database is gone, or an error, and it is there"
echo "seen: $seen"
echo "seen with HikariCP: $pooled"
case $seen in *"NoSuchObjectException: shop; databases after it: ['default']") ;; *) exit 1 ;; esac
[ "$pooled" = "no error; databases after it: ['default']" ]
