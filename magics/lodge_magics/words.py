"""Words of a magic's line, and the nearest right word for a wrong one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from lodge_magics.errors import OptionError
from lodge_magics.language import say

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest", "one_line", "split_words", "unquote"]

_OPENING = {"(": ")", "[": "]", "{": "}"}


def split_words(text: str) -> list[str]:
    """Split at white space that is outside quotes and brackets; quotes are kept.

    Parameters
    ----------
    text
        One line, or several, of options.

    Returns
    -------
    list of str
        The words as written: `--param days=[1, 2]` gives two words.

    Raises
    ------
    OptionError
        A quote or bracket is not closed.
    """
    words: list[str] = []
    current: list[str] = []
    expected: list[str] = []
    quote = ""
    for character in text:
        if quote:
            current.append(character)
            if character == quote:
                quote = ""
        elif character.isspace() and not expected:
            if current:
                words.append("".join(current))
                current = []
        else:
            current.append(character)
            if character in "'\"":
                quote = character
            elif character in _OPENING:
                expected.append(_OPENING[character])
            elif expected and character == expected[-1]:
                expected.pop()
    if quote or expected:
        raise OptionError(f"The options end inside an unclosed {quote or expected[-1]}; close it.")
    if current:
        words.append("".join(current))
    return words


def unquote(word: str) -> str:
    """Take quotes away as a shell does: `a="b c"` becomes `a=b c`.

    Parameters
    ----------
    word
        A word from `split_words`.
    """
    kept: list[str] = []
    quote = ""
    for character in word:
        if quote:
            if character == quote:
                quote = ""
            else:
                kept.append(character)
        elif character in "'\"":
            quote = character
        else:
            kept.append(character)
    return "".join(kept)


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name most like `name`, or None when none is like it.

    Parameters
    ----------
    name
        What the user wrote.
    known
        The names that would have been right.
    cutoff
        Likeness wanted, from 0 to 1; default 0.6.
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?`, or `; there are A, B and C.`, or a full stop.

    Parameters
    ----------
    name
        What the user wrote.
    known
        The names that would have been right.
    """
    names = sorted(known)
    found = nearest(name, names)
    if found:
        return say("; did you mean {name}?", name=found)
    if not names or len(names) > 12:
        return say(".")
    if len(names) == 1:
        return say("; there is only {name}.", name=names[0])
    return say("; there are {names} and {last}.", names=", ".join(names[:-1]), last=names[-1])


def one_line(text: str) -> str:
    """Return text as one line with one full stop at its end.

    Parameters
    ----------
    text
        A message of any number of lines.
    """
    joined = " ".join(text.split()).rstrip(" .;:")
    return joined if joined.endswith(("?", "!")) else f"{joined}."
