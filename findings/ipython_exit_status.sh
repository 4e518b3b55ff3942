#!/usr/bin/env bash
# IPython 9.18.1, ipykernel 7.4.0: `exit(3)` in a cell ends neither the cell nor the run.
# In a kernel the argument of `exit` and `quit` is no status but `keep_kernel`: any true value keeps
# the kernel, and the rest of the cell and the next cells run. After `exit(0)` the kernel stops when
# it gets round to it: the rest of the cell runs, the next cell sometimes does, sometimes not.
# Why it matters: `if bad: exit(1)`, right in a script, lets a scheduled notebook go on as if nothing
# were wrong, and end with success. Tell users to raise, or `sys.exit(1)`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  ipython==9.18.1 ipykernel==7.4.0 nbclient==0.11.0
cd "$folder"
IPYTHONDIR="$folder" "$folder/venv/bin/python" - <<'PY'
import sys

import ipykernel
import IPython
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook


def run(first):
    notebook = new_notebook(cells=[new_code_cell(first), new_code_cell("print('next cell')")])
    try:
        NotebookClient(notebook, kernel_name="python3").execute()
        end = "success"
    except Exception as error:
        end = type(error).__name__
    outputs = [out for cell in notebook.cells for out in cell.outputs]
    printed = [out.text.strip() for out in outputs if out.get("name") == "stdout"]
    return f"{end}, printed {printed}"


CASES = {
    "exit(3)\nprint('same cell')": ["success, printed ['same cell', 'next cell']"],
    "exit(0)\nprint('same cell')": [
        "success, printed ['same cell', 'next cell']",
        "success, printed ['same cell']",
        "DeadKernelError, printed ['same cell']",
    ],
    "import sys\nsys.exit(3)\nprint('same cell')": ["CellExecutionError, printed []"],
}
print("IPython", IPython.__version__, "ipykernel", ipykernel.__version__)
print("expected: no further code runs after exit(3), and the run fails")
changed = False
for source, before in CASES.items():
    seen = run(source)
    changed |= seen not in before
    print(f"seen: {source.splitlines()[-2]}: {seen}")
if changed:
    sys.exit("The behaviour has changed.")
PY
