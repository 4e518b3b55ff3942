#!/usr/bin/env bash
# Bokeh 3.9.2, pandas 2.3.3: one moment with a zone is drawn at two places, by what holds it.
# In a list or tuple of datetimes the zone is dropped, and the clock of the zone is drawn; in a
# Series or DatetimeIndex, and as a Timestamp in a list, the moment is turned into UTC first. No
# warning tells which it was.
# Why it matters: two lines of the same figure, one of a list and one of a DataFrame, are hours apart,
# and a chart can't be read without the code that drew it. Turn moments into one zone, without it, by
# yourself: `series.dt.tz_convert(zone).dt.tz_localize(None)`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check bokeh==3.9.2 pandas==2.3.3
"$folder/venv/bin/python" - <<'PY'
import base64
import sys
import warnings
from datetime import UTC, datetime, timedelta, timezone

import bokeh
import numpy as np
import pandas as pd
from bokeh.core.serialization import Serializer
from bokeh.models import ColumnDataSource

warnings.simplefilter("error")
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=8)))


def drawn(column):
    """Return where on the axis of time a column's first moment stands."""
    sent = Serializer().encode(ColumnDataSource({"t": column}).data)["entries"][0][1]
    values = sent if isinstance(sent, list) else sent["array"]
    if isinstance(values, dict):
        data = values["data"]
        raw = base64.b64decode(data) if isinstance(data, str) else bytes(getattr(data, "data", data))
        values = np.frombuffer(raw, sent["dtype"])
    first = values[0]
    return f"{datetime.fromtimestamp(float(first) / 1000, UTC):%H:%M}"


print("bokeh", bokeh.__version__, "pandas", pd.__version__)
print("expected: 12:00 at +08:00 stands at one place, whatever holds it")
found = {
    "a list": drawn([NOON]),
    "a tuple": drawn((NOON,)),
    "a list of Timestamps": drawn([pd.Timestamp(NOON)]),
    "a Series": drawn(pd.Series([NOON])),
    "a DatetimeIndex": drawn(pd.DatetimeIndex([NOON])),
}
for holder, clock in found.items():
    print(f"seen: in {holder} it stands at {clock}")
if [*found.values()] != ["12:00", "12:00", "04:00", "04:00", "04:00"]:
    sys.exit("The behaviour has changed.")
PY
