#!/usr/bin/env bash
# papermill 2.7.0: on the command line a revision becomes infinity and a code loses its zeros.
# `-p NAME VALUE` turns into a number all that Python's int() and float() take: `9e10045` is inf,
# `0012` is 12, `1_000` is 1000, `nan` and `infinity` are floats. `true` stays a text, `True` is not.
# Why it matters: revisions, branch numbers and postal codes are usual parameters; a run reads other
# data than its line says. Use `-r`, which leaves texts alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check papermill==2.7.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import nbformat

cell = nbformat.v4.new_code_cell("", metadata={"tags": ["parameters"]})
kernel = {"name": "python3", "language": "python", "display_name": "Python"}
nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), "in.ipynb")
PY
"$folder/venv/bin/papermill" --prepare-only --no-progress-bar --log-level ERROR in.ipynb out.ipynb \
  -p revision 9e10045 -p branch 0012 -p amount 1_000 -p name nan -p flag true
"$folder/venv/bin/python" - <<'PY'
import sys

import nbformat
import papermill

cells = nbformat.read("out.ipynb", 4).cells
cell = next(cell for cell in cells if "injected-parameters" in cell.metadata.tags)
values = {}
exec(cell.source, values)
values.pop("__builtins__")
seen = {name: repr(value) for name, value in values.items()}

print("papermill", papermill.__version__)
print("expected: 9e10045 and 0012 as texts, since they don't come back as they were written")
print(f"seen: {seen}")
before = {"revision": "inf", "branch": "12", "amount": "1000", "name": "nan", "flag": "'true'"}
if seen != before:
    sys.exit("The behaviour has changed.")
PY
