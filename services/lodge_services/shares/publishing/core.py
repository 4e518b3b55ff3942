"""Publishing shares to wikis: who asks for it, and what their pages are to say. Knows no HTTP.

Invariants
----------
- What is asked for is kept before it is answered; `deliveries` brings it there.
- A page of a share that changes is brought up to date without anybody asking.
- Who may publish is decided here, not by who calls.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...errors import BadRequest, Conflict, Forbidden, NotFound, Unavailable
from ...render.reading import read_notebook
from ...render.words import Words
from ..core import Shares
from ..events import note
from ..models import LODGE, Actor, Share
from ..publications.models import Publication, State, Target, Targets, Texts
from ..publications.rows import publication
from ..readers import may_read, readers_of
from ..reading import no_such_share
from ..tables import PublicationRow, ShareRow
from ..wikis.base import Document, Place, Wiki, WikiError, Written, web_address
from ..wikis.delivery import Way, new_key
from .accounts import Accounts
from .connections import Connections
from .trial import Trial, tried


@dataclass(frozen=True)
class Addresses:
    """Where pages of wikis lead to."""

    gallery: str
    """Of the service, whole, ending in a slash."""


class Publishing:
    """All pages of shares in wikis.

    Parameters
    ----------
    shares
        The shares.
    targets
        The wikis, by name.
    addresses
        Where pages lead to.
    named
        Returns what somebody is called in full.
    key
        Encrypts the tokens that people give; 32 bytes. None: it is made, and lost with the process.
    """

    def __init__(
        self,
        shares: Shares,
        targets: Targets,
        addresses: Addresses,
        named: Callable[[str], str] = lambda login: login,
        key: bytes | None = None,
    ) -> None:
        self.shares = shares
        self.targets = targets
        self.named = named
        self._addresses = addresses
        self.accounts = Accounts(shares.database, key or secrets.token_bytes(32), shares.clock)
        self.connections = Connections(targets, self.accounts)

    @property
    def address(self) -> str:
        """Of the service, whole, ending in a slash; "" where it is not known."""
        return self._addresses.gallery

    # Asking

    def open_to(self, actor: Actor) -> list[Target]:
        """Return the wikis that `actor` may publish to."""
        return [target for target in self.targets.values() if target.takes(actor)]

    def parents(self, actor: Actor, wiki: str, begun: str) -> list[str]:
        """Return what a new page of a wiki can go below, for someone who types.

        Parameters
        ----------
        actor
            Who asks.
        wiki
            The wiki's name.
        begun
            The beginning of a name; "" for any.

        Raises
        ------
        NotFound, Forbidden
            There is no such wiki, or it is not the actor's to write.
        Unavailable
            The wiki does not say.
        """
        target = self.target_for(actor, wiki)
        try:
            with self.connections.turn(wiki):
                opened = self.connections.wiki(target, actor.name)
                return opened.parents(begun, target.place)
        except WikiError as error:
            raise Unavailable("wiki_unavailable", error.message) from None

    def publish(
        self, actor: Actor, share_id: str, wiki: str, *, parent: str = "", language: str = "en"
    ) -> Publication:
        """Have a share's page made in a wiki, or brought up to date.

        Parameters
        ----------
        actor
            Who asks.
        share_id
            Of the share.
        wiki
            The wiki's name.
        parent
            Page or folder above a new page, within those that the settings name; "" for that one.
        language
            Of the page's own sentences: ``en`` or ``zh``.

        Raises
        ------
        NotFound
            There is no such share, or no such wiki.
        Forbidden
            Either is not the actor's to write.
        BadRequest
            The parent lies elsewhere, or the wiki's readers may not read the share.
        """
        target = self.target_for(actor, wiki)
        place = _place(target, parent)
        now = self.shares.clock()
        with self.shares.database.write() as session:
            share = self._own(session, actor, share_id)
            if not target.shows_to(readers_of(share)):
                raise BadRequest(
                    "wiki_readers",
                    f"Others read the wiki {wiki} than may read this notebook: let everyone read "
                    "it, or publish it elsewhere.",
                )
            row = session.get(PublicationRow, (share_id, wiki))
            if row is None:
                row = _new_row(share_id, wiki)
                session.add(row)
            if not row.page_id:
                row.space, row.parent = place.space, place.parent
            row.language = language
            if actor.name == share.owner:
                row.asked_by = actor.name
            row.asked += 1
            note(session, share, actor, "published", now, wiki=wiki)
            if row.state not in ("edited", "deleted"):
                row.state, row.due_at, row.tries, row.message = "waiting", now, 0, ""
            return publication(row)

    def close(self) -> None:
        """End the connections to wikis."""
        self.connections.close()

    def of(self, share_id: str) -> list[Publication]:
        """Return the pages of a share, by the wikis' names."""
        query = (
            select(PublicationRow)
            .where(PublicationRow.share_id == share_id)
            .order_by(PublicationRow.wiki)
        )
        with self.shares.database.read() as session:
            return [publication(row) for row in session.scalars(query)]

    def answer(
        self, actor: Actor, share_id: str, wiki: str, way: Way, revision: str = ""
    ) -> Publication:
        """Say what is to be done about a page that people have changed or deleted.

        Parameters
        ----------
        actor, share_id, wiki
            Who says it, and of which page.
        way
            For one that was changed ``below``, ``replace`` or ``new``, else ``anew``.
        revision
            The state of the page that was seen; if it was changed since, it is asked again.

        Raises
        ------
        Conflict
            Nothing is asked, or something else.
        """
        self.target_for(actor, wiki)
        with self.shares.database.write() as session:
            share = self._own(session, actor, share_id)
            row = self._row(session, share_id, wiki)
            fits = {"edited": way in ("below", "replace", "new"), "deleted": way == "anew"}
            if not fits.get(row.state, False):
                raise Conflict(
                    "not_asked",
                    "The wiki's page does not wait for this answer; reload to see how it is now.",
                )
            row.answer, row.answer_revision = way, revision
            if actor.name == share.owner:
                row.asked_by = actor.name
            row.state, row.due_at, row.tries, row.message = "waiting", self.shares.clock(), 0, ""
            return publication(row)

    def texts(self, actor: Actor, share_id: str, wiki: str) -> Texts:
        """Return a page as it is in the wiki now, and what would be written to it.

        Raises
        ------
        Conflict
            There is no such page.
        Unavailable
            The wiki does not say.
        """
        target = self.target_for(actor, wiki)
        with self.shares.database.read() as session:
            self._own(session, actor, share_id)
            row = self._row(session, share_id, wiki)
        try:
            with self.connections.turn(wiki):
                opened = self.connections.wiki(target, actor.name)
                page = opened.page(row.page_id, row.revision) if row.page_id else None
        except WikiError as error:
            raise Unavailable("wiki_unavailable", error.message) from None
        if page is None:
            with self.shares.database.write() as session:
                now = self._row(session, share_id, wiki)
                # What is asked from now on is another thing.
                now.state = "deleted" if now.state == "edited" else now.state
            raise Conflict("page_deleted", "The page was deleted in the wiki.")
        ours, _ = self.written(opened, row)
        # Bytes that are no text stay in the page, but can't be shown.
        theirs = page.text.encode("utf-8", "replace").decode()
        readable = opened.marks.readable
        return Texts(readable(theirs), readable(ours.text), page.revision, web_address(page))

    def forget(self, actor: Actor, share_id: str, wiki: str) -> None:
        """Write to a page no more; it stays in the wiki as it is.

        Raises
        ------
        NotFound
            There is no such share, or it is not published there.
        Forbidden
            It belongs to somebody else.
        """
        with self.shares.database.write() as session:
            share = self._own(session, actor, share_id)
            session.delete(self._row(session, share_id, wiki))
            note(session, share, actor, "unpublished", self.shares.clock(), wiki=wiki)

    # For administrators

    def counts(self) -> dict[str, dict[State, int]]:
        """Return how many pages each wiki has in each state that there is one in."""
        query = select(PublicationRow.wiki, PublicationRow.state, func.count()).group_by(
            PublicationRow.wiki, PublicationRow.state
        )
        found: dict[str, dict[State, int]] = {name: {} for name in self.targets}
        with self.shares.database.read() as session:
            for wiki, state, number in session.execute(query):
                found.setdefault(wiki, {})[cast("State", state)] = number
        return found

    def tried(self, actor: Actor, wiki: str) -> Trial:
        """Try whether pages can be written to a wiki.

        Raises
        ------
        NotFound
            There is no such wiki.
        Unavailable
            It is written to just now.
        """
        target = self.target_for(actor, wiki)
        try:
            with self.connections.turn(wiki), closing(target.open()) as opened:
                return tried(opened, target.place)
        except WikiError as error:
            return Trial(passed=False, message=error.message)

    # Pieces

    def written(self, wiki: Wiki, row: PublicationRow) -> tuple[Written, Document | None]:
        """Return what a page is to say; of a share that its readers may not read, that alone."""
        words = Words(row.language)
        target = self.targets.get(row.wiki)
        try:
            share = self.shares.get(LODGE, row.share_id)
        except NotFound:
            share = None
        if share is None or target is None or not target.shows_to(share.readers):
            return Written(words("This notebook is no longer shared."), ()), None
        document = self._document(share, words)
        return wiki.write(document), document

    def _document(self, share: Share, words: Words) -> Document:
        notebook = self.shares.notebook(LODGE, share.id, share.version)
        version = self.shares.version(LODGE, share.id, share.version)
        url = f"{self._addresses.gallery}{share.id}"
        return Document(
            tree=read_notebook(notebook, words),
            title=share.title,
            description=share.description,
            tags=share.tags,
            owner=self.named(share.owner),
            version=share.version,
            shared_at=version.created_at,
            gallery_url=url,
            copy_url=f"{url}/versions/{share.version}#fork",
            words=words,
            run=version.run,
        )

    def target_for(self, actor: Actor, wiki: str) -> Target:
        """Return a wiki that `actor` may publish to.

        Raises
        ------
        NotFound, Forbidden
            There is no such wiki, or it is not the actor's to write.
        """
        target = self.targets.get(wiki)
        if target is None:
            raise NotFound("wiki_not_found", f"Lodge knows no wiki {wiki}.")
        if not target.takes(actor):
            raise Forbidden(
                "wiki_not_open",
                f"You may not publish to the wiki {wiki}; ask an administrator for it.",
            )
        return target

    def _own(self, session: Session, actor: Actor, share_id: str) -> ShareRow:
        row = session.get(ShareRow, share_id)
        if row is None or row.deleted_at is not None or not may_read(row, actor):
            raise no_such_share()
        if row.owner != actor.name and not actor.admin:
            raise Forbidden("not_owner", f"Only {row.owner}, who shared this, may publish it.")
        return row

    def _row(self, session: Session, share_id: str, wiki: str) -> PublicationRow:
        row = session.get(PublicationRow, (share_id, wiki))
        if row is None:
            raise NotFound("not_published", f"This notebook is not published to the wiki {wiki}.")
        return row


def _place(target: Target, parent: str) -> Place:
    """Return where a page goes; a parent that is asked for is that of the settings, or below."""
    wanted, above = parent.strip().strip("/"), target.place.parent.strip("/")
    if not wanted:
        return target.place
    if above and wanted != above and not wanted.startswith(f"{above}/"):
        raise BadRequest("parent_elsewhere", f"Pages of the wiki {target.name} go below {above}.")
    if any(part.strip() in ("", ".", "..") for part in wanted.split("/")):
        raise BadRequest("parent_invalid", f"There can be no page {wanted!r}.")
    return Place(target.place.space, wanted)


def _new_row(share_id: str, wiki: str) -> PublicationRow:
    return PublicationRow(
        share_id=share_id,
        wiki=wiki,
        state="waiting",
        asked_by="",
        asked=0,
        answer="",
        answer_revision="",
        version=None,
        delivered_at=None,
        url="",
        key=new_key(),
        page_id="",
        revision="",
        written="",
        intended="",
        title="",
        number=1,
    )
