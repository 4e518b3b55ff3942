#!/usr/bin/env bash
# sqlalchemy 2.1.9: a percent sign before a bracket in a text literal keeps a later parameter from being
# bound. For databases whose markers have no names (`?`) the parameter stands in the statement as
# `%(a)s`, and the database refuses it; without the percent sign the same statement is right.
# Why it matters: LIKE patterns and format strings hold such texts. Bind them as parameters, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sqlalchemy==2.1.9
"$folder/venv/bin/python" - <<'PY'
import sys

import sqlalchemy as sa

print("sqlalchemy", sa.__version__)
print("expected: a ? for :a, and the row ('%(', 5)")
engine = sa.create_engine("sqlite://")
seen = {}
for literal in ("(", "%", "%("):
    statement = sa.text(f"SELECT '{literal}', :a")
    compiled = str(statement.compile(dialect=engine.dialect))
    with engine.connect() as connection:
        try:
            answer = str(tuple(connection.execute(statement, {"a": 5}).one()))
        except sa.exc.DBAPIError as error:
            answer = f"{type(error.orig).__name__}: {error.orig}"
    seen[literal] = compiled, answer
    print(f"seen: {statement.text} becomes {compiled}: {answer}")
right = all(seen[one] == (f"SELECT '{one}', ?", f"('{one}', 5)") for one in ("(", "%"))
compiled, answer = seen["%("]
if not (right and compiled == "SELECT '%(', %(a)s" and answer.startswith("OperationalError")):
    sys.exit("The behaviour has changed.")
PY
