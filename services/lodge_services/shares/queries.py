"""Conditions of the list of shares, as SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, literal, or_, select, tuple_

from ..db.engine import UtcDateTime
from ..errors import BadRequest
from ..texts import folded
from ..web.paging import decode_cursor
from .models import Search
from .tables import ShareRow, TagRow

MOST_WORDS = 8
"""Of a search; further ones are left out."""


def words_of(search: Search) -> Sequence[tuple[str, Sequence[str]]]:
    """Return the words searched, folded, each with the owners whose shares it finds as well."""
    words = folded(search.words).split()[:MOST_WORDS]
    return [(word, search.named(word)) for word in words]


def holding(words: Sequence[tuple[str, Sequence[str]]]) -> Sequence[ColumnElement[bool]]:
    """Return what a row must fulfil to hold all words."""
    return [
        or_(
            ShareRow.search.contains(word, autoescape=True),
            ShareRow.cells.contains(word, autoescape=True),
            ShareRow.owner.in_(owners),
        )
        for word, owners in words
    ]


def narrowing(search: Search) -> Sequence[ColumnElement[bool]]:
    """Return what else a row must fulfil for `search` to find it; deleted ones never do."""
    wanted: list[ColumnElement[bool]] = [ShareRow.deleted_at.is_(None)]
    if search.owner:
        wanted.append(ShareRow.owner == search.owner)
    if search.tag:
        tagged = select(TagRow.share_id).where(TagRow.folded == folded(search.tag))
        wanted.append(ShareRow.id.in_(tagged))
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
    return tuple_(ShareRow.updated_at, ShareRow.id) < tuple_(
        literal(updated_at, UtcDateTime()), literal(share_id)
    )
