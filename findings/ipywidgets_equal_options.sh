#!/usr/bin/env bash
# ipywidgets 8.1.9: of two options that are equal to Python, such as 0 and False, the second can be
# chosen and is not the value.
# The reader picks "off", whose value is False, beside "never", whose value is 0: the widget's label
# and index are those of "off", its value stays 0, and no observer is called. In a SelectMultiple the
# choice jumps back to the first of the equal ones.
# Why it matters: what the page shows and what the code gets are two things, and `interact` does not
# run. Compare by `index` or `label`, or give values that are not equal, such as texts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ipywidgets==8.1.9
"$folder/venv/bin/python" - <<'PY'
import sys

import ipywidgets

print("ipywidgets", ipywidgets.__version__)
print("expected: label 'off', value False, observers told [False]; of many: ('2', 'yes')")
told = []
one = ipywidgets.Dropdown(options=[("never", 0), ("off", False)], value=0)
one.observe(lambda change: told.append(change["new"]), "value")
# What a click on the second option sends.
one.set_state({"index": 1})
many = ipywidgets.SelectMultiple(options=[("1", 1), ("2", 2), ("yes", True)])
many.set_state({"index": [1, 2]})
print(f"seen: label {one.label!r}, value {one.value!r}, observers told {told}; of many: {many.label}")
if (one.label, one.index, repr(one.value), told) != ("off", 1, "0", []):
    sys.exit("The behaviour has changed.")
if many.label != ("2", "1"):
    sys.exit("The behaviour has changed.")
PY
