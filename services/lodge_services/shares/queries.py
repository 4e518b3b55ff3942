"""Conditions of the list of shares, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from ..texts import folded
from .models import Actor, Search
from .readers import visible_to
from .tables import ShareRow, SqlNameRow, TagRow

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


def narrowing(search: Search, actor: Actor) -> Sequence[ColumnElement[bool]]:
    """Return what else a row must fulfil for `actor` to find it by `search`; not be deleted."""
    wanted: list[ColumnElement[bool]] = [ShareRow.deleted_at.is_(None), *visible_to(actor)]
    if search.owner:
        wanted.append(ShareRow.owner == search.owner)
    if search.tag:
        tagged = select(TagRow.share_id).where(TagRow.folded == folded(search.tag))
        wanted.append(ShareRow.id.in_(tagged))
    if search.source or search.table:
        named = select(SqlNameRow.share_id)
        if search.source:
            named = named.where(SqlNameRow.source == search.source)
        if search.table:
            named = named.where(SqlNameRow.name == folded(search.table))
        wanted.append(ShareRow.id.in_(named))
    return wanted
