#!/usr/bin/env bash
# clickhouse-connect 1.12.0: of two ways to bind a moment one cuts its microseconds. A `%(m)s` is
# written into the query by the client, to the second, without a warning; a `{m:DateTime64(6)}` is sent
# beside it, whole.
# Why it matters: `WHERE ts = %(m)s` with a moment that was read before finds nothing, `>=` finds rows
# again that were seen. Name the type in the marker.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check clickhouse-connect==1.12.0
"$folder/venv/bin/python" - <<'PY'
import sys
from datetime import datetime
from importlib.metadata import version

from clickhouse_connect.driver.binding import bind_query

MOMENT = datetime(2020, 1, 2, 3, 4, 5, 123456)
print("clickhouse-connect", version("clickhouse-connect"))
print("expected: 03:04:05.123456 both times")
client = bind_query("SELECT %(m)s", {"m": MOMENT})
server = bind_query("SELECT {m:DateTime64(6)}", {"m": MOMENT})
print("seen:", *client)
print("seen:", *server)
if client[0] != "SELECT '2020-01-02 03:04:05'" or server[1] != {"param_m": f"{MOMENT}"}:
    sys.exit("The behaviour has changed.")
PY
