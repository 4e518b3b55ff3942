"""Terminal text as HTML: colours become classes, the cursor does what a terminal's does."""

from __future__ import annotations

import re
from html import escape

from .screen import Run, screen

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def terminal_html(text: str, limit: int) -> tuple[str, int]:
    """Return HTML of what a terminal shows of a text, and how many characters were left out.

    Parameters
    ----------
    text
        With control sequences.
    limit
        Characters that are shown at most.
    """
    if not _CONTROL.search(text):
        text = text.rstrip("\n")
        return escape(text[:limit], quote=False), max(0, len(text) - limit)
    pieces: list[str] = []
    left = limit
    over = 0
    for number, line in enumerate(_trimmed(screen(text))):
        runs = [*([] if number == 0 else [(None, "\n")]), *line]
        for style, run in runs:
            shown = run[: max(0, left)]
            left -= len(shown)
            over += len(run) - len(shown)
            classes = "" if style is None else style.classes()
            escaped = escape(shown, quote=False)
            pieces.append(
                f'<span class="{classes}">{escaped}</span>' if classes and shown else escaped
            )
    return "".join(pieces), over


def as_terminal(text: str) -> str:
    """Return what a terminal shows of a text, without its colours."""
    return "\n".join("".join(run for _, run in line) for line in screen(text))


def _trimmed(lines: list[list[Run]]) -> list[list[Run]]:
    """Return the lines without empty ones at the end."""
    end = len(lines)
    while end and not any(run.strip() for _, run in lines[end - 1]):
        end -= 1
    return lines[:end]
