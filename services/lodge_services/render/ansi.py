"""Terminal text as HTML: colours become classes, carriage returns do what a terminal does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

# colour and style sequences; every other control sequence is dropped
_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_CONTROL = re.compile(
    r"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?"  # titles and links
    r"|\x1b\[[0-?]*[ -/]*[@-ln-~]"  # cursor movement and the like
    r"|\x1b[ -/]*[0-Z\\^-~]"  # two-character sequences
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]"
)

# the sixteen colours as most terminals show them, for the nearest match of others
_PALETTE = (
    (0, 0, 0),
    (205, 49, 49),
    (13, 160, 90),
    (180, 150, 20),
    (36, 114, 200),
    (188, 63, 188),
    (17, 140, 170),
    (200, 200, 200),
    (102, 102, 102),
    (241, 76, 76),
    (35, 209, 139),
    (245, 220, 67),
    (59, 142, 234),
    (214, 112, 214),
    (41, 184, 219),
    (255, 255, 255),
)
_LEVELS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True)
class _Style:
    foreground: int | None = None
    background: int | None = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False

    def classes(self) -> str:
        names = []
        front, back = self.foreground, self.background
        if self.inverse:
            front, back = back, front
            names += ["ansi-inverse"] if front is None and back is None else []
        names += [f"ansi-fg-{front}"] if front is not None else []
        names += [f"ansi-bg-{back}"] if back is not None else []
        flags = (
            (self.bold, "ansi-bold"),
            (self.faint, "ansi-faint"),
            (self.italic, "ansi-italic"),
            (self.underline, "ansi-underline"),
        )
        names += [name for is_set, name in flags if is_set]
        return " ".join(names)


def ansi_to_html(text: str) -> str:
    """Return `text` escaped, its SGR sequences as ``<span class="ansi-…">``."""
    pieces = []
    for style, run in _runs(_CONTROL.sub("", text)):
        classes = style.classes()
        escaped = escape(run.replace("\x1b", ""), quote=False)
        pieces.append(f'<span class="{classes}">{escaped}</span>' if classes else escaped)
    return "".join(pieces)


def as_terminal(text: str) -> str:
    """Return what a terminal would be showing after `text`: progress bars end in their last state.

    A carriage return goes to the line's beginning, a backspace one step back.
    """
    text = text.replace("\r\n", "\n")
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(_terminal_line(line) for line in text.split("\n"))


def _terminal_line(line: str) -> str:
    if "\x1b" in line:
        # lengths mean nothing among colour codes: the newest text replaces the older
        parts = [part for part in line.replace("\b", "").split("\r") if part]
        return parts[-1] if parts else ""
    shown: list[str] = []
    for part in line.split("\r"):
        newer = _without_steps_back(part)
        shown[: len(newer)] = newer
    return "".join(shown)


def _without_steps_back(text: str) -> list[str]:
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return kept


def _runs(text: str) -> Iterator[tuple[_Style, str]]:
    style = _Style()
    end = 0
    for match in _SGR.finditer(text):
        if match.start() > end:
            yield style, text[end : match.start()]
        style = _apply(style, match[1])
        end = match.end()
    if end < len(text):
        yield style, text[end:]


def _apply(style: _Style, parameters: str) -> _Style:
    codes = [int(code or 0) for code in re.split("[;:]", parameters)[:64] if len(code) < 5]
    index = 0
    while index < len(codes):
        code = codes[index]
        if code in (38, 48):
            colour, used = _extended(codes[index + 1 :])
            index += used
            if colour is not None:
                name = "foreground" if code == 38 else "background"
                style = replace(style, **{name: colour})  # type: ignore[arg-type]
        else:
            style = _simple(style, code)
        index += 1
    return style


def _simple(style: _Style, code: int) -> _Style:
    if code == 0:
        return _Style()
    changes: dict[int, dict[str, bool | None]] = {
        1: {"bold": True},
        2: {"faint": True},
        3: {"italic": True},
        4: {"underline": True},
        7: {"inverse": True},
        22: {"bold": False, "faint": False},
        23: {"italic": False},
        24: {"underline": False},
        27: {"inverse": False},
        39: {"foreground": None},
        49: {"background": None},
    }
    if code in changes:
        return replace(style, **changes[code])  # type: ignore[arg-type]
    for start, field, offset in (
        (30, "foreground", 0),
        (40, "background", 0),
        (90, "foreground", 8),
        (100, "background", 8),
    ):
        if start <= code < start + 8:
            return replace(style, **{field: code - start + offset})  # type: ignore[arg-type]
    return style


def _extended(rest: list[int]) -> tuple[int | None, int]:
    """Return one of sixteen colours for ``5;n`` or ``2;r;g;b``, and how many codes it took."""
    if len(rest) >= 2 and rest[0] == 5:
        number = rest[1]
        if number < 16:
            return number, 2
        if number < 232:
            cube = number - 16
            return _nearest(_LEVELS[cube // 36 % 6], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6]), 2
        if number < 256:
            grey = 8 + 10 * (number - 232)
            return _nearest(grey, grey, grey), 2
        return None, 2
    if len(rest) >= 4 and rest[0] == 2:
        return _nearest(rest[1], rest[2], rest[3]), 4
    return None, len(rest)


def _nearest(red: int, green: int, blue: int) -> int:
    def distance(index: int) -> int:
        r, g, b = _PALETTE[index]
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    return min(range(16), key=distance)
