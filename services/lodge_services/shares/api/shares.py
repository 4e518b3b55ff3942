"""The service's REST API."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlencode

from ...errors import NotFound
from ...pages.translation import choose_language
from ...web.auth import Identity, scoped
from ...web.handlers import ApiHandler, BaseHandler
from ...web.kept import Wanted
from ...web.operations import operation
from ...web.paging import Page, decode_cursor
from ...web.settings import HubSettings
from ..core import Shares
from ..models import Actor, Share, Ticket, Version
from ..notebooks import file_name
from ..service import SharesService
from ..sql_cells import tables_needed
from .naming import Naming
from .wire import (
    EnvironmentModel,
    FileModel,
    ForkedModel,
    NewShare,
    NewTicket,
    Redemption,
    ShareChange,
    ShareList,
    ShareModel,
    ShareQuery,
    SqlTableModel,
    TicketModel,
    VersionList,
    VersionModel,
    VersionsQuery,
)

READ = "custom:lodge-shares:read"
WRITE = "custom:lodge-shares:write"
ADMIN = "custom:lodge-shares:admin"


def actor_of(identity: Identity) -> Actor:
    """Return who asks as the core knows them; a service is never taken for a user of its name."""
    name = identity.name if identity.kind == "user" else f"{identity.kind}:{identity.name}"
    return Actor(name, admin=identity.may(ADMIN), groups=identity.groups)


def fork_url(hub: HubSettings, ticket: Ticket) -> str:
    """Return the path on which a ticket copies the notebook to its user's server."""
    return f"{hub.hub_prefix}user-redirect/lodge/fork?{urlencode({'ticket': ticket.secret})}"


class ServiceMixin(BaseHandler):
    """Reaches the service's core."""

    @property
    def service(self) -> SharesService:
        """The service's parts."""
        service: SharesService = self.context.core
        return service

    def rendered(self, share_id: str, number: int, digest: str, language: str) -> Wanted[bytes]:
        """Return what makes and keeps the HTML of a version's notebook."""
        return Wanted(
            ("notebook", digest, language),
            # A version never changes: whatever else is written, its notebook is shown alike.
            0,
            lambda: self.call(self.service.rendered_notebook, share_id, number, digest, language),
            len,
        )

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return actor_of(self.user)

    @property
    def naming(self) -> Naming:
        """Finds whom names stand for."""
        return Naming(self.context.hub, self.context.people)


class SharesApiHandler(ServiceMixin, ApiHandler):
    """What API handlers have in common."""

    async def model(self, share: Share) -> ShareModel:
        """Return the wire form of a share."""
        (found,) = await self.models([share])
        return found

    async def models(self, shares: Sequence[Share]) -> list[ShareModel]:
        """Return the wire forms of shares; none names an origin that the reader may not read."""
        origins = {share.forked_from.share_id for share in shares if share.forked_from}
        seen: Collection[str] = ()
        if origins:
            seen = await self.call(self.service.shares.readable, self.actor, origins)
        prefix = self.context.hub.service_prefix
        return [ShareModel.of(share, prefix, self.actor, seen) for share in shares]

    def render_ahead(self, share: Share) -> None:
        """Render a new version while its owner goes on, so that its first reader need not wait."""
        language = choose_language(self.request.headers.get("Accept-Language", ""))
        self.service.kept.begin(self.rendered(share.id, share.version, share.digest, language))


class SharesHandler(SharesApiHandler):
    """All shares."""

    @scoped(READ)
    @operation("List and search shares", query=ShareQuery, returns=ShareList)
    async def get(self, query: ShareQuery) -> ShareList:
        """Answer a page of shares."""
        people = self.context.people
        await people.fresh()
        page = await self.call(
            self.service.shares.list,
            self.actor,
            query.search(people.named),
            cursor=query.cursor,
            limit=query.limit,
            sort=query.sort,
        )
        return ShareList(items=await self.models(page.items), next_cursor=page.next_cursor)

    @scoped(WRITE)
    @operation("Publish a notebook", body=NewShare, returns=ShareModel, status=201)
    async def post(self, body: NewShare) -> ShareModel:
        """Answer the new share."""
        share = await self.call(
            self.service.shares.create,
            self.actor,
            title=body.title,
            description=body.description,
            tags=body.tags,
            notebook=body.notebook,
            readers=await self.naming.readers(body.readers),
            environment=body.environment.model_dump() if body.environment else None,
            files=[one.named() for one in body.files],
        )
        self.render_ahead(share)
        return await self.model(share)


class ShareHandler(SharesApiHandler):
    """One share."""

    @scoped(READ)
    @operation("Read a share", returns=ShareModel, errors=(404,))
    async def get(self, share_id: str) -> ShareModel:
        """Answer the share."""
        return await self.model(await self.call(self.service.shares.get, self.actor, share_id))

    @scoped(WRITE)
    @operation("Change a share of your own", body=ShareChange, returns=ShareModel, errors=(404,))
    async def patch(self, share_id: str, body: ShareChange) -> ShareModel:
        """Answer the changed share."""
        share = await self.call(
            self.service.shares.update,
            self.actor,
            share_id,
            title=body.title,
            description=body.description,
            tags=body.tags,
            notebook=body.notebook,
            readers=await self.naming.readers(body.readers) if body.readers else None,
            environment=body.environment.model_dump() if body.environment else None,
            files=None if body.files is None else [one.named() for one in body.files],
        )
        if body.notebook is not None:
            self.render_ahead(share)
        return await self.model(share)

    @scoped(WRITE)
    @operation("Delete a share of your own; restorable for a week", status=204, errors=(404,))
    async def delete(self, share_id: str) -> None:
        """Answer nothing."""
        await self.call(self.service.shares.delete, self.actor, share_id)


class RestoreHandler(SharesApiHandler):
    """Undoing a deletion."""

    @scoped(WRITE)
    @operation("Undo the deletion of a share of your own", returns=ShareModel, errors=(404,))
    async def post(self, share_id: str) -> ShareModel:
        """Answer the restored share."""
        return await self.model(await self.call(self.service.shares.restore, self.actor, share_id))


class VersionsHandler(SharesApiHandler):
    """The versions of a share."""

    @scoped(READ)
    @operation(
        "List the versions of a share, newest first",
        query=VersionsQuery,
        returns=VersionList,
        errors=(404,),
    )
    async def get(self, share_id: str, query: VersionsQuery) -> VersionList:
        """Answer a page of versions."""
        page = await self.call(page_of_versions, self.service.shares, self.actor, share_id, query)
        return VersionList(
            items=[VersionModel.of(version) for version in page.items],
            next_cursor=page.next_cursor,
        )


class NotebookHandler(SharesApiHandler):
    """The notebook of a version."""

    @scoped(READ)
    @operation("Read the notebook of a version", errors=(404,))
    async def get(self, share_id: str, number: str) -> bytes:
        """Answer the notebook as JSON."""
        wanted = version_number(number)
        return await self.call(self.service.shares.content, self.actor, share_id, wanted)


class EnvironmentHandler(SharesApiHandler):
    """What a version ran with."""

    @scoped(READ)
    @operation("Read what a version ran with", returns=EnvironmentModel, errors=(404,))
    async def get(self, share_id: str, number: str) -> EnvironmentModel:
        """Answer Python, image and packages."""
        wanted = version_number(number)
        found = await self.call(self.service.shares.environment, self.actor, share_id, wanted)
        if found is None:
            raise NotFound("environment_unknown", "Nobody has told what this version ran with.")
        return EnvironmentModel(**found)


class ForksHandler(SharesApiHandler):
    """Tickets to fork a share."""

    @scoped(READ)
    @operation(
        "Ask for a ticket to fork",
        body=NewTicket,
        returns=TicketModel,
        status=201,
        errors=(404,),
    )
    async def post(self, share_id: str, body: NewTicket) -> TicketModel:
        """Answer a ticket that works once, within ten minutes, for who asks."""
        ticket = await self.call(self.service.tickets.issue, self.actor, share_id, body.version)
        return TicketModel.of(ticket, fork_url(self.context.hub, ticket))


class RedeemHandler(SharesApiHandler):
    """Where a user's server uses a ticket up."""

    @scoped(READ)
    @operation(
        "Use a ticket up and read what it is for",
        body=Redemption,
        returns=ForkedModel,
        errors=(404, 410),
    )
    async def post(self, body: Redemption) -> ForkedModel:
        """Answer the notebook, a name for its file, and which files come with it."""
        forked = await self.call(self.service.tickets.redeem, self.actor, body.ticket)
        notebook = await self.call(
            self.service.shares.notebook, self.actor, forked.share.id, forked.version
        )
        ran_with = await self.call(
            self.service.shares.environment, self.actor, forked.share.id, forked.version
        )
        files = await self.call(self.service.files.of, self.actor, forked.share.id, forked.version)
        return ForkedModel(
            files=[FileModel.of(file) for file in files],
            tables=[
                SqlTableModel(source=one.source, table=one.table) for one in tables_needed(notebook)
            ],
            environment=EnvironmentModel(**ran_with) if ran_with else None,
            share=await self.model(forked.share),
            version=forked.version,
            notebook=notebook,
            filename=file_name(forked.share.title),
        )


def page_of_versions(
    shares: Shares, actor: Actor, share_id: str, query: VersionsQuery
) -> Page[Version]:
    """Return the page of a share's versions that `query` asks for, newest first."""
    before = version_number(decode_cursor(query.cursor, 1)[0]) if query.cursor else None
    found = shares.versions(actor, share_id, before=before, limit=query.limit + 1)
    return Page.cut(found, query.limit, lambda version: [str(version.number)])


def version_number(text: str) -> int:
    """Return the number of a version out of an address.

    Raises
    ------
    NotFound
        It is no number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound("version_not_found", f"This share has no version {text[:20]}.")
    return int(text)
