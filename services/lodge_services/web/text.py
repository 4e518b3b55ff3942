"""Text of users that others read: what could deceive or show nothing is refused at the door."""

from __future__ import annotations

import unicodedata

#: They turn the direction of what stands around them, so that a name shows as another.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Letters and signs that show nothing, though Unicode does not count them among the blanks.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f")
#: Control characters, halves of characters, blanks, marks on nothing, what nobody has assigned.
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Zl", "Zp", "Zs")


def one_line(value: str) -> str:
    """Return the text as one line, its blanks joined.

    Raises
    ------
    ValueError
        It holds characters that show as nothing or as something else than they are.
    """
    return plain(" ".join(unicodedata.normalize("NFC", value).split()))


def lines(value: str) -> str:
    """Return the text with its lines as they are.

    Raises
    ------
    ValueError
        As `one_line`.
    """
    return plain(unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip(), "\n\t")


def visible(value: str) -> str:
    """Return the text, in which something is to be seen.

    Raises
    ------
    ValueError
        It is empty, or shows nothing.
    """
    if not value:
        raise ValueError("it must not be empty")
    if all(each in _BLANK or unicodedata.category(each) in _UNSEEN for each in value):
        raise ValueError("it shows nothing: write something that can be read")
    return value


def plain(value: str, allowed: str = "") -> str:
    """Return the text as it is.

    Parameters
    ----------
    value
        The text.
    allowed
        Control characters that it may hold.

    Raises
    ------
    ValueError
        It holds characters that show as nothing or as something else than they are.
    """
    for each in value:
        if each in _TURNING:
            raise ValueError("it holds characters that turn the direction of writing")
        if unicodedata.category(each) in ("Cc", "Cs") and each not in allowed:
            raise ValueError("it holds control characters")
    return value
