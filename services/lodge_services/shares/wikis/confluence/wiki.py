"""Confluence as a wiki, through its REST.

Pages are known by their ids, and each version names its number, so that of two who write at the
same time one is told. What is written is read again, for Confluence keeps it in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..base import (
    MAIN,
    Attachment,
    Document,
    Moved,
    Page,
    Place,
    Refused,
    Written,
)
from ..parts import Marks
from ..transport import TIMEOUT
from .api import Api, Cloud, DataCenter, File
from .marks import StorageMarks
from .session import Session
from .storage import StorageWriter

TITLE_LIMIT = 255
"""Characters of a title."""

_SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")
#: What no label takes.
_NO_LABEL = re.compile(r"[\s:;,.?&\[\]()#^*@!<>\"'/\\]+")


class Confluence:
    """One Confluence; see `base.Wiki`.

    Parameters
    ----------
    url
        Of its root: of Cloud the address that ends in ``/wiki``.
    user
        The account's mail address, for Cloud's API tokens; "" for a personal access token.
    token
        Returns the token, each time it is needed. It is in no message.
    cloud
        Whether it is Atlassian's Cloud, and no Data Center.
    timeout
        Seconds without an answer after which it counts as one that can't be reached.
    """

    marks: Marks = StorageMarks()
    files_belong_to_pages = True

    def __init__(
        self,
        url: str,
        user: str,
        token: Callable[[], str],
        *,
        cloud: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = Session(url, user, token, timeout)
        self._api: Api = (Cloud if cloud else DataCenter)(self._session)
        self._writer = StorageWriter()

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def write(self, document: Document) -> Written:
        """Return the document in the storage format; asks nothing of the wiki's server."""
        return self._writer.write(document)

    def title(self, place: Place, title: str, number: int = 1) -> str:  # noqa: ARG002
        """Return the title of a page, which is unique in its space."""
        ending = f" ({number})" if number > 1 else ""
        own = _SPACES.sub(" ", title).strip() or "Notebook"
        return own[: TITLE_LIMIT - len(ending)].rstrip() + ending

    def page(self, page_id: str, revision: str) -> Page | None:  # noqa: ARG002
        """Return the page of an id, wherever it is now; None when it was deleted."""
        return self._api.page(page_id)

    def titled(self, title: str, place: Place = MAIN) -> Page | None:
        """Return the page of a title in a place's space; None when there is none."""
        return self._api.titled(place.space, title)

    def attach(self, page: Page | None, attachments: tuple[Attachment, ...]) -> int:
        """Give the page those attachments that it has not whole; return how many those were."""
        if page is None or not attachments:
            return 0
        there = self._api.files(page.id)
        sent = 0
        for attachment in attachments:
            found = there.get(attachment.name)
            if found is None or found.size != len(attachment.content):
                self._upload(page, attachment, found)
                sent += 1
        return sent

    def label(self, page: Page, labels: tuple[str, ...]) -> None:
        """Give the page labels; those that it has stay."""
        found = (_NO_LABEL.sub("-", label.lower()).strip("-")[:TITLE_LIMIT] for label in labels)
        taken = tuple(dict.fromkeys(label for label in found if label))
        if taken:
            self._api.label(page.id, taken)

    def create(self, title: str, text: str, summary: str, place: Place = MAIN) -> Page:  # noqa: ARG002
        """Make a page of a title, in a place's space and below its parent."""
        parent = self._parent(place) if place.parent else ""
        page = self._api.page(self._api.create(place.space, parent, title, text))
        if page is None or page.revision != "1":
            raise Moved("Somebody has changed the page in the wiki just after it was made.")
        return page

    def update(self, page: Page, text: str, summary: str) -> Page:
        """Replace a page's text; `page` says which one, and which state of it."""
        if text == page.text:
            return page
        self._api.update(page, text, summary)
        found = self._api.page(page.id)
        if found is None or found.revision != str(int(page.revision) + 1):
            raise Moved("Somebody has changed the page in the wiki just after it was written.")
        return found

    def remove(self, page: Page, summary: str) -> None:  # noqa: ARG002
        """Put a page into the bin; one that is gone is no error."""
        self._api.remove(page.id)

    def parents(self, begun: str, within: Place, limit: int = 20) -> list[str]:
        """Return pages to go below that have a word which begins so."""
        above = self._parent(within) if within.parent else ""
        titles = self._api.pages(within.space, above, begun, limit)
        return [f"{within.parent}/{title}" if above else title for title in titles]

    def who(self) -> str:
        """Return the name that the wiki knows Lodge by."""
        return self._api.me()

    def _upload(self, page: Page, attachment: Attachment, there: File | None) -> None:
        try:
            self._api.upload(page.id, attachment, there)
        except Refused:
            # It takes a name once: another try, of which only the answer was lost, has brought it.
            found = self._api.files(page.id).get(attachment.name)
            if found is None or found.size != len(attachment.content):
                raise

    def _parent(self, place: Place) -> str:
        """Return the id of the page above; its titles may be given from the top, with slashes."""
        parts = place.parent.split("/")
        found = None
        for at in range(len(parts)):
            # A title may have slashes in it, too.
            found = self._api.titled(place.space, "/".join(parts[at:]).strip())
            above = [part.strip() for part in parts[:at]]
            if found is not None and (not above or _in_order(above, self._api.above(found.id))):
                break
            found = None
        if found is None:
            raise Refused(
                f"The space {place.space} has no page {place.parent} to go below: choose another "
                "place, or make that page."
            )
        return found.id


def _in_order(wanted: list[str], titles: list[str]) -> bool:
    """Tell whether titles have those that are wanted among them, in their order."""
    left = iter(titles)
    return all(one in left for one in wanted)
