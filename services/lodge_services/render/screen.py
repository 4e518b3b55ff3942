"""What a terminal would be showing after a text: lines that are written over, cursors that move.

Carriage returns and the cursor's movements decide where text goes; colours stay with the characters
that they were meant for. A backspace takes the character before it away, as in JupyterLab.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby

from .ansi import Style, apply

_PART = re.compile(
    r"\x1b\[(?P<codes>[0-9;:]*)(?P<act>[A-Za-z])"
    r"|\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?"  # titles and links
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # what else begins so
    r"|\x1b[ -/]*[0-Z\\^-~]"  # two-character sequences
    r"|(?P<move>[\n\r\b])"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
#: Columns to which a cursor may be moved beyond what stands in its line.
_WIDEST = 1_000

Run = tuple[Style, str]


def screen(text: str) -> list[list[Run]]:
    """Return the lines that are shown, each as pieces of one style."""
    shown = _Screen()
    end = 0
    for match in _PART.finditer(text):
        if match.start() > end:
            shown.write(text[end : match.start()])
        end = match.end()
        if match["move"]:
            shown.move(match["move"])
        elif match["act"]:
            shown.act(match["act"], match["codes"])
    if end < len(text):
        shown.write(text[end:])
    return shown.runs()


@dataclass
class _Line:
    characters: list[str] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)


class _Screen:
    def __init__(self) -> None:
        self._lines = [_Line()]
        self._row = 0
        self._column = 0
        self._style = Style()

    def write(self, text: str) -> None:
        line = self._lines[self._row]
        missing = self._column - len(line.characters)
        if missing > 0:
            line.characters += [" "] * missing
            line.styles += [Style()] * missing
        end = self._column + len(text)
        line.characters[self._column : end] = text
        line.styles[self._column : end] = [self._style] * len(text)
        self._column = end

    def move(self, character: str) -> None:
        if character == "\b":
            if self._column:
                self._column -= 1
                line = self._lines[self._row]
                del line.characters[self._column : self._column + 1]
                del line.styles[self._column : self._column + 1]
            return
        self._column = 0
        if character == "\n":
            self._down(1)

    def act(self, act: str, codes: str) -> None:
        if act == "m":
            self._style = apply(self._style, codes)
            return
        first = codes.split(";", 1)[0]
        given = int(first) if first.isdigit() and len(first) < 6 else 0
        count = max(1, given)
        line = self._lines[self._row]
        match act:
            case "A" | "F":
                self._row = max(0, self._row - count)
            case "B" | "E":
                # Below the last line there is nothing; a terminal's cursor stays on it.
                self._row = min(len(self._lines) - 1, self._row + count)
            case "C":
                self._column = min(max(_WIDEST, self._column), self._column + count)
            case "D":
                self._column = max(0, self._column - count)
            case "G":
                self._column = min(_WIDEST, count - 1)
            case "K" if given == 0:
                del line.characters[self._column :], line.styles[self._column :]
            case "K":
                blank = len(line.characters) if given == 2 else self._column + 1
                line.characters[:blank] = " " * min(blank, len(line.characters))
            case "P":
                end = self._column + count
                del line.characters[self._column : end], line.styles[self._column : end]
        if act in "EF":
            self._column = 0

    def runs(self) -> list[list[Run]]:
        return [
            [
                (style, "".join(character for character, _ in run))
                for style, run in groupby(
                    zip(line.characters, line.styles, strict=False), lambda pair: pair[1]
                )
            ]
            for line in self._lines
        ]

    def _down(self, count: int) -> None:
        self._row += count
        while self._row >= len(self._lines):
            self._lines.append(_Line())
