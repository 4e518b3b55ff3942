"""What was done to shares, by whom and when: written with what was done, in one transaction.

What stands here is never changed, and outlives the share.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..db.engine import Database
from ..errors import BadRequest
from ..web.paging import DEFAULT_LIMIT, Page, decode_cursor
from .models import Actor
from .tables import EventRow, ShareRow

Action = Literal[
    "shared",
    "version",
    "details",
    "readers",
    "deleted",
    "restored",
    "purged",
    "transferred",
    "published",
    "unpublished",
    "comment_removed",
]
"""What was done: shared at first, a new version made, title and the like changed, readers changed,
deleted, deletion undone, deleted for good, given to another owner, sent to a wiki, and no more,
somebody else's comment removed."""


@dataclass(frozen=True)
class Event:
    """Something that was done to a share.

    Attributes
    ----------
    share_id, title
        Of the share, as it was called then.
    at
        When.
    actor
        By whom.
    action
        See `Action`.
    details
        Of the action: numbers of versions, readers, owners, the wiki's name.
    """

    number: int
    share_id: str
    title: str
    at: datetime
    actor: str
    action: Action
    details: Mapping[str, Any]


def note(
    session: Session, row: ShareRow, actor: Actor, action: Action, at: datetime, **details: Any
) -> None:
    """Note what was done to a share, in the transaction that does it."""
    session.add(
        EventRow(
            share_id=row.id,
            title=row.title,
            at=at,
            actor=actor.name,
            action=action,
            details=json.dumps(details, ensure_ascii=False, sort_keys=True),
        )
    )


class Events:
    """What was done.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, share_id: str = "", *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[Event]:
        """Return a page of what was done, the last first; whose to read is checked before.

        Parameters
        ----------
        share_id
            Of one share; "" for all.
        cursor
            Of the page before.
        limit
            Of the page.

        Raises
        ------
        BadRequest
            The cursor belongs to no such list.
        """
        query = select(EventRow).order_by(EventRow.number.desc()).limit(limit + 1)
        if share_id:
            query = query.where(EventRow.share_id == share_id)
        if cursor is not None:
            query = query.where(EventRow.number < _number(cursor))
        with self._database.read() as session:
            rows = [_event(row) for row in session.scalars(query)]
        return Page.cut(rows, limit, lambda event: [str(event.number)])


def _number(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise BadRequest(
            "bad_cursor",
            "The cursor does not belong to this list; ask for its first page again.",
        )
    return int(text)


def _event(row: EventRow) -> Event:
    return Event(
        number=row.number,
        share_id=row.share_id,
        title=row.title,
        at=row.at,
        actor=row.actor,
        action=row.action,  # type: ignore[arg-type]
        details=json.loads(row.details),
    )
