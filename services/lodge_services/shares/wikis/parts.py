"""What of a page is a share's: the part between two marks. The rest is people's, and left alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

_ANY_MARK = re.compile(r"<!-- Lodge [0-9a-z]+: [a-z ]+ -->\n?")

#: A rule across the page, in MediaWiki's markup as in Markdown.
_RULE = "----"


@dataclass(frozen=True)
class Parted:
    """A page's text, taken apart.

    Attributes
    ----------
    before, after
        What people have written around the part.
    part
        What was written of the share, perhaps changed by people since.
    kept
        Digest of the part as the wiki has it now.
    sent
        Digest of the part as it was sent, as far as the page says it.
    """

    before: str
    part: str
    after: str
    kept: str
    sent: str


class Marks(Protocol):
    """Finds a share's part in the pages of one kind of wiki, and puts it there.

    A part is markup without white space around it, a key letters and digits that nobody else's
    marks have.
    """

    #: Whether the wiki keeps texts as they are sent; else a page says by itself what was sent.
    exact: bool

    def marked(self, part: str, key: str) -> str:
        """Return a part between its marks, which readers don't see."""
        ...

    def parted(self, text: str, key: str) -> Parted | None:
        """Return a page taken apart; None where the marks are gone, or no longer one pair."""
        ...

    def replaced(self, found: Parted, part: str, key: str) -> str:
        """Return the page with another part in the place of the one that was found."""
        ...

    def below(self, theirs: str, part: str, key: str) -> str:
        """Return people's text, and the part below a line."""
        ...

    def follows(self, revision: str, before: str) -> bool:
        """Tell whether a page that says what was sent is still as the wiki made it of that.

        Parameters
        ----------
        revision
            That the page has.
        before
            That it had when it was sent; "" where there was none.
        """
        ...

    def unmarked(self, text: str, key: str) -> str:
        """Return a page's text without the marks of a key, however many there are."""
        ...

    def readable(self, text: str) -> str:
        """Return a page's text as people read it: without anybody's marks."""
        ...


class CommentMarks:
    """Marks that are comments, as wikitext and Markdown have them."""

    exact = True

    def marked(self, part: str, key: str) -> str:
        """Return a part between its marks, which readers don't see."""
        begin, end = _marks(key)
        return f"{begin}\n{part}\n{end}"

    def parted(self, text: str, key: str) -> Parted | None:
        """Return a page taken apart; None where the marks are gone, or no longer one pair."""
        begin, end = _marks(key)
        if text.count(begin) != 1 or text.count(end) != 1:
            return None
        before, _, rest = text.partition(begin)
        part, found, after = rest.partition(end)
        kept = digest(part)
        return Parted(before, part.strip(), after, kept, kept) if found else None

    def replaced(self, found: Parted, part: str, key: str) -> str:
        """Return the page with another part in the place of the one that was found."""
        anew = self.marked(part, key)
        if "\r\n" in found.part:
            # Somebody's editor ends all lines so.
            anew = anew.replace("\n", "\r\n")
        return f"{found.before}{anew}{found.after}"

    def below(self, theirs: str, part: str, key: str) -> str:
        """Return people's text, and the part below a line."""
        return f"{theirs.strip()}\n\n{_RULE}\n\n{self.marked(part, key)}"

    def follows(self, revision: str, before: str) -> bool:  # noqa: ARG002
        """Tell whether a page is as it was sent: the text itself has told that."""
        return True

    def unmarked(self, text: str, key: str) -> str:
        """Return a page's text without the marks of a key, however many there are."""
        for mark in _marks(key):
            text = re.sub(rf"{re.escape(mark)}(?:\r?\n)?", "", text)
        return text

    def readable(self, text: str) -> str:
        """Return a page's text as people read it: without anybody's marks."""
        return _ANY_MARK.sub("", text)


def digest(part: str) -> str:
    """Return the SHA-256 of a part in hexadecimal.

    White space at its ends makes no difference, nor how lines end.
    """
    text = part.strip().replace("\r\n", "\n")
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _marks(key: str) -> tuple[str, str]:
    return f"<!-- Lodge {key}: what follows is written anew with each version -->", (
        f"<!-- Lodge {key}: end -->"
    )
