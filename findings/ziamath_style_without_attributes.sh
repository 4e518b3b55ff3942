#!/usr/bin/env bash
# ziamath 0.13: `<mstyle>` without attributes, valid MathML, takes the tag that follows it with it when a
# formula is read, and the text ends in a ParseError of XML about a tag that does not match. Its own TeX
# reader (latex2mathml) writes such an element for `\color`, so that a colour in a formula is no formula.
# Expected: the formula is drawn, as `<mrow>` in the same place is.
# Why it matters: who draws what a notebook's formulas hold has to expect it, and give such an element an
# attribute first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ziamath==0.13 latex2mathml==3.81.1
"$folder/venv/bin/python" -W ignore - <<'PY'
import sys
from importlib.metadata import version

import ziamath

print("ziamath", version("ziamath"), "latex2mathml", version("latex2mathml"))


def drawn(inner: str) -> str:
    try:
        ziamath.Math(f"<math>{inner}</math>").svg()
    except Exception as error:
        return type(error).__name__
    return "drawn"


seen = {
    name: drawn(inner)
    for name, inner in {
        "mrow": "<mrow><mi>x</mi></mrow>",
        "mstyle": "<mstyle><mi>x</mi></mstyle>",
        "mstyle with an attribute": '<mstyle displaystyle="false"><mi>x</mi></mstyle>',
    }.items()
}
print("expected: each is drawn")
print("seen:", seen)
if seen != {"mrow": "drawn", "mstyle": "ParseError", "mstyle with an attribute": "drawn"}:
    sys.exit("The behaviour has changed.")
PY
