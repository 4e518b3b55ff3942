#!/usr/bin/env bash
# pandas 2.3.3: `Timestamp` reads a moment's nanoseconds or loses them, without a warning, by how its zone
# is written: with ` UTC` after it they are gone, with `+00:00` or `Z` they are there. `to_datetime` keeps
# them in all three, so the same text is two moments that are not equal.
# Why it matters: Trino writes zones as ` UTC`, and a bound of a query is parsed by the one, its column by
# the other. Put `+00:00` in its place before you parse.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pandas==2.3.3
"$folder/venv/bin/python" - <<'PY'
import sys

import pandas as pd

MOMENT = "2013-01-02 08:34:05.123456789"
print("pandas", pd.__version__)
print("expected: 789 nanoseconds, however the zone is written")
seen = {}
for zone in ("+00:00", "Z", " UTC"):
    one, many = pd.Timestamp(MOMENT + zone), pd.to_datetime([MOMENT + zone])
    seen[zone] = one.nanosecond, int(many.nanosecond[0])
    print(f"seen: {MOMENT}{zone}: Timestamp {seen[zone][0]}, to_datetime {seen[zone][1]}")
if seen != {"+00:00": (789, 789), "Z": (789, 789), " UTC": (0, 789)}:
    sys.exit("The behaviour has changed.")
PY
