# ruff: noqa: N818  (the names are read as `raise Refused`)
"""What a wiki does for a share, whatever it is made of.

A wiki knows nothing of shares' database and of when to try again: it reads and writes one page at a
time and says what happened. `delivery` decides what is done, and survives being killed between any
two calls, which is why each of them is harmless when it is made again.

    WikiError
    ├── Unreachable    down, slow, or too busy: worth another try by itself
    ├── Refused        the wiki does not take it: a person has to change something first
    ├── TitleTaken     another page has this title
    └── Moved          the page is no longer at the revision that was to be replaced
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from ...render.tree import Tree
from ...render.words import Words
from ...texts import value_words
from ..models import VersionRun
from .parts import Marks

_PARAMETERS = 500
"""Characters of a run's parameters that a page's box has."""


class WikiError(Exception):
    """A wiki could not do what was asked.

    Parameters
    ----------
    message
        One sentence for a person: what failed, why, and what to do. Never holds a credential.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unreachable(WikiError):
    """It can't be reached, or can't answer now.

    Parameters
    ----------
    message
        One sentence for a person.
    after
        Seconds that it asks to be left alone for; None when it names none.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Refused(WikiError):
    """It does not take what was sent, and would not the next time either."""


class TitleTaken(WikiError):
    """There is a page of this title."""


class Moved(WikiError):
    """Somebody has changed the page since it was read."""


@dataclass(frozen=True)
class Place:
    """Where in a wiki pages of shares go.

    Attributes
    ----------
    space
        What the wiki keeps pages of one kind in: a namespace, a space, a folder; "" for the main.
    parent
        The page or folder above, as people write it; "" for none.
    """

    space: str = ""
    parent: str = ""


MAIN = Place()
"""Where pages go of which nothing else is said."""


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a page, named by what is in it: an old revision keeps its pictures."""

    kind: str
    """MIME type."""
    content: bytes

    @property
    def name(self) -> str:
        """``lodge-`` and the first 32 digits of the content's SHA-256, with the type's ending."""
        ending = {"image/jpeg": "jpg", "image/svg+xml": "svg"}.get(self.kind)
        digest = sha256(self.content).hexdigest()[:32]
        return f"lodge-{digest}.{ending or self.kind.rpartition('/')[2]}"


@dataclass(frozen=True)
class Document:
    """A version of a share, as a wiki's writer needs it.

    Attributes
    ----------
    tree
        Of the version's notebook.
    title, description, tags
        Of the share.
    owner
        The full name of who shared it.
    version
        Its number.
    shared_at
        When this version was shared, in UTC.
    gallery_url
        Of its page in the gallery, whole.
    copy_url
        Of the page that asks whether to open a running copy, whole.
    words
        Speaks the language that the page's own sentences are in.
    run
        The run of a schedule that has made the version; None where a person has.
    """

    tree: Tree
    title: str
    description: str
    tags: tuple[str, ...]
    owner: str
    version: int
    shared_at: datetime
    gallery_url: str
    copy_url: str
    words: Words
    run: VersionRun | None = None

    def about(self) -> list[str]:
        """Return whose version it is, which and when, and of which run, a line for each."""
        lines = [
            self.words(
                "Shared by {owner} on {date}, version {number}",
                owner=self.owner,
                date=f"{self.shared_at:%Y-%m-%d}",
                number=self.version,
            )
        ]
        if self.run is not None:
            moment = f"{self.run.scheduled_for:%Y-%m-%d %H:%M} UTC"
            lines.append(self.words("Run of {job}, {moment}", job=self.run.job, moment=moment))
            values = [f"{name} = {value_words(of)}" for name, of in self.run.parameters.items()]
            if values:
                named = ", ".join(values)[:_PARAMETERS]
                lines.append(self.words("Parameters: {parameters}", parameters=named))
        return lines


@dataclass(frozen=True)
class Written:
    """A document in a wiki's own markup.

    Attributes
    ----------
    text
        The markup, without what marks its beginning and end (see `parts`).
    attachments
        What the text names, each once.
    labels
        For wikis that have labels beside a page's text.
    """

    text: str
    attachments: tuple[Attachment, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page as the wiki has it now.

    Attributes
    ----------
    id
        Stays the same when it is renamed or moved.
    revision
        Names this state of it; what an edit replaces.
    title
        In full, as the wiki writes it.
    url
        Where a person reads it.
    text
        All of its markup.
    """

    id: str
    revision: str
    title: str
    url: str
    text: str


class Wiki(Protocol):
    """One wiki.

    Every call may raise `Unreachable` and `Refused`.
    """

    #: How a share's part of a page is told from the rest.
    marks: Marks
    #: Whether files are one page's, so that it has to be there before them.
    files_belong_to_pages: bool

    def close(self) -> None:
        """End the connections; nothing is asked after that."""
        ...

    def write(self, document: Document) -> Written:
        """Return the document in this wiki's markup; asks nothing of the wiki's server."""
        ...

    def title(self, place: Place, title: str, number: int = 1) -> str:
        """Return the full title of a page, without what the wiki does not take.

        Parameters
        ----------
        place
            Where it goes.
        title
            As a person has written it.
        number
            From 2 on it becomes part of the title, for others have the plain one.
        """
        ...

    def page(self, page_id: str, revision: str) -> Page | None:
        """Return the page of an id, wherever it is now; None when it was deleted.

        Parameters
        ----------
        page_id
            As a page had it.
        revision
            One that it once had: leads to a page that was deleted and restored below another id.
        """
        ...

    def titled(self, title: str, place: Place = MAIN) -> Page | None:
        """Return the page of a full title, redirects not followed; None when there is none.

        `place` is that which the title was made for: not every wiki has it in its titles.
        """
        ...

    def attach(self, page: Page | None, attachments: tuple[Attachment, ...]) -> int:
        """Bring to the wiki those attachments that it has not; return how many those were.

        Parameters
        ----------
        page
            That they belong to; None before there is one.
        attachments
            All that a text names.
        """
        ...

    def label(self, page: Page, labels: tuple[str, ...]) -> None:
        """Give a page labels, where the wiki has such; those that it has stay."""
        ...

    def create(self, title: str, text: str, summary: str, place: Place = MAIN) -> Page:
        """Make a page of a full title; `place` is that which the title was made for.

        Raises
        ------
        TitleTaken
            There is one; it is left as it is.
        """
        ...

    def update(self, page: Page, text: str, summary: str) -> Page:
        """Replace a page's text; `page` says which one, and which state of it.

        Text that is the same makes no revision.

        Raises
        ------
        Moved
            It is no longer in that state; it is left as it is.
        """
        ...

    def remove(self, page: Page, summary: str) -> None:
        """Delete a page; one that is gone is no error."""
        ...

    def parents(self, begun: str, within: Place, limit: int = 20) -> list[str]:
        """Return what pages may go below, for someone who types.

        Parameters
        ----------
        begun
            The beginning of a name; "" for any.
        within
            Only what is in this place, and not the place itself.
        limit
            At most so many.

        Returns
        -------
        list[str]
            As `Place.parent` of that space has them: they begin with that of `within`.
        """
        ...

    def who(self) -> str:
        """Return the name that the wiki knows Lodge by, after signing in anew."""
        ...


def web_address(page: Page) -> str:
    """Return where a person reads a page; "" for what is no address of the web."""
    return page.url if page.url.lower().startswith(("https://", "http://")) else ""
