#!/usr/bin/env bash
# latex2mathml 3.81.1: the power of a matrix or of a binomial coefficient is no power.
# Of `\begin{pmatrix}…\end{pmatrix}^{-1}` the library makes one `msup` with four elements in it: the
# bracket, the table, the bracket and the power. MathML has two places there, and a browser sets an
# element with more as a row: the inverse of a matrix is shown as the matrix, and -1 beside it.
# `\left( x \right)^2` is right, for there the brackets are a row of their own.
# Why it matters: `A^T` of a written matrix and the square of a determinant are in every textbook, no
# error says so, and the formula reads as another one. Make a row of what is before the power.
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

NAMES = ("msup", "msubsup", "mover")
PLACES = {"msup": 2, "msubsup": 3, "mover": 2}


def seen(tex):
    root = tree.fromstring(convert(tex))
    found = [one for one in root.iter() if one.tag.rpartition("}")[2] in NAMES]
    name = found[0].tag.rpartition("}")[2]
    return f"{name} of {len(found[0])} elements, which has {PLACES[name]} places"


RIGHT = {r"\left( x \right)^2": "msup of 2 elements, which has 2 places"}
WRONG = {
    r"\begin{pmatrix} a \end{pmatrix}^{-1}": "msup of 4 elements, which has 2 places",
    r"\begin{vmatrix} a \end{vmatrix}_1^2": "msubsup of 5 elements, which has 3 places",
    r"\binom{n}{k}^2": "msup of 4 elements, which has 2 places",
}
print("latex2mathml", version("latex2mathml"))
print("expected: as many elements as places")
for tex, told in (RIGHT | WRONG).items():
    print(f"seen: {tex}: {seen(tex)}")
    if seen(tex) != told:
        sys.exit("The behaviour has changed.")
PY
