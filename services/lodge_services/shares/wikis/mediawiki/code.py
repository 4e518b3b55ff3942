"""Code as wikitext: in colours where the wiki has them, and always as it is."""

from __future__ import annotations

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from ....render.code import HIGHLIGHT_LIMIT, highlight_code
from . import markup


def code(source: str, language: str, *, highlight: bool) -> str:
    """Return markup of code.

    Parameters
    ----------
    source
        The code.
    language
        Pygments' name of its language; "" for none.
    highlight
        Whether the wiki has the extension SyntaxHighlight.
    """
    source = markup.plain(source).strip("\n")
    name = _name(source, language) if highlight else ""
    if not name:
        return markup.kept(source)
    return f'<syntaxhighlight lang="{name}">\n{source}\n</syntaxhighlight>'


def _name(source: str, language: str) -> str:
    """Return what the wiki calls a language; "" where code has to be plain to stay as it is."""
    if not source or not language or len(source) > HIGHLIGHT_LIMIT:
        return ""
    # Its text is stored and read as it is: nothing in it can be a reference.
    if "</syntaxhighlight" in source.lower() or "-{" in source or not markup.is_stored(source):
        return ""
    try:
        lexer = get_lexer_by_name("python" if language.startswith("ipython") else language[:50])
    except ClassNotFound:
        return ""
    known = type(lexer).__module__.startswith("pygments.lexers.")
    if not known or not lexer.aliases:
        return ""
    name = str(lexer.aliases[0])
    return name if markup.is_shown(highlight_code(source, name)) else ""
