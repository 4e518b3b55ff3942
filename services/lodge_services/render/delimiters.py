r"""Finds the formulas in Markdown, where JupyterLab finds them.

They are taken out before Markdown is read: what stands in a formula is no list, no emphasis and
no cell of a table. Delimiters are ``$``, ``$$``, ``\\(``, ``\\[`` and ``\begin{…}``. A formula
does not go beyond its paragraph, and code holds none. Unlike JupyterLab, a dollar sign before a
digit does not end a formula, so that "between $5 and $10" stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

#: Takes the TeX of a formula, whether it is displayed, and both with the delimiters as written;
#: returns what stands in its place.
Hold = Callable[[str, bool, str], str]

_FENCE = re.compile(r"(?m)^[ \t>*+\-0-9.)]*?(`{3,}|~{3,})[^\n]*(?:\n|\Z)")
_QUOTE = re.compile(r"\n[ \t>]*>[ \t]?")
_BREAK = re.compile(r"\n[ \t>]*\n")
_TOKEN = re.compile(
    r"(?P<code>`+)"
    r"|(?P<escaped>\\\\[()\[\]])"
    r"|\\(?P<edge>begin|end)\{(?P<name>[a-zA-Z]+\*?)\}"
    r"|\\."
    r"|(?P<dollars>\$\$?)"
    r"|(?P<brace>[{}])",
    re.DOTALL,
)
#: Delimiters of one paragraph that may turn out to be none: each costs another look at it.
_TRIES = 20
_CLOSES = {"$": "$", "$$": "$$", r"\\(": r"\\)", r"\\[": r"\\]"}


def take_out(source: str, hold: Hold) -> str:
    """Return Markdown with what `hold` gives in the place of each formula."""
    pieces = []
    at = 0
    while at < len(source):
        fence = _FENCE.search(source, at)
        start = len(source) if fence is None else fence.start()
        pieces.append(_outside_of_fences(source[at:start], hold))
        if fence is None:
            break
        mark = fence[1]
        closing = re.compile(
            rf"(?m)^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*(?:\n|\Z)"
        ).search(source, fence.end())
        at = len(source) if closing is None else closing.end()
        pieces.append(source[start:at])
    return "".join(pieces)


def _outside_of_fences(text: str, hold: Hold) -> str:
    pieces = []
    at = 0
    for gap in _BREAK.finditer(text):
        pieces.append(_Paragraph(text[at : gap.start()], hold).without_formulas())
        pieces.append(gap[0])
        at = gap.end()
    pieces.append(_Paragraph(text[at:], hold).without_formulas())
    return "".join(pieces)


@dataclass
class _Open:
    """A delimiter that waits for its end.

    Attributes
    ----------
    start, inner
        Where it begins, and where what is inside of it does.
    text
        The delimiter.
    last
        Where it would have ended, if the braces in it were not what they are; 0 for nowhere.
    braces, depth
        Braces and environments of the same name that are open inside of it.
    """

    start: int
    inner: int
    text: str
    last: int = 0
    braces: int = 0
    depth: int = 0


class _Paragraph:
    def __init__(self, text: str, hold: Hold) -> None:
        self._text = text
        self._hold = hold
        self._pieces: list[str] = []
        self._done = 0
        self._open: _Open | None = None

    def without_formulas(self) -> str:
        if "$" in self._text or "\\" in self._text:
            at = 0
            for _ in range(_TRIES):
                self._scan(at)
                if self._open is None:
                    break
                if self._open.last:
                    at = self._finish(self._open, self._open.last)
                    continue
                # Never closed: it was no delimiter, and what follows may hold others.
                at, self._open = self._open.inner, None
        return "".join(self._pieces) + self._text[self._done :]

    def _scan(self, at: int) -> None:
        while (match := _TOKEN.search(self._text, at)) is not None:
            at = match.end()
            if match["code"]:
                at = self._after_code(match)
            elif self._open is None:
                self._open = _opened(match)
            else:
                at = self._inside(match, self._open)

    def _after_code(self, match: re.Match[str]) -> int:
        """Return where a span of code ends; right behind its marks when they are none."""
        closing = self._text.find(match[0], match.end())
        while closing >= 0:
            end = closing + len(match[0])
            longer = self._text[end : end + 1] == "`" or self._text[closing - 1] == "`"
            if not longer:
                return end
            while self._text[end : end + 1] == "`":
                end += 1
            closing = self._text.find(match[0], end)
        return match.end()

    def _inside(self, match: re.Match[str], opened: _Open) -> int:
        """Take a token inside of a formula; return where to go on."""
        end = match.end()
        if match["brace"]:
            opened.braces += 1 if match[0] == "{" else -1
        elif match["edge"] and match[0].partition("{")[2] == opened.text.partition("{")[2]:
            opened.depth += 1 if match["edge"] == "begin" else -1
            if opened.depth < 0:
                self._close(opened.start, end, opened.start, end, display=True)
        elif match["dollars"] and opened.text == "$" and opened.braces <= 0:
            return self._dollar(opened, match.start())
        elif match[0] == _CLOSES.get(opened.text):
            if opened.braces <= 0:
                return self._finish(opened, match.start())
            opened.last = match.start()
        return end

    def _finish(self, opened: _Open, at: int) -> int:
        end = at + len(opened.text)
        display = opened.text in ("$$", r"\\[")
        self._close(opened.start, end, opened.inner, at, display=display)
        return end

    def _dollar(self, opened: _Open, at: int) -> int:
        inner = self._text[opened.inner : at]
        price = self._text[at + 1 : at + 2].isdigit() or (
            inner[:1].isdigit() and inner[-1:].isspace()
        )
        if price or not inner.strip():
            # The one that opened was a price; this one may open a formula.
            self._open = _Open(at, at + 1, "$")
        else:
            self._close(opened.start, at + 1, opened.inner, at, display=False)
        return at + 1

    def _close(self, start: int, end: int, inner: int, inner_end: int, *, display: bool) -> None:
        tex = self._text[inner:inner_end]
        if self._text.lstrip().startswith(">"):
            tex = _QUOTE.sub("\n", tex)
        held = self._hold(tex, display, self._text[start:end])
        self._pieces += [self._text[self._done : start], held]
        self._done = end
        self._open = None


def _opened(match: re.Match[str]) -> _Open | None:
    if match["edge"] == "begin" or match["dollars"] or match["escaped"] in _CLOSES:
        return _Open(match.start(), match.end(), match[0])
    return None
