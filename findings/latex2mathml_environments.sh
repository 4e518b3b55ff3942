#!/usr/bin/env bash
# latex2mathml 3.81.1: `aligned`, `gathered` and `dcases` are not laid out, and no error says so.
# `align`, `split` and `cases` become tables of rows; an environment that the library does not know,
# these three among them, becomes one row in which the column mark `&` is a letter. It stands there
# unescaped, so that the result is no well-formed XML either.
# Why it matters: `aligned` is what people write within `$$`. Look for `<mi>&</mi>` in the result and
# show the source instead, or rename the environment first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check latex2mathml==3.81.1
"$folder/venv/bin/python" - <<'PY'
import sys
import xml.etree.ElementTree as tree
from importlib.metadata import version

from latex2mathml.converter import convert


def seen(name):
    mathml = convert(rf"\begin{{{name}}} a &= b \\ c &= d \end{{{name}}}")
    try:
        tree.fromstring(mathml)
        form = "XML"
    except tree.ParseError:
        form = "no XML"
    return f"{mathml.count('<mtr>')} rows, {form}"


KNOWN, UNKNOWN = ("align", "split", "cases"), ("aligned", "gathered", "dcases")
print("latex2mathml", version("latex2mathml"))
print("expected: 2 rows of well-formed XML for each, or an error")
found = {name: seen(name) for name in KNOWN + UNKNOWN}
for name, what in found.items():
    print(f"seen: {name}: {what}")
if any(found[name] != "2 rows, XML" for name in KNOWN):
    sys.exit("The behaviour has changed.")
if any(found[name] != "0 rows, no XML" for name in UNKNOWN):
    sys.exit("The behaviour has changed.")
PY
