"""Whom a comment names: ``@login``, or ``@`` and a full name without blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MENTIONS = 20
"""Names of a comment that are looked up."""

_NAME = re.compile(r"(?<![\w@/.])@(\w(?:[\w.-]*\w)?)")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


@dataclass(frozen=True)
class Piece:
    """A piece of a comment.

    Attributes
    ----------
    text
        As it was written.
    person
        The login of who is named; "" for anything else.
    address
        Where a link leads; "" for anything else.
    """

    text: str
    person: str = ""
    address: str = ""


def names(text: str) -> Sequence[str]:
    """Return the names behind an ``@``, each once, in order.

    >>> names("@ada, see @wang.wei. mail@example.org")
    ['ada', 'wang.wei']
    """
    found = dict.fromkeys(match[1] for match in _NAME.finditer(text))
    return list(found)[:MENTIONS]


def pieces(text: str, mentioned: Mapping[str, str]) -> Iterator[Piece]:
    """Take a comment apart into text, people and links; together they are the comment.

    Parameters
    ----------
    text
        The comment.
    mentioned
        Logins by the names that stand for them.
    """
    at = 0
    both = sorted(
        [*_NAME.finditer(text), *_ADDRESS.finditer(text)], key=lambda match: match.start()
    )
    for match in both:
        login = mentioned.get(match[1], "") if match.re is _NAME else ""
        if match.start() < at or (match.re is _NAME and not login):
            continue
        if match.start() > at:
            yield Piece(text[at : match.start()])
        yield Piece(match[0], login, "" if login else match[0])
        at = match.end()
    if at < len(text):
        yield Piece(text[at:])
