"""Colours and marks of terminal text, as classes of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

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
class Style:
    """Colours, of sixteen, and marks of a piece of text."""

    foreground: int | None = None
    background: int | None = None
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False

    def classes(self) -> str:
        """Return the classes of ``render.css`` that show it."""
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


def apply(style: Style, parameters: str) -> Style:
    """Return a style after an SGR sequence with these parameters."""
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


def _simple(style: Style, code: int) -> Style:
    if code == 0:
        return Style()
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
