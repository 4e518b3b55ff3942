"""Any text as wikitext that shows as that text: nothing of it means anything to MediaWiki.

What could mean something is written as a character reference, which MediaWiki's parser leaves alone
to the end, where it becomes the character.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

#: What MediaWiki would replace, for XML has no place for it; and the ends of its own strip marks.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_FRENCH = "(?<= )[?:;!%»›]|[«‹](?= )"
_MEANING = re.compile(
    # Brackets, braces, cells, tags, references, signatures; a switch's wide line.
    r"[\[\]{}|<>&~\uff3f\ufffd]"
    # Quotes, cells of a head, switches, addresses.
    r"|'(?=')|(?<=')'|!(?=!)|(?<=!)!|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?! )"
    # What becomes a link by itself.
    r"|(?:RFC|PMID|ISBN)(?=\s)"
    # Where a blank would become one that does not break, as the French have it.
    rf"|{_FRENCH}"
)
_IN_PRE = re.compile(rf"[&<>~]|(?<=-)\{{|{_FRENCH}")
_AT_START = re.compile(r"[!-%'-/:;=?@^`-]")
_NAMES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
#: What stands in the address of a link by itself; all else is written by its bytes.
_IN_ADDRESS = "/?#@:;,.=+$&()*!%"


def plain(text: str) -> str:
    """Return text with what no page can hold marked, and lines that end as a wiki's do."""
    return _ODD.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def escaped(text: str) -> str:
    """Return text for the inside of a line; white space is one blank, as in HTML."""
    return _composed(_MEANING.sub(_reference, _SPACES.sub(" ", plain(text))))


def line(markup: str) -> str:
    """Return markup that begins a line: what means something only there is a reference."""
    markup = markup.strip(" \t\n")
    if _AT_START.match(markup):
        return f"&#{ord(markup[0])};{markup[1:]}"
    return markup


def kept(text: str, attributes: str = "") -> str:
    """Return a ``<pre>`` that shows a text as it is, every blank of it."""
    # A tag takes the end of line that follows it.
    return f"<pre{attributes}>\n{_composed(_IN_PRE.sub(_reference, plain(text)))}</pre>"


def is_shown(html: str) -> bool:
    """Tell whether MediaWiki shows HTML of an extension as it is, each blank a blank."""
    return not re.search(_FRENCH, html)


def is_stored(text: str) -> bool:
    """Tell whether MediaWiki keeps a text as it is, which composes all that can be composed."""
    return unicodedata.is_normalized("NFC", text)


def address(url: str) -> str | None:
    """Return an address for a link, or None for what leads to no page and no mailbox."""
    url = url.strip()
    if not re.match(r"(?:https?://[^/?#\s]|mailto:[^\s])", url, re.IGNORECASE):
        return None
    scheme, _, rest = url.partition(":")
    written = quote(plain(rest), safe=_IN_ADDRESS)
    # Switches and signatures are taken out of addresses, too, and references are read there.
    for sign, other in (("__", "%5F%5F"), ("~", "%7E"), ("&", "&amp;")):
        written = written.replace(sign, other)
    return f"{scheme.lower()}:{written}"


def _reference(match: re.Match[str]) -> str:
    found = match[0]
    return _NAMES.get(found[0], f"&#{ord(found[0])};") + found[1:]


def _composed(text: str) -> str:
    if is_stored(text):
        return text
    return "".join(
        f"&#{ord(char)};" if not char.isascii() and _changes(char) else char for char in text
    )


def _changes(char: str) -> bool:
    """Tell whether a character may be another one, or part of one, once it is composed."""
    return (
        unicodedata.category(char)[0] == "M"
        or not unicodedata.is_normalized("NFC", char)
        or "\u1100" <= char <= "\u11ff"
    )
