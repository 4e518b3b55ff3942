"""What of a page is a share's: the part between two marks. The rest is people's, and left alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

_ANY_MARK = re.compile(r"<!-- Lodge [0-9a-z]+: [a-z ]+ -->\n?")

#: A rule across the page, in MediaWiki's markup as in Markdown.
RULE = "----"


@dataclass(frozen=True)
class Parted:
    """A page's text, taken apart.

    Attributes
    ----------
    before, after
        What people have written around the part.
    part
        What was written of the share, perhaps changed by people since.
    """

    before: str
    part: str
    after: str

    def with_part(self, part: str, key: str) -> str:
        """Return the page with another part in the place of this one."""
        anew = marked(part, key)
        if "\r\n" in self.part:
            # Somebody's editor ends all lines so.
            anew = anew.replace("\n", "\r\n")
        return f"{self.before}{anew}{self.after}"

    def above(self, part: str, key: str) -> str:
        """Return the page as people have left it, with the part below a line.

        What was the share's part before is the people's now.
        """
        theirs = f"{self.before}{self.part}{self.after}".strip()
        return f"{theirs}\n\n{RULE}\n\n{marked(part, key)}"


def marked(part: str, key: str) -> str:
    """Return a part between its marks, which readers don't see.

    Parameters
    ----------
    part
        Markup, without white space around it.
    key
        Letters and digits that nobody else's marks have.
    """
    begin, end = _marks(key)
    return f"{begin}\n{part}\n{end}"


def parted(text: str, key: str) -> Parted | None:
    """Return a page's text taken apart; None where the marks are gone, or no longer one pair."""
    begin, end = _marks(key)
    if text.count(begin) != 1 or text.count(end) != 1:
        return None
    before, _, rest = text.partition(begin)
    part, found, after = rest.partition(end)
    return Parted(before, part.strip(), after) if found else None


def digest(part: str) -> str:
    """Return the SHA-256 of a part in hexadecimal.

    White space at its ends makes no difference, nor how lines end.
    """
    text = part.strip().replace("\r\n", "\n")
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def without_marks(text: str) -> str:
    """Return a page's text as people read it: without the lines of anybody's marks."""
    return _ANY_MARK.sub("", text)


def unmarked(text: str, key: str) -> str:
    """Return a page's text without the marks of a key, however many there are."""
    for mark in _marks(key):
        text = re.sub(rf"{re.escape(mark)}(?:\r?\n)?", "", text)
    return text


def _marks(key: str) -> tuple[str, str]:
    return f"<!-- Lodge {key}: what follows is written anew with each version -->", (
        f"<!-- Lodge {key}: end -->"
    )
