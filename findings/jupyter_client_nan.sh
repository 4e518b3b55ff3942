#!/usr/bin/env bash
# jupyter_client 8.10.0, ipykernel 7.4.0: a NaN in displayed JSON is kept as the text "nan".
# JSON has no NaN; the kernel's messages are packed with `allow_nan=False`, and what fails is packed
# once more with each such number as its Python text. Neither kernel nor notebook says so.
# Why it matters: the column of a table or chart that is shown as JSON is of mixed type when it is
# read from the notebook: [1.5, "nan", "inf"]. Put None for them before you display.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  jupyter_client==8.10.0 ipykernel==7.4.0 nbclient==0.11.0
cd "$folder"
IPYTHONDIR="$folder" "$folder/venv/bin/python" - <<'PY'
import sys

import ipykernel
import jupyter_client
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

SOURCE = """
from IPython.display import JSON
JSON({"values": [1.5, float("nan"), float("inf")]})
"""
notebook = new_notebook(cells=[new_code_cell(SOURCE)])
NotebookClient(notebook, kernel_name="python3").execute()
seen = notebook.cells[0].outputs[0].data["application/json"]["values"]

print("jupyter_client", jupyter_client.__version__, "ipykernel", ipykernel.__version__)
print("expected: [1.5, None, None], or an error that JSON has no such numbers")
print(f"seen: {seen}")
if seen != [1.5, "nan", "inf"]:
    sys.exit("The behaviour has changed.")
PY
