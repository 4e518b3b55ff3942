#!/usr/bin/env bash
# trino 0.340.0 (Python client): moments with more than six digits are rounded, without a warning, so that
# the last of a day becomes the first of the next; and one date that Python has none of fails the fetch of
# all rows beside it.
# The client's own mapping of a server's answer is asked here, as its cursor does.
# Why it matters: rows move to the day after, and a table with one old date can't be read. Cast such columns
# to varchar in the query, or connect with `legacy_primitive_types=True`, which gives the server's texts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check trino==0.340.0
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

from trino.exceptions import TrinoDataError
from trino.mapper import RowMapperFactory


def column(kind, raw, *numbers):
    arguments = [{"kind": "LONG", "value": number} for number in numbers]
    return {"name": "v", "type": kind, "typeSignature": {"rawType": raw, "arguments": arguments}}


def mapped(described, *texts):
    return RowMapperFactory().create([described], False).map([[text] for text in texts])


print("trino", version("trino"))
print("expected: the second of that evening, its digits cut or told; and the first date")
[[moment]] = mapped(column("timestamp(9)", "timestamp", 9), "2001-01-01 23:59:59.999999999")
print("seen: 2001-01-01 23:59:59.999999999 is", moment)
try:
    dates = str(mapped(column("date", "date"), "2001-01-01", "-0044-03-15"))
except TrinoDataError as error:
    dates = f"TrinoDataError: {error}"
print("seen: 2001-01-01 and -0044-03-15:", dates)
if str(moment) != "2001-01-02 00:00:00" or not dates.startswith("TrinoDataError"):
    sys.exit("The behaviour has changed.")
PY
