"""The REST API of what was done to shares: older versions, other owners, the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from ...web.auth import scoped
from ...web.operations import operation
from ...web.paging import DEFAULT_LIMIT, MAX_LIMIT
from ...web.text import one_line, visible
from ..events import Action, Event
from .shares import ADMIN, READ, WRITE, SharesApiHandler, version_number
from .wire import ShareModel, Strict


class EventQuery(Strict):
    """Which page of the trail."""

    cursor: Annotated[str | None, Field(max_length=500, description="Of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT


class EventModel(BaseModel):
    """Something that was done to a share."""

    share: str
    title: Annotated[str, Field(description="What the share was called then.")]
    at: datetime
    actor: Annotated[str, Field(description='By whom; "" is Lodge itself.')]
    action: Action
    details: Annotated[
        dict[str, Any], Field(description="Versions, readers, owners or the wiki that it concerns.")
    ]

    @classmethod
    def of(cls, event: Event) -> EventModel:
        """Return the wire form of `event`."""
        return cls(
            share=event.share_id,
            title=event.title,
            at=event.at,
            actor=event.actor,
            action=event.action,
            details=dict(event.details),
        )


class EventList(BaseModel):
    """A page of what was done, the last first."""

    items: list[EventModel]
    next_cursor: str | None


class NewOwner(Strict):
    """Who gets a share."""

    owner: Annotated[
        str,
        Field(max_length=255, description="A login, or a full name."),
        AfterValidator(one_line),
        AfterValidator(visible),
    ]


class EventsApiHandler(SharesApiHandler):
    """What the trails have in common."""

    async def trail(self, query: EventQuery, share_id: str = "") -> EventList:
        """Return a page of one share's trail, or of all."""
        page = await self.call(
            self.service.events.list, share_id, cursor=query.cursor, limit=query.limit
        )
        return EventList(
            items=[EventModel.of(one) for one in page.items], next_cursor=page.next_cursor
        )


class EventsHandler(EventsApiHandler):
    """What was done to one share."""

    @scoped(READ)
    @operation(
        "List what was done to a share of your own",
        query=EventQuery,
        returns=EventList,
        errors=(404,),
    )
    async def get(self, share_id: str, query: EventQuery) -> EventList:
        """Answer a page of its trail."""
        await self.call(self.service.shares.owned, self.actor, share_id)
        return await self.trail(query, share_id)


class AllEventsHandler(EventsApiHandler):
    """What was done to all shares."""

    @scoped(ADMIN)
    @operation("List what was done to all shares", query=EventQuery, returns=EventList)
    async def get(self, query: EventQuery) -> EventList:
        """Answer a page of the trail."""
        return await self.trail(query)


class VersionRestoreHandler(SharesApiHandler):
    """An older version made the newest."""

    @scoped(WRITE)
    @operation("Make the content of an older version the newest", returns=ShareModel, errors=(404,))
    async def post(self, share_id: str, number: str) -> ShareModel:
        """Answer the share with its new version."""
        wanted = version_number(number)
        share = await self.call(self.service.shares.restore_version, self.actor, share_id, wanted)
        return await self.model(share)


class TransferHandler(SharesApiHandler):
    """Another owner."""

    @scoped(WRITE)
    @operation(
        "Give a share of your own to somebody else",
        body=NewOwner,
        returns=ShareModel,
        errors=(404,),
    )
    async def post(self, share_id: str, body: NewOwner) -> ShareModel:
        """Answer the share with its new owner."""
        await self.call(self.service.shares.owned, self.actor, share_id)
        owner = await self.naming.person(body.owner)
        return await self.model(
            await self.call(self.service.shares.transfer, self.actor, share_id, owner)
        )
