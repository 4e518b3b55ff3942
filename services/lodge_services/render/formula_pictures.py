"""Formulas as pictures, for those who show no MathML: what one shows, the other does."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from xml.etree import ElementTree

from .formulas import mathml
from .svg import Raster, draw

SIDE = 2_000
"""CSS pixels above which the source reads better."""

_SIZE = 18.0
_DENSITY = 2.5
#: What the library has no way to set, as it says in the log.
_UNKNOWN = {"mmultiscripts", "mprescripts", "none", "ms"}
#: Signs that it would draw beside what they stand above.
_COMBINING = {"\u0302": "^", "\u20d7": "→", "\u20d6": "←"}


@dataclass(frozen=True)
class FormulaPicture(Raster):
    """A formula.

    Attributes
    ----------
    below
        How much of it is below the line that it stands on, in CSS pixels.
    """

    below: float


def formula_picture(source: str, *, display: bool) -> FormulaPicture | None:
    """Return a picture of a TeX formula, or None when it is not understood.

    Parameters
    ----------
    source
        TeX without the dollar signs around it.
    display
        Whether it stands on a line of its own.
    """
    found = mathml(source.strip(), display=display)
    if found is None:
        return None
    root = ElementTree.fromstring(found)  # noqa: S314  (made here)
    for element in root.iter():
        if element.tag in _UNKNOWN:
            return None
        element.text = _COMBINING.get(element.text or "", element.text)
        if element.tag == "mstyle" and not element.attrib:
            element.tag = "mrow"  # from these it takes the element after them, too
    try:
        # Reading its font takes a while, and in a way that Python 3.11 and 3.12 warn of.
        with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
            from ziamath.zmath import Math
        formula = Math(root, size=_SIZE)
        letters = {char for text in root.itertext() for char in text if not char.isspace()}
        if not all(formula.font.glyphindex(char) for char in letters):
            return None
        width, height = formula.getsize()
        if not (0 < width <= SIDE and 0 < height <= SIDE):
            return None
        png = draw(formula.svg(), _DENSITY, fonts=False)
        below = -formula.getyofst()
    except Exception:
        # it fails in many ways on what it does not know
        return None
    return FormulaPicture(png, max(1, round(width)), max(1, round(height)), below)
