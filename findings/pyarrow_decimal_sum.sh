#!/usr/bin/env bash
# pyarrow 26.0.1: the sum of two large decimals is negative, the mean of decimals has no new digits.
# `pc.sum` adds in the 128 bits of the values and wraps; `pc.add` of the same values, by contrast,
# refuses. `pc.mean` keeps the scale of its input: of 1 and 2 it is 2.
# Why it matters: DECIMAL(38, 0) is what databases send for sums and big ids. Cast to decimal256, or
# to a larger scale, before you aggregate.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PY'
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

largest = pa.array([Decimal("9" * 38)] * 2)
total = pc.sum(largest).as_py()
mean = pc.mean(pa.array([Decimal(1), Decimal(2)])).as_py()
try:
    added = str(pc.add(largest, largest)[0].as_py())
except pa.ArrowException as error:
    added = f"{type(error).__name__}: {error}"

print("pyarrow", pa.__version__)
print(f"expected: sum {2 * int('9' * 38)}, or an error; mean 1.5")
print(f"seen: sum {total}, mean {mean}; element by element: {added}")
if (total, mean) != (Decimal(2 * (10**38 - 1) - 2**128), 2):
    sys.exit("The behaviour has changed.")
PY
