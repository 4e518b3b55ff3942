#!/usr/bin/env bash
# jupysql 0.11.1: a query with `<<` is cut there, in a string literal too.
# `result << SELECT ...` keeps a result under a name. The magic takes all before the first `<<` for
# the name, without a look at whether it is one, and sends the rest.
# Why it matters: `SELECT flags << 2` and `WHERE text = 'a << b'` are valid SQL, and the error shows
# the remainder of a query that nobody wrote. Write `flags * 4`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jupysql==0.11.1 ipython==9.18.1
cd "$folder"
IPYTHONDIR="$folder" "$folder/venv/bin/python" - <<'PY'
import contextlib
import io
import sys
from importlib.metadata import version

from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for line in ("%load_ext sql", "%config SqlMagic.feedback = 0", "%sql sqlite://"):
    shell.run_cell(line)


def sent(query):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        error = shell.run_cell(f"%%sql\n{query}").error_in_exec
    lines = [line for line in str(error or "").splitlines() if line.startswith("[SQL: ")]
    return lines[0] if lines else "no error"


CASES = {
    "SELECT 1 << 2 AS v": "[SQL: 2 AS v]",
    "SELECT 'a << b' AS v": "[SQL: b' AS v]",
    "SELECT 1<<2 AS v": "[SQL: 2 AS v]",
}
print("jupysql", version("jupysql"))
print("expected: no error, since what stands before << is no name")
changed = False
for query, before in CASES.items():
    seen = sent(query)
    changed |= seen != before
    print(f"seen: {query}: {seen}")
if changed:
    sys.exit("The behaviour has changed.")
PY
