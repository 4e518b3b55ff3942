"""Brings one version of a share to one page of a wiki, once, whenever it is killed.

Each step is noted before it is taken, so that the next try knows it again by what the wiki has:

1. pictures are named by what is in them: those that are there are not sent again;
2. a new page's title is noted before the page is made, and the page holds the publication's key:
   the page of that title that holds it is the one that was made;
3. the digest of what is about to be written is noted before it is: a page that has it was written.

What people have changed within the share's part is never overwritten unless they were asked.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from .base import Document, Moved, Page, Place, Refused, TitleTaken, Unreachable, Wiki, Written
from .parts import Parted, digest

Way = Literal["below", "replace", "new", "anew"]
"""What to do about a page that people have changed (put ours below theirs, replace theirs, make
another page) or deleted (make it anew)."""

#: How often a page is read anew because somebody writes to it at the same time.
TRIES = 5
#: Titles that are tried, the first one plain, the others with a number.
TITLES = 50


@dataclass(frozen=True)
class Known:
    """What is noted of a publication's page.

    Attributes
    ----------
    key
        Tells its part of a page from others'.
    page_id, revision
        Of the page, as last seen; "" before it was made.
    written
        Digest of the part as the wiki had it after the last writing.
    intended
        Digest of the part that was about to be written; "" once that is done.
    title
        In full; that of a page that was about to be made, where there is no id.
    number
        Of the title.
    """

    key: str
    page_id: str = ""
    revision: str = ""
    written: str = ""
    intended: str = ""
    title: str = ""
    number: int = 1


@dataclass(frozen=True)
class Answer:
    """What a person has said about a page that was changed or deleted.

    Attributes
    ----------
    way
        What is to be done.
    revision
        The state of the page that they saw; another one is asked about anew.
    """

    way: Way
    revision: str = ""


class Note(Protocol):
    """Keeps what is known, safely, before it returns."""

    def __call__(self, known: Known) -> None:
        """Keep it."""


@dataclass(frozen=True)
class Delivered:
    """The page has it."""

    page: Page
    known: Known
    edited: bool
    """Whether that took a writing: content that is the same takes none."""


@dataclass(frozen=True)
class Edited:
    """People have changed the share's part of the page: they have to be asked."""

    page: Page
    known: Known


@dataclass(frozen=True)
class Deleted:
    """The page is gone: they have to be asked."""

    known: Known


Outcome = Delivered | Edited | Deleted


class Delivery:
    """One try.

    Parameters
    ----------
    wiki
        Where to.
    place
        Where there, should a page be made.
    title
        What people call it.
    note
        Keeps what is known.
    """

    def __init__(self, wiki: Wiki, place: Place, title: str, note: Note) -> None:
        self._wiki = wiki
        self._marks = wiki.marks
        self._place = place
        self._title = title
        self._note = note

    def run(
        self, written: Written, summary: str, known: Known, answer: Answer | None = None
    ) -> Outcome:
        """Write to the page what it has not, or tell what keeps it from that.

        Parameters
        ----------
        written
            The share's part, in the wiki's markup.
        summary
            One line for the wiki's history.
        known
            What is noted; what is to be noted from now on is in the outcome.
        answer
            What a person has said.

        Raises
        ------
        WikiError
            See `base`; what was noted until then holds.
        """
        written = replace(written, text=written.text.strip())
        if answer is not None and answer.way == "new" and known.page_id:
            known = self._forgotten()
        for _ in range(TRIES):
            try:
                if not known.page_id:
                    return self._make(written, summary, known)
                page = self._wiki.page(known.page_id, known.revision)
                if page is not None:
                    known = replace(known, page_id=page.id, title=page.title)
                    return self._write(page, written, summary, known, answer)
            except Moved:
                continue
            if answer is None or answer.way != "anew":
                return Deleted(known)
            known = self._forgotten()
        raise Unreachable("The wiki's page is changed by others all the time; it is tried again.")

    def _forgotten(self) -> Known:
        """Note that another page is to be made, which can't be mistaken for this one."""
        known = Known(new_key())
        self._note(known)
        return known

    def _make(self, written: Written, summary: str, known: Known) -> Outcome:
        for number in range(known.number, TITLES + 1):
            title = known.title if number == known.number else ""
            title = title or self._wiki.title(self._place, self._title, number)
            page = self._wiki.titled(title, self._place)
            if page is not None and self._marks.parted(page.text, known.key) is not None:
                known = replace(known, page_id=page.id, title=title)
                return self._write(page, written, summary, known, None)
            if page is not None:
                continue
            known = replace(known, title=title, number=number, intended=digest(written.text))
            self._note(known)
            self._wiki.attach(None, written.attachments)
            try:
                text = self._marks.marked(written.text, known.key)
                page = self._wiki.create(title, text, summary, self._place)
            except TitleTaken:
                continue
            return self._done(page, written, known)
        raise Refused(
            f"The wiki has {TITLES} pages of this title; give the notebook another title."
        )

    def _write(
        self, page: Page, written: Written, summary: str, known: Known, answer: Answer | None
    ) -> Outcome:
        found = self._marks.parted(page.text, known.key)
        ours = found is not None and self._is_ours(page, found, known)
        if found is not None and found.sent == digest(written.text) and (ours or self._marks.exact):
            if known.intended or not known.written:
                # The last try may have been ended between the page and its files.
                self._bring(page, written)
            return self._done(page, written, known, edited=False)
        if ours and found is not None:
            text = self._marks.replaced(found, written.text, known.key)
        elif answer is not None and answer.revision == page.revision:
            text = self._by_answer(page, found, written.text, known.key, answer.way)
        else:
            return Edited(page, replace(known, revision=page.revision))
        self._wiki.attach(page, written.attachments)
        known = replace(known, revision=page.revision, intended=digest(written.text))
        self._note(known)
        return self._done(self._wiki.update(page, text, summary), written, known)

    def _bring(self, page: Page, written: Written) -> None:
        """Bring what belongs to a page that is there."""
        if self._wiki.files_belong_to_pages:
            self._wiki.attach(page, written.attachments)
        if written.labels:
            self._wiki.label(page, written.labels)

    def _is_ours(self, page: Page, found: Parted, known: Known) -> bool:
        """Tell whether a part is as Lodge has left it, be it by a try that was ended."""
        if found.kept == known.written:
            return True
        if not known.intended or found.sent != known.intended:
            return False
        return self._marks.follows(page.revision, known.revision)

    def _by_answer(self, page: Page, found: Parted | None, part: str, key: str, way: Way) -> str:
        if way == "below":
            # What was the share's part before is the people's now; marks that others have made two
            # of would be more of them each time.
            return self._marks.below(self._marks.unmarked(page.text, key), part, key)
        if found is not None:
            return self._marks.replaced(found, part, key)
        # The marks are gone: where the share's part began nobody can tell.
        return self._marks.marked(part, key)

    def _done(
        self, page: Page, written: Written, known: Known, *, edited: bool = True
    ) -> Delivered:
        if edited:
            self._bring(page, written)
        found = self._marks.parted(page.text, known.key)
        return Delivered(
            page,
            replace(
                known,
                page_id=page.id,
                revision=page.revision,
                title=page.title,
                # As the wiki keeps it, should it keep it otherwise than it was sent.
                written=digest(written.text) if found is None else found.kept,
                intended="",
            ),
            edited,
        )


def new_key() -> str:
    """Return a key of a page that is to be made."""
    return secrets.token_hex(8)


def summary_of(document: Document) -> str:
    """Return the line about a version in a page's history."""
    return document.words(
        "Version {number}, shared by {owner} (Lodge)", number=document.version, owner=document.owner
    )
