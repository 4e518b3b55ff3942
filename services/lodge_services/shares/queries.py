"""Conditions of the list of shares, as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from ..errors import BadRequest
from ..texts import folded
from ..web.paging import decode_cursor
from .models import Search
from .tables import ShareRow, TagRow


def conditions(search: Search) -> Sequence[ColumnElement[bool]]:
    """Return what a row must fulfil for `search` to find it; deleted ones never do."""
    wanted: list[ColumnElement[bool]] = [ShareRow.deleted_at.is_(None)]
    wanted += [
        or_(
            ShareRow.search.contains(word, autoescape=True),
            ShareRow.cells.contains(word, autoescape=True),
            ShareRow.owner.in_(search.named(word)),
        )
        for word in folded(search.words).split()[:8]
    ]
    if search.owner:
        wanted.append(ShareRow.owner == search.owner)
    if search.tag:
        wanted.append(ShareRow.tags.any(TagRow.folded == folded(search.tag)))
    return wanted


def after(cursor: str) -> ColumnElement[bool]:
    """Return what a row must fulfil to come after the page that gave `cursor`.

    Raises
    ------
    BadRequest
        The cursor belongs to another list.
    """
    moment, share_id = decode_cursor(cursor, 2)
    try:
        updated_at = datetime.fromisoformat(moment)
        if updated_at.tzinfo is None:
            raise ValueError("no zone")
    except ValueError as error:
        raise BadRequest(
            "bad_cursor", "The cursor does not belong to this list; ask for its first page again."
        ) from error
    return or_(
        ShareRow.updated_at < updated_at,
        and_(ShareRow.updated_at == updated_at, ShareRow.id < share_id),
    )
