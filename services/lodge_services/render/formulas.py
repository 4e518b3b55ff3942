"""Formulas as MathML, which browsers show without script or fonts of ours.

The converter does not escape and lets links and styles through, so of what it builds only known
elements, a few attributes and escaped text are written out.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from .clean import anchor
from .limits import FORMULA_LIMIT
from .mathml import mend

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
_COLOUR = re.compile(r"nb-(?:fg|bg)-[0-5]{3}(?: nb-(?:fg|bg)-[0-5]{3})?\Z")
_LENGTH = re.compile(r"[0-9]?(?:\.[0-9]{1,4})?(?:em|ex|%)\Z")

MAX_DEPTH = 200

_TAG = re.compile(r'(<[^"<>]*(?:"[^"]*"[^"<>]*)*>)')
_NAME = re.compile(r'"(#?)nb-h-([^"]*)"')
_WITH_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_BIG = set("∑∏∐⋃⋂⋁⋀⨁⨂⨀⨄⨆") | {f"&#x{ord(sign):05X};" for sign in "∑∏∐⋃⋂⋁⋀⨁⨂⨀⨄⨆"}
_BARS = {"|", "‖", "∣", "∥"}
#: By the first characters of a tag: how many elements of code it opens.
_CODE = {"<code": 1, "</cod": -1, "<pre>": 1, "<pre ": 1, "</pre": -1, "<samp": 1, "</sam": -1}
_ENVIRONMENT = re.compile(
    r"\\(begin|end)\{([a-zA-Z]+)\*?\}((?<=at\})\{[0-9]*\}|(?<=at\*\})\{[0-9]*\})?"
    r"((?<=ed\})\[[tbc]\])?"
)
_PLAIN = ("{", "}")
_ALIGNED = (r"\begin{split}", r"\end{split}")
_ROWS = (r"\begin{align*}", r"\end{align*}")
_CENTERED = (r"\begin{array}{c}", r"\end{array}")
#: What the converter takes for an environment; of others it makes a row without a word.
_ENVIRONMENTS = {
    **dict.fromkeys(("equation", "math", "displaymath", "subequations"), _PLAIN),
    **dict.fromkeys(("aligned", "alignedat", "split"), _ALIGNED),
    **dict.fromkeys(("align", "alignat", "xalignat", "flalign"), _ROWS),
    **dict.fromkeys(("gather", "gathered", "multline", "multlined"), _CENTERED),
    "eqnarray": (r"\begin{array}{rcl}", r"\end{array}"),
    "dcases": (r"\begin{cases}", r"\end{cases}"),
    **dict.fromkeys(("rcases", "drcases"), (r"\left. \begin{array}{l}", r"\end{array} \right\}")),
    **{
        name: (rf"\begin{{{name}}}", rf"\end{{{name}}}")
        for name in (
            *("matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"),
            *("array", "cases", "substack"),
        )
    },
}
#: The converter makes a single letter italic, like a variable.
_UPRIGHT = re.compile(r"\\mathrm(?:\s*\{\s*([A-Za-z])\s*\}|\s+([A-Za-z])(?![A-Za-z]))")
_ARG = re.compile(r"\\arg(?![a-zA-Z])")
_TEXT = re.compile(r"\\(?:text|mbox|textrm)\{((?:[^{}$]|\$[^$]{1,400}\$)*)\}")
_NUMBERING = re.compile(r"\\(?:label\{[^{}]*\}|(?:nonumber|notag)(?![a-zA-Z]))")


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
    return f'<span class="nb-math{" nb-display" if display else ""}">{mathml}</span>'


def split_dollars(text: str) -> tuple[str, bool] | None:
    """Return the TeX between dollar signs and whether it is displayed; None if there is none."""
    stripped = text.strip()
    for sign in ("$$", "$"):
        if len(stripped) > 2 * len(sign) and stripped.startswith(sign) and stripped.endswith(sign):
            inner = stripped[len(sign) : -len(sign)]
            return (inner, True) if "$" not in inner else None
    for start, end in ((r"\[", r"\]"), (r"\(", r"\)")):
        if stripped.startswith(start) and stripped.endswith(end):
            return stripped[2:-2], start == r"\["
    if stripped.startswith(r"\begin{"):
        return stripped, True
    return None


class Formulas:
    """Keeps formulas apart while the text around them is read and cleaned.

    `hold` gives a word that survives both; `put_back` replaces it. The word is random, so that no
    text of a notebook can pretend to be one.
    """

    def __init__(self) -> None:
        self._mark = f"nbmath{secrets.token_hex(8)}x"
        self._word = re.compile(f"{self._mark}([0-9]+)z")
        self._held: list[tuple[str, bool]] = []
        self._written: list[str] = []

    def hold(self, source: str, display: bool, written: str) -> str:
        """Return the word that stands for a formula, which was written with its delimiters."""
        self._held.append((source, display))
        self._written.append(written)
        return f"{self._mark}{len(self._held) - 1}z"

    def put_back(self, html: str) -> str:
        """Return cleaned `html` with formulas in the place of their words.

        In an attribute stands the source, in code what was written.
        """
        if not self._held:
            return html
        code = 0
        pieces = []
        for part in _TAG.split(html):
            if part.startswith("<"):
                code += _CODE.get(part[:5].lower(), 0)
                pieces.append(self.without(_NAME.sub(self._named, part)))
            elif code > 0:
                pieces.append(self._word.sub(lambda match: escape(self._as_written(match)), part))
            else:
                pieces.append(self._word.sub(lambda match: self._formula(int(match[1])), part))
        return "".join(pieces)

    def _named(self, match: re.Match[str]) -> str:
        name = anchor(self.sources(unescape(match[2]))) or "nb-h-"
        return f'"{match[1]}{name}"'

    def without(self, text: str) -> str:
        """Return HTML with sources in the place of the words."""
        return self._word.sub(lambda match: escape(self._source(int(match[1]))), text)

    def written(self, text: str) -> str:
        """Return plain text, of code, with what was written in the place of the words."""
        return self._word.sub(self._as_written, text) if self._held else text

    def _as_written(self, match: re.Match[str]) -> str:
        return self._written[int(match[1])]

    def sources(self, text: str) -> str:
        """Return plain text with sources in the place of the words."""
        if not self._held:
            return text
        return self._word.sub(lambda match: self._source(int(match[1])), text)

    def split(self, text: str) -> Iterator[tuple[str, tuple[str, bool] | None]]:
        """Yield pieces of plain text, each with the formula after it and if that is displayed."""
        # Most pieces are cells of tables, with none.
        if not self._held or self._mark not in text:
            yield text, None
            return
        start = 0
        for match in self._word.finditer(text):
            yield text[start : match.start()], self._held[int(match[1])]
            start = match.end()
        yield text[start:], None

    def _formula(self, index: int) -> str:
        source, display = self._held[index]
        if index >= FORMULA_LIMIT:
            return f"<code>{escape(source)}</code>"
        return formula_html(source, display=display)

    def _source(self, index: int) -> str:
        return self._held[index][0]


def _mathml(source: str, *, display: bool) -> str:
    found = mathml(source, display=display)
    return f"<code>{escape(source, quote=False)}</code>" if found is None else found


def mathml(source: str, *, display: bool) -> str | None:
    """Return a ``math`` element for a TeX formula, or None when it is not understood.

    Parameters
    ----------
    source
        TeX without the dollar signs around it.
    display
        Whether it stands on a line of its own.
    """
    if not source or len(source) > LENGTH_LIMIT:
        return None
    try:
        built = convert_to_element(_simplified(source), display="block" if display else "inline")
        inner = "".join(_written(child, 0) for child in built)
    except Exception:
        # the converter fails in many ways on what it does not know, deep nesting among them
        return None
    # what was not understood shows as itself, so the whole source reads better
    if re.search(r">(?:\\[A-Za-z]|&amp;<)", inner):
        return None
    block = ' display="block"' if display else ""
    return f"<math{block}>{inner}</math>"


def _simplified(source: str) -> str:
    """Return TeX whose environments are those that the converter knows, and nothing is numbered."""
    source = _NUMBERING.sub("", source)
    source = _UPRIGHT.sub(lambda match: rf"{{\rm {match[1] or match[2]}}}", source)
    source = _ARG.sub(r"\\operatorname{arg}", source)
    source = _TEXT.sub(_text_and_formulas, source)
    return _ENVIRONMENT.sub(_known_environment, source)


def _text_and_formulas(match: re.Match[str]) -> str:
    """Return a text in a formula as texts, and what stands between dollar signs as formulas."""
    pieces = match[1].split("$")
    if len(pieces) == 1:
        return match[0]
    return "".join(
        f"{{{piece}}}" if number % 2 else rf"\text{{{piece}}}" if piece else ""
        for number, piece in enumerate(pieces)
    )


def _known_environment(match: re.Match[str]) -> str:
    return _ENVIRONMENTS[match[2]][match[1] == "end"]


def _written(element: Element, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if element.tag not in _ELEMENTS:
        raise ValueError("unknown element")
    mend(element)
    if element.tag == "mtable":
        _give_lines_to_cells(element)
    elif element.tag in _WITH_LIMITS and len(element) and element[0].text in _BIG:
        # Above and below where there is room; MathML moves them aside where there is not.
        element.tag = _WITH_LIMITS[element.tag]
    elif element.tag == "mo" and element.text and unescape(element.text) in _BARS:
        element.attrib.setdefault("stretchy", "false")
    attributes = "".join(
        f' {name}="{value}"' for name, value in element.attrib.items() if _is_known(name, value)
    )
    text = unescape(element.text or "") if element.tag in _LEAVES else ""
    inner = escape(text) + "".join(_written(child, depth + 1) for child in element)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def _give_lines_to_cells(table: Element) -> None:
    """Put the lines of a table on its cells, where a style sheet finds them."""
    rows = table.attrib.pop("rowlines", "").split()
    columns = table.attrib.pop("columnlines", "").split()
    for index, row in enumerate(table):
        for place, cell in enumerate(row):
            for name, lines, at in (("rowlines", rows, index), ("columnlines", columns, place)):
                if at < len(lines) and lines[at] != "none":
                    cell.set(name, "solid")


def _is_known(name: str, value: str) -> bool:
    if name == "class":
        return bool(_COLOUR.match(value))
    if name in _WORDS:
        return bool(_WORD.match(value))
    return name in _LENGTHS and bool(_LENGTH.match(value))
