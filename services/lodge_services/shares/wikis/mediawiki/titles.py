"""Titles that MediaWiki takes, made of what people write."""

from __future__ import annotations

import re
import unicodedata

from ..base import Place, Refused
from .session import Site

BYTES = 255
"""Of a title in UTF-8, without its namespace."""

_LIKE = str.maketrans({"<": "(", ">": ")", "[": "(", "]": ")", "{": "(", "}": ")", "|": "-"})
_NOT_TAKEN = re.compile("[\x00-\x1f\x7f\ufffd\ufffe\uffff\u200e\u200f\u202a-\u202e]|~{3,}")
#: Before what would be read as one sign.
_REFERENCE = re.compile(r"%(?=[0-9A-Fa-f]{2})|&(?=[^\s&;]+;)|#")
_DOTS = re.compile(r"(?:(?<=/)|\A)\.{1,2}(?=/|\Z)")
_SPACES = re.compile(r"[\s_\xa0]+")


def full_title(site: Site, place: Place, title: str, number: int) -> str:
    """Return a title with its namespace and the page above; see `Wiki.title`."""
    space = site.namespaces.get(_cleaned(place.space).lower()) if place.space else 0
    if space is None:
        raise Refused(
            f"The wiki has no namespace {place.space}: choose another place for the page."
        )
    ending = f" ({number})" if number > 1 else ""
    above = _cleaned(place.parent)
    # At least so much is left for the title itself.
    above = f"{_cut(above, BYTES - 80)}/" if above else ""
    own = _cleaned(title) or "Notebook"
    room = BYTES - len(ending)
    while len((found := _whole(site, space, _cut(above + own, room))).encode()) > BYTES - len(
        ending
    ):
        room -= 1
    return (f"{site.names[space]}:" if space else "") + found + ending


def _whole(site: Site, space: int, title: str) -> str:
    title = _DOTS.sub(lambda match: "\uff0e" * len(match[0]), title)
    if space == 0:
        title = _without_prefix(site, title)
    if site.capital and len(title[0].upper()) == 1:
        title = title[0].upper() + title[1:]
    return title


def _cleaned(text: str) -> str:
    text = _SPACES.sub(" ", _NOT_TAKEN.sub(" ", unicodedata.normalize("NFC", text)))
    # Signs that look alike, where the real ones would begin something else.
    text = _REFERENCE.sub(lambda match: chr(ord(match[0]) + 0xFEE0), text.translate(_LIKE))
    text = re.sub(r" */ *", "/", text)
    return text.strip(" :/")


def _cut(text: str, size: int) -> str:
    return text.encode()[: max(1, size)].decode("utf-8", "ignore").rstrip(" :/")


def _without_prefix(site: Site, title: str) -> str:
    """Return a title whose beginning leads to no namespace and to no other wiki."""
    prefix, colon, rest = title.partition(":")
    if colon and (
        prefix.strip().lower() in site.namespaces or prefix.strip().lower() in site.interwiki
        or prefix.strip().lower() in ("special", "media")
    ):  # fmt: skip
        return f"{prefix.strip()} - {rest.strip()}"
    return title
