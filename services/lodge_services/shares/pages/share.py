"""The pages of shares."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from markupsafe import Markup

from ...errors import BadRequest, NotFound, Unavailable
from ...pages.pieces import Pieces, gap
from ...render.styles import has_colours
from ...texts import value_words
from ...web.auth import scoped
from ...web.kept import Wanted
from ...web.pages import PageHandler
from ...web.parsing import validate
from ..api.shares import READ, WRITE, ServiceMixin, fork_url, version_number
from ..api.wire import EnvironmentModel, ShareDetails
from ..comments.core import Comment
from ..comments.mentions import pieces
from ..files.models import File, size_text
from ..models import LODGE, Share, Version
from ..notebooks import Origin
from ..pdf import browser
from ..publications.models import Publication
from ..reading import no_such_share
from ..sql_cells import SqlName
from ..stores.base import MissingContent
from .contents import headings

T = TypeVar("T")

log = logging.getLogger(__name__)

VERSIONS_OFFERED = 50
"""How many versions a share's page lets its reader choose from; a page of their own has all."""


@dataclass(frozen=True)
class Shown:
    """What the page of a share shows besides the notebook."""

    share: Share
    version: Version
    versions: Sequence[Version]
    """The newest."""
    publications: Sequence[Publication]
    sql_names: Sequence[SqlName]
    comments: Sequence[Comment]
    likers: frozenset[str]
    files: Sequence[File]


class SharesPageHandler(ServiceMixin, PageHandler):
    """What pages have in common."""

    def share_url(self, share: Share) -> str:
        """Return the path of a share's page."""
        return self.page_url(share.id)

    def form(self, *names: str) -> dict[str, str]:
        """Return the fields of a submitted form."""
        return {name: self.get_body_argument(name, "", strip=False) for name in names}

    async def kept(
        self, key: Sequence[Hashable], make: Callable[[], T], size: Callable[[T], int]
    ) -> T:
        """Return what `make` makes of the database as it is now, in a worker thread."""
        service = self.service
        state = service.shares.database.state
        return await service.kept.get(Wanted((*key,), state, lambda: self.call(make), size))

    async def view(self) -> Hashable:
        """Return what is the same for all who may read the same shares."""
        views = await self.kept(("views",), self.service.shares.views, lambda found: found.size)
        return views.of(self.actor)

    async def shown(self, share_id: str, number: int | None) -> Shown:
        """Return a share and one of its versions, the newest when `number` is None.

        Raises
        ------
        NotFound
            There is no such share that the reader may read, or no such version.
        """
        found = await self._shown(share_id, None)
        if not found.share.may_read(self.actor):
            raise no_such_share()
        return found if number is None else await self._shown(share_id, number)

    async def _shown(self, share_id: str, number: int | None) -> Shown:
        """Return the same, whoever reads it."""
        shares = self.service.shares

        def make() -> Shown:
            share = shares.get(LODGE, share_id)
            wanted = share.version if number is None else number
            return Shown(
                share,
                shares.version(LODGE, share_id, wanted),
                shares.versions(LODGE, share_id, limit=VERSIONS_OFFERED),
                self.service.publishing.of(share_id),
                shares.sql_names(share_id),
                self.service.comments.of(share_id),
                self.service.comments.likers(share_id),
                self.service.files.of(LODGE, share_id, wanted),
            )

        return await self.kept(
            ("share", share_id, number),
            make,
            lambda found: (
                200 * len(found.versions)
                + 100 * len(found.likers)
                + 300 * len(found.files)
                + sum(500 + len(one.text) for one in found.comments)
            ),
        )

    async def share_page(self, share_id: str, number: int | None) -> None:
        """Finish with the page of a version of a share, the newest when `number` is None."""
        found = await self.shown(share_id, number)
        html = await self.rendered_of(found)
        may_change, language = self._may_change(found.share), self.translator.language
        ran_with = await self.ran_with(found)

        wikis = self._wikis() if may_change else ()
        accounts = await self._accounts(wikis)

        def make() -> Pieces:
            notebook = None if html is None else gap("content")
            values = self._values(found, may_change, notebook, wikis, accounts)
            text = html.decode() if html else ""
            more = {"origin": origin, "headings": headings(text), "ran_with": ran_with}
            return self.pieces("share.html", **values, **more, coloured=has_colours(text))

        origin = await self._origin(found.share)

        page = await self.kept(
            (
                *("share page", share_id, number, html is None, language, wikis, origin),
                tuple(accounts.items()),
                ran_with is None,
                self.user.groups if may_change else None,
                # Owners propose, and administrators remove what anybody has said.
                found.share.owner == self.actor.name,
                self.actor.admin,
                self.actor.name in found.likers,
                # Their own can be removed.
                self.actor.name in {one.author for one in found.comments} and self.actor.name,
            ),
            make,
            lambda page: page.size,
        )
        self.finish_pieces(page, content=html or b"", of=found.version.digest)
        if self.user.kind == "user":
            self.service.readings.note(found.share, self.user.name)

    async def changed_page(self, share_id: str, **values: Any) -> None:
        """Finish with the page of a share, with the form that its owner has sent, and a notice."""
        found = await self.shown(share_id, None)
        html = await self.rendered_of(found)
        notebook = None if html is None else Markup(html.decode())  # noqa: S704  (cleaned)
        may_change = self._may_change(found.share)
        wikis = self._wikis() if may_change else ()
        shown = self._values(found, may_change, notebook, wikis, await self._accounts(wikis))
        shown["headings"], shown["coloured"] = headings(notebook or ""), True
        shown["ran_with"] = await self.ran_with(found)
        self.page("share.html", **{**shown, "origin": await self._origin(found.share), **values})

    async def ran_with(self, found: Shown) -> dict[str, Any] | None:
        """Return what a version ran with; None where nobody has told, or it can't be had now."""
        if not found.version.has_environment:
            return None
        shares, one = self.service.shares, (found.share.id, found.version.number)

        async def make() -> dict[str, Any]:
            told = await self.call(shares.environment, LODGE, *one)
            if told is None:
                raise NotFound("environment_lost", "What this version ran with is lost.")
            return EnvironmentModel(**told).model_dump()

        def size(told: dict[str, Any]) -> int:
            return 100 * len(told["packages"])

        try:
            # A version never changes.
            return await self.service.kept.get(Wanted(("ran with", *one), 0, make, size))
        except (NotFound, Unavailable):
            # The rest of the page is there.
            return None

    async def _origin(self, share: Share) -> Origin | None:
        """Return what a share was forked from, where the reader may read it."""
        if share.forked_from is None:
            return None
        try:
            await self.shown(share.forked_from.share_id, None)
        except NotFound:
            return None
        return share.forked_from

    def _may_change(self, share: Share) -> bool:
        return share.may_change(self.actor) and self.user.may(WRITE)

    def _wikis(self) -> tuple[str, ...]:
        """Return the names of the wikis that the reader may publish to."""
        return tuple(target.name for target in self.service.publishing.open_to(self.actor))

    async def _accounts(self, wikis: tuple[str, ...]) -> dict[str, str]:
        """Return, of the wikis that take accounts of people's own, the reader's, or ""."""
        publishing = self.service.publishing
        taking = [name for name in wikis if publishing.targets[name].own_tokens]
        if not taking:
            return {}
        given = await self.call(publishing.accounts.of, self.actor.name)
        return {name: given[name].name if name in given else "" for name in taking}

    def _values(
        self,
        found: Shown,
        may_change: bool,
        notebook: Markup | None,
        wikis: tuple[str, ...],
        accounts: Mapping[str, str],
    ) -> dict[str, Any]:
        share = found.share
        published = {one.wiki: one for one in found.publications}
        names = sorted({*wikis, *(published if may_change else ())})
        return {
            "share": share,
            "shown": found.version,
            "versions": found.versions,
            "value_words": value_words,
            "may_change": may_change,
            "sources": sorted({one.source for one in found.sql_names if one.source}),
            "tables": [one for one in found.sql_names if one.table],
            "notebook": notebook,
            "publications": [one for one in found.publications if one.version],
            "wikis": [(name, published.get(name)) for name in names],
            "accounts": accounts,
            "served": self.service.publishing.targets,
            "unsettled": any(one.state != "published" for one in found.publications),
            "notice": None,
            "form": {
                "title": share.title,
                "description": share.description,
                "tags": ", ".join(share.tags),
            },
            "readers_form": {
                "everyone": share.readers.everyone,
                "people": ", ".join(sorted(share.readers.people)),
                "groups": sorted(share.readers.groups),
            },
            "own_groups": sorted(self.user.groups | share.readers.groups) if may_change else [],
            "prints": browser() is not None,
            "comments": found.comments,
            "files": found.files,
            "size_text": size_text,
            "proposers": {one.author for one in found.comments if one.act == "proposed"},
            "pieces": pieces,
            "actor": self.actor,
            "liked": self.actor.name in found.likers,
            "new_comment": "",
            "proposing": "",
            "new_owner": "",
            "opened": None,
        }

    async def rendered_of(self, found: Shown) -> bytes | None:
        """Return the notebook of a version; None where it is lost, or can't be shown."""
        share, shown, language = found.share, found.version, self.translator.language
        wanted = self.rendered(share.id, shown.number, shown.digest, language)
        try:
            return await self.service.kept.get(wanted)
        except MissingContent:
            return None
        except Unavailable:
            # It may well be there: nobody is told that it is lost.
            raise
        except Exception:
            # The rest of the page is there, and its owner has buttons on it.
            log.exception("Version %s of share %s can't be shown", shown.number, share.id)
            return None


class SharePage(SharesPageHandler):
    """A share at its newest version."""

    @scoped(READ)
    async def get(self, share_id: str) -> None:
        """Show the share; ``?version=`` goes to a version of it."""
        number = self.get_query_argument("version", "")
        if number:
            self.redirect(self.page_url(share_id, "versions", str(version_number(number))))
            return
        try:
            await self.share_page(share_id, None)
        except NotFound:
            deleted = await self.call(self.service.shares.deleted, self.actor, share_id)
            if deleted is None:
                raise
            self.set_status(410)
            self.page("deleted.html", share=deleted)


class VersionPage(SharesPageHandler):
    """A share at one of its versions."""

    @scoped(READ)
    async def get(self, share_id: str, number: str) -> None:
        """Show the version."""
        await self.share_page(share_id, version_number(number))


class ForkPage(SharesPageHandler):
    """The Fork button."""

    @scoped(READ)
    async def post(self, share_id: str) -> None:
        """Make a ticket and go to where it is used."""
        number = self.get_body_argument("version", "")
        version = version_number(number) if number else None
        ticket = await self.call(self.service.tickets.issue, self.actor, share_id, version)
        self.set_header("Cache-Control", "no-store")
        self.redirect(fork_url(self.context.hub, ticket), status=303)


class EditPage(SharesPageHandler):
    """The form that changes a share's details."""

    @scoped(WRITE)
    async def post(self, share_id: str) -> None:
        """Change the details, or show what is wrong with them."""
        form = self.form("title", "description", "tags")
        try:
            tags = [tag for tag in form["tags"].replace("，", ",").split(",") if tag.strip()]
            details = validate(
                ShareDetails, {**form, "tags": tags}, what="field", reason="invalid_form"
            )
        except BadRequest as error:
            self.set_status(400)
            await self.changed_page(share_id, notice=error.message, form=form, opened="edit")
            return
        await self.call(
            self.service.shares.update,
            self.actor,
            share_id,
            title=details.title,
            description=details.description,
            tags=details.tags,
        )
        self.redirect(self.page_url(share_id), status=303)


class DeletePage(SharesPageHandler):
    """The form that deletes a share."""

    @scoped(WRITE)
    async def post(self, share_id: str) -> None:
        """Delete the share if its title was typed, and offer to undo that."""
        share = await self.call(self.service.shares.get, self.actor, share_id)
        typed = " ".join(self.get_body_argument("confirm", "").split())
        if typed != share.title:
            self.set_status(400)
            notice = self.translator(
                "The title you typed is not the one of this notebook, so it was not deleted."
            )
            await self.changed_page(share_id, notice=notice, opened="delete")
            return
        await self.call(self.service.shares.delete, self.actor, share_id)
        self.redirect(f"{self.page_url()}?{urlencode({'deleted': share_id})}", status=303)


class RestorePage(SharesPageHandler):
    """The Undo button after a deletion."""

    @scoped(WRITE)
    async def post(self, share_id: str) -> None:
        """Restore the share and show it."""
        await self.call(self.service.shares.restore, self.actor, share_id)
        self.redirect(self.page_url(share_id), status=303)
