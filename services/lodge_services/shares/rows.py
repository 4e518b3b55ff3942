"""Rows of shares as plain data."""

from __future__ import annotations

from .models import Share
from .notebooks import Origin
from .tables import ShareRow, VersionRow


def share_of(row: ShareRow, version: VersionRow) -> Share:
    """Return a share whose newest version is given."""
    origin = None
    if row.forked_from_id is not None and row.forked_from_version is not None:
        origin = Origin(row.forked_from_id, row.forked_from_version)
    return Share(
        id=row.id,
        owner=row.owner,
        title=row.title,
        description=row.description,
        tags=tags_of(row),
        version=row.latest,
        digest=version.digest,
        created_at=row.created_at,
        updated_at=row.updated_at,
        forked_from=origin,
        forks=row.forks,
        has_picture=version.picture is not None,
        deleted_at=row.deleted_at,
        reads=row.reads,
    )


def tags_of(row: ShareRow) -> tuple[str, ...]:
    """Return the tags of a share, in its owner's order."""
    return tuple(tag.tag for tag in row.tags)
