"""Formulas as MathML, which browsers show without script or fonts of ours.

The converter does not escape and lets links and styles through, so of what it builds only known
elements, a few attributes and escaped text are written out.
"""

from __future__ import annotations

import re
import secrets
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from .limits import FORMULA_LIMIT

LENGTH_LIMIT = 4_000
"""Characters of TeX above which the source is shown."""

_ELEMENTS = {
    *("mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow"),
    *("ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext"),
    *("mtr", "munder", "munderover", "menclose", "mprescripts", "none"),
}
_LEAVES = {"mi", "mn", "mo", "ms", "mtext"}
_WORDS = {
    *("accent", "accentunder", "columnalign", "columnlines", "displaystyle", "fence", "form"),
    *("largeop", "linethickness", "mathvariant", "movablelimits", "notation", "rowlines"),
    *("scriptlevel", "separator", "stretchy", "symmetric"),
}
_LENGTHS = {"width", "minsize", "maxsize", "lspace", "rspace"}
_WORD = re.compile(r"[a-z0-9 -]{1,60}\Z")
_LENGTH = re.compile(r"[0-9]?(?:\.[0-9]{1,4})?(?:em|ex|%)\Z")

MAX_DEPTH = 200


def formula_html(source: str, *, display: bool) -> str:
    """Return MathML of a TeX formula, or its source as code when it is not understood.

    Parameters
    ----------
    source
        TeX without the dollar signs around it.
    display
        Whether it stands on a line of its own.
    """
    mathml = _mathml(source.strip(), display=display)
    if display:
        return f'<div class="nb-math">{mathml}</div>'
    return f'<span class="nb-math">{mathml}</span>'


def split_dollars(text: str) -> tuple[str, bool] | None:
    """Return the TeX between dollar signs and whether it is displayed; None if there is none."""
    stripped = text.strip()
    for sign in ("$$", "$"):
        if len(stripped) > 2 * len(sign) and stripped.startswith(sign) and stripped.endswith(sign):
            inner = stripped[len(sign) : -len(sign)]
            return (inner, True) if "$" not in inner else None
    if stripped.startswith(r"\begin{"):
        return stripped, True
    return None


class Formulas:
    """Keeps formulas apart while the text around them is cleaned.

    `hold` gives a placeholder that survives cleaning; `put_back` replaces it. The placeholder has
    a random name, so that no text of a notebook can pretend to be one.
    """

    def __init__(self) -> None:
        self._mark = f"nbmath{secrets.token_hex(8)}x"
        self._held: list[tuple[str, bool]] = []

    def hold(self, source: str, *, display: bool) -> str:
        """Return the placeholder of a formula."""
        self._held.append((source, display))
        return self._placeholder(len(self._held) - 1)

    def put_back(self, html: str) -> str:
        """Return cleaned `html` with formulas in the place of their placeholders.

        Where a placeholder came to stand in an attribute, it becomes the source.
        """
        if not self._held:
            return html
        whole = re.compile(f'<code class="nb-math">{self._mark}([0-9]+)z</code>')
        html = whole.sub(lambda match: self._formula(int(match[1])), html)
        return re.sub(f"{self._mark}([0-9]+)z", lambda match: self._source(int(match[1])), html)

    def without(self, text: str) -> str:
        """Return `text` with sources in the place of placeholders."""
        return re.sub(f"{self._mark}([0-9]+)z", lambda match: self._source(int(match[1])), text)

    def _placeholder(self, index: int) -> str:
        return f'<code class="nb-math">{self._mark}{index}z</code>'

    def _formula(self, index: int) -> str:
        source, display = self._held[index]
        if index >= FORMULA_LIMIT:
            return f"<code>{escape(source)}</code>"
        return formula_html(source, display=display)

    def _source(self, index: int) -> str:
        return escape(self._held[index][0])


def _mathml(source: str, *, display: bool) -> str:
    fallback = f"<code>{escape(source, quote=False)}</code>"
    if not source or len(source) > LENGTH_LIMIT:
        return fallback
    try:
        built = convert_to_element(source, display="block" if display else "inline")
        inner = "".join(_written(child, 0) for child in built)
    except Exception:
        # the converter fails in many ways on what it does not know, deep nesting among them
        return fallback
    # what was not understood shows as itself, so the whole source reads better
    if re.search(r">\\[A-Za-z]", inner):
        return fallback
    block = ' display="block"' if display else ""
    return f"<math{block}>{inner}</math>"


def _written(element: Element, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if element.tag not in _ELEMENTS:
        raise ValueError("unknown element")
    attributes = "".join(
        f' {name}="{value}"' for name, value in element.attrib.items() if _is_known(name, value)
    )
    text = unescape(element.text or "") if element.tag in _LEAVES else ""
    inner = escape(text) + "".join(_written(child, depth + 1) for child in element)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def _is_known(name: str, value: str) -> bool:
    if name in _WORDS:
        return bool(_WORD.match(value))
    return name in _LENGTHS and bool(_LENGTH.match(value))
