"""MediaWiki, through its Action API.

Pages are edited by their ids and the revision that an edit replaces, never by titles and times: an
edit by title after a move writes over what the move has left, and one that names a time is taken
as an answer to one's own edit however old it is.
"""

from __future__ import annotations

from typing import Any

from ..base import MAIN, Attachment, Document, Moved, Page, Place, Refused, Written
from ..parts import CommentMarks, Marks
from ..transport import TIMEOUT
from .files import bring
from .session import Session, moved, refusal
from .titles import full_title
from .wikitext import SIZE_LIMIT, WikitextWriter


class MediaWiki:
    """A wiki made of MediaWiki 1.39 or newer; see `base.Wiki`.

    Parameters
    ----------
    url
        Of its ``api.php``, of its root or of any page of it.
    user
        The name of a bot password, such as ``Lodge@shares``.
    token
        The bot password. It is in no message.
    highlight
        Whether the wiki has the extension SyntaxHighlight.
    limit
        Bytes of UTF-8 that a page may have: what the wiki has as ``$wgMaxArticleSize``, less what
        others may write on a page.
    timeout
        Seconds without an answer after which it counts as one that can't be reached.
    """

    marks: Marks = CommentMarks()
    files_belong_to_pages = False

    def __init__(
        self,
        url: str,
        user: str,
        token: str,
        *,
        highlight: bool = False,
        limit: int = SIZE_LIMIT,
        timeout: float = TIMEOUT,
    ) -> None:
        self._session = Session(url, user, token, timeout)
        self._writer = WikitextWriter(highlight=highlight, limit=limit)

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def write(self, document: Document) -> Written:
        """Return the document as wikitext; asks nothing of the wiki's server."""
        return self._writer.write(document)

    def title(self, place: Place, title: str, number: int = 1) -> str:
        """Return the full title of a page, without what the wiki does not take."""
        return full_title(self._session.site, place, title, number)

    def page(self, page_id: str, revision: str) -> Page | None:
        """Return the page of an id, wherever it is now; None when it was deleted."""
        found = self._read(pageids=page_id)
        if found is None and revision:
            # Restored over a new page of its title it has another id.
            answer = self._session.read(revids=revision, prop="info")
            for page in answer.get("pages", ()):
                if "pageid" in page:
                    found = self._read(pageids=str(page["pageid"]))
        return found

    def titled(self, title: str, place: Place = MAIN) -> Page | None:  # noqa: ARG002
        """Return the page of a full title, redirects not followed; None when there is none."""
        return self._read(titles=title)

    def attach(self, page: Page | None, attachments: tuple[Attachment, ...]) -> int:  # noqa: ARG002
        """Upload those attachments that the wiki has not; return how many those were."""
        return bring(self._session, attachments)

    def label(self, page: Page, labels: tuple[str, ...]) -> None:
        """Do nothing: this wiki has tags in the text alone."""

    def create(
        self,
        title: str,
        text: str,
        summary: str,
        place: Place = MAIN,  # noqa: ARG002
    ) -> Page:
        """Make a page of a full title."""
        fields = {"title": title, "createonly": "1", "contentmodel": "wikitext"}
        return self._edit(fields, text, summary)

    def update(self, page: Page, text: str, summary: str) -> Page:
        """Replace a page's text; `page` says which one, and which state of it."""
        # By itself MediaWiki would make one text of two edits that change different lines.
        if self._revision(page) != page.revision:
            raise moved()
        fields = {"pageid": page.id, "baserevid": page.revision, "nocreate": "1"}
        return self._edit(fields, text, summary)

    def remove(self, page: Page, summary: str) -> None:
        """Delete a page; one that is gone is no error."""
        try:
            fields = {"pageid": page.id, "reason": summary}
            self._session.do("delete the page", "delete", fields)
        except Moved:
            return

    def parents(self, begun: str, within: Place, limit: int = 20) -> list[str]:
        """Return pages to go below, whose names begin so."""
        site = self._session.site
        # Where a page of one letter would go, without that letter.
        before = full_title(site, within, "X", 1)[:-1]
        space = full_title(site, Place(within.space), "X", 1)[:-1]
        number = site.namespaces[space[:-1].lower()] if space else 0
        begins = before.removeprefix(space) + begun.strip()
        if site.capital:
            begins = begins[:1].upper() + begins[1:]
        asked = {"list": "allpages", "apnamespace": str(number), "aplimit": str(limit)}
        answer = self._session.read(**asked, apprefix=begins)
        return [page["title"].removeprefix(space) for page in answer.get("allpages", ())]

    def who(self) -> str:
        """Return the name that the wiki knows Lodge by, after signing in anew."""
        return self._session.sign_in()

    def _revision(self, page: Page) -> str:
        found = self._session.read(pageids=page.id, prop="info")["pages"][0]
        return str(found.get("lastrevid"))

    def _edit(self, fields: dict[str, str], text: str, summary: str) -> Page:
        if "<syntaxhighlight" in text and "syntaxhighlight" not in self._session.site.tags:
            raise Refused(
                "The wiki has no extension SyntaxHighlight, without which code would be read as "
                "wikitext: turn highlighting off for this wiki in Lodge's settings."
            )
        what = "write the page"
        answer = self._session.do(
            what, "edit", {**fields, "text": text, "summary": summary, "bot": "1"}
        )
        if answer.get("result") != "Success":
            code = str(answer.get("code") or next(iter(set(answer) - {"result"}), "failure"))
            raise refusal(what, code, str(answer.get("info") or ""))
        replaced = fields.get("baserevid", "0")
        if "newrevid" in answer and str(answer.get("oldrevid", 0)) != replaced:
            # Nothing is lost, but the page is not what was sent: somebody was quick.
            raise moved()
        if "newrevid" in answer:
            found = self._read(revids=str(answer["newrevid"]))
        else:
            found = self._read(pageids=str(answer["pageid"]))
        if found is None:
            raise Moved("The page was deleted in the wiki just after it was written.")
        return found

    def _read(self, **which: str) -> Page | None:
        """Return a page by what names it or one of its revisions."""
        answer = self._session.read(
            **which, prop="info|revisions", inprop="url", rvprop="ids|content", rvslots="main"
        )
        pages = answer.get("pages", ())
        for page in pages:
            if page.get("invalid"):
                raise refusal("take the title", "invalidtitle", str(page.get("invalidreason")))
            if not page.get("missing") and page.get("revisions"):
                return _page(page)
        if answer.get("interwiki"):
            raise refusal("take the title", "invalidtitle", "it leads to another wiki")
        return None


def _page(found: dict[str, Any]) -> Page:
    revision = found["revisions"][0]
    return Page(
        id=str(found["pageid"]),
        revision=str(revision["revid"]),
        title=found["title"],
        url=found["fullurl"],
        text=revision["slots"]["main"].get("content", ""),
    )
