"""Highlighted source code, with classes and no inline style."""

from __future__ import annotations

import re
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

HIGHLIGHT_LIMIT = 20_000
"""Characters above which code is shown plain: some lexers take long on odd input."""

_FORMATTER = HtmlFormatter(nowrap=True, classprefix="pg-")
# What no style sheet of ours colours; within a token there is no tag, for all of it is escaped.
_PLAIN = re.compile(r'<span class="pg-(?:n|nn|no|nv|py|w|x)">([^<]*)</span>')


def highlight_code(source: str, language: str) -> str:
    """Return `source` escaped and, where its language is known, with spans of classes."""
    lexer = _lexer(language)
    if lexer is None or len(source) > HIGHLIGHT_LIMIT:
        return escape(source, quote=False)
    highlighted: str = highlight(source, lexer, _FORMATTER)
    return _PLAIN.sub(r"\1", highlighted).rstrip("\n")


def cell_language(source: str, default: str) -> str:
    """Return the language of a code cell: a ``%%sql`` cell is SQL whatever the kernel speaks."""
    first = source.lstrip().split("\n", 1)[0]
    magics = {"%%sql": "sql", "%%bash": "bash", "%%sh": "bash", "%%html": "html"}
    magics |= {"%%javascript": "javascript", "%%js": "javascript", "%%latex": "tex"}
    return magics.get(first.split(" ", 1)[0], default)


def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    try:
        return get_lexer_by_name(language[:50], stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
