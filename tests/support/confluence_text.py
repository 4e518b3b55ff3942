"""How the fake Confluence keeps a page's text, and what it refuses."""

from __future__ import annotations

import re
import uuid
from xml.etree import ElementTree

_WRAPPED = '<r xmlns:ac="ac" xmlns:ri="ri" xmlns:at="at">{}</r>'
_ENTITIES = {"&nbsp;": "\u00a0", "&rsquo;": "\u2019", "&ldquo;": "\u201c", "&rdquo;": "\u201d"}


class Refusal(Exception):  # noqa: N818  (read as `raise Refusal`)
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def kept(text: str) -> str:
    """Return a text in the storage format as Confluence keeps it.

    Raises
    ------
    Refusal
        It is no XML.
    """
    known = text
    for name, sign in _ENTITIES.items():
        known = known.replace(name, sign)
    try:
        ElementTree.fromstring(_WRAPPED.format(known))
    except ElementTree.ParseError as error:
        raise Refusal(400, f"Error parsing xhtml: {error}") from None
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    pieces = re.split(r"(<!\[CDATA\[.*?\]\]>)", text, flags=re.DOTALL)
    return "".join(one if one.startswith("<![CDATA[") else _in_its_way(one) for one in pieces)


def _in_its_way(markup: str) -> str:
    def numbered(found: re.Match[str]) -> str:
        if "ac:macro-id" in found[0]:
            return found[0]
        return f'{found[0][:-1]} ac:macro-id="{uuid.uuid4()}">'

    markup = re.sub(r"<ac:structured-macro\b[^>]*>", numbered, markup)
    markup = re.sub(
        r"(</(?:p|h[1-6]|table|ul|ol|blockquote|ac:structured-macro)>)\n+", r"\1", markup
    )
    markup = re.sub(r"<(td|th)((?: [^>]*)?)>(?!<p>)(.*?)</\1>", r"<\1\2><p>\3</p></\1>", markup)
    for name, sign in _ENTITIES.items():
        markup = markup.replace(sign, name)
    return markup.replace("<br/>", "<br />")
