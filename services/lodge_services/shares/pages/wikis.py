"""The pages of a share that are about its pages in wikis."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import Conflict, LodgeError, NotFound
from ...web.auth import scoped
from ...web.parsing import validate
from ..api.shares import ADMIN, WRITE
from ..api.wikis_wire import NewPublication, PublicationAnswer
from .share import SharesPageHandler

#: Lines of two texts that are compared; of longer ones the beginning is.
LINES = 3_000


class PublishPage(SharesPageHandler):
    """The buttons beside a wiki's name."""

    @scoped(WRITE)
    async def post(self, share_id: str, wiki: str) -> None:
        """Publish, or write to the page no more, and go back to the share."""
        publishing = self.service.publishing
        if self.get_body_argument("action", "") == "forget":
            await self.call(publishing.forget, self.actor, share_id, wiki)
        else:
            form = validate(
                NewPublication, self.form("parent"), what="field", reason="invalid_form"
            )
            try:
                await self.call(
                    publishing.publish,
                    self.actor,
                    share_id,
                    wiki,
                    parent=form.parent,
                    language=self.translator.language,
                )
            except LodgeError as error:
                if error.status != 400:
                    raise
                self.set_status(400)
                await self.changed_page(share_id, notice=error.message, opened="wikis")
                return
        self.redirect(f"{self.page_url(share_id)}#wikis", status=303)


class PublicationPage(SharesPageHandler):
    """A page that people have changed or deleted in a wiki: what is to be done about it."""

    @scoped(WRITE)
    async def get(self, share_id: str, wiki: str) -> None:
        """Show both texts, and the ways out."""
        publishing = self.service.publishing
        share = await self.call(self.service.shares.get, self.actor, share_id)
        found = {one.wiki: one for one in await self.call(publishing.of, share_id)}
        publication = found.get(wiki)
        if publication is None or publication.state not in ("edited", "deleted"):
            raise NotFound("not_asked", "Nothing is asked about this page.")
        values: dict[str, Any] = {"share": share, "publication": publication, "texts": None}
        if publication.state == "edited":
            try:
                texts = await self.call(publishing.texts, self.actor, share_id, wiki)
            except Conflict:
                # It was deleted since: that is asked about instead.
                values["publication"] = replace(publication, state="deleted")
            else:
                lines = await self.call(compared, texts.theirs, texts.ours)
                values |= {"texts": texts, "lines": lines}
        self.set_header("Cache-Control", "no-store")
        self.page("publication.html", **values)

    @scoped(WRITE)
    async def post(self, share_id: str, wiki: str) -> None:
        """Take the answer, and go back to the share."""
        form = validate(
            PublicationAnswer, self.form("way", "revision"), what="field", reason="invalid_form"
        )
        await self.call(
            self.service.publishing.answer, self.actor, share_id, wiki, form.way, form.revision
        )
        self.redirect(f"{self.page_url(share_id)}#wikis", status=303)


class WikisPage(SharesPageHandler):
    """The wikis, for administrators."""

    @scoped(ADMIN)
    async def get(self) -> None:
        """Show them, with how many pages each has."""
        await self.show()

    async def show(self, **values: Any) -> None:
        """Finish with the page."""
        publishing = self.service.publishing
        self.page(
            "admin_wikis.html",
            targets=sorted(publishing.targets.values(), key=lambda target: target.name),
            counts=await self.call(publishing.counts),
            **{"trial": None, "tried": "", **values},
        )


class WikiTrialPage(WikisPage):
    """The button that tries a wiki."""

    @scoped(ADMIN)
    async def get(self, wiki: str) -> None:  # noqa: ARG002
        """Lead back to the wikis."""
        self.redirect(self.page_url("wikis"))

    @scoped(ADMIN)
    async def post(self, wiki: str) -> None:
        """Write a test page, read it, remove it, and tell how that went."""
        trial = await self.call(self.service.publishing.tried, self.actor, wiki)
        await self.show(trial=trial, tried=wiki)


@dataclass(frozen=True)
class Line:
    """A line of two texts that are compared."""

    kind: str
    """``same``, ``theirs`` or ``ours``, or ``gap`` for lines that are the same and left out."""
    text: str


def compared(theirs: str, ours: str) -> Sequence[Line]:
    """Return the lines that differ, with a few around them."""
    kinds = {" ": "same", "-": "theirs", "+": "ours", "@": "gap"}
    diff = difflib.unified_diff(
        theirs.split("\n")[:LINES], ours.split("\n")[:LINES], lineterm="", n=3
    )
    # Its first two lines name files.
    return [
        Line(kinds[line[0]], "" if line[0] == "@" else line[1:])
        for number, line in enumerate(diff)
        if number > 1
    ]
