"""Rows of shares as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ..texts import folded
from .models import Share, VersionRun, search_text
from .notebooks import Origin
from .readers import readers_of
from .sql_cells import sql_names
from .tables import ShareRow, SqlNameRow, TagRow, VersionRow


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
        likes=row.likes,
        readers=readers_of(row),
    )


def run_of(row: VersionRow) -> VersionRun | None:
    """Return the run that has made a version; None where a person has."""
    if row.run_id is None or row.run is None:
        return None
    told = json.loads(row.run)
    return VersionRun(
        id=row.run_id,
        job=told["job"],
        job_id=told["job_id"],
        scheduled_for=datetime.fromisoformat(told["scheduled_for"]),
        parameters=told["parameters"],
    )


def keep_run(row: VersionRow, run: VersionRun) -> None:
    """Let a version say which run has made it."""
    row.run_id = run.id
    row.run = json.dumps(
        {
            "job": run.job,
            "job_id": run.job_id,
            "scheduled_for": run.scheduled_for.isoformat(),
            "parameters": run.parameters,
        },
        ensure_ascii=False,
    )


def tags_of(row: ShareRow) -> tuple[str, ...]:
    """Return the tags of a share, in its owner's order."""
    return tuple(tag.tag for tag in row.tags)


def describe(row: ShareRow, title: str, description: str, tags: tuple[str, ...]) -> None:
    """Give a share its title, description and tags, and let it be found by them."""
    row.title, row.description = title, description
    if tags_of(row) != tags:
        existing = {tag.folded: tag for tag in row.tags}
        kept = []
        for position, tag in enumerate(tags):
            one = existing.get(folded(tag)) or TagRow(folded=folded(tag))
            one.tag, one.position = tag, position
            kept.append(one)
        row.tags = kept
    row.search = search_text(row.owner, title, description, tags)


def keep_sql_names(session: Session, share_id: str, notebook: Mapping[str, Any]) -> None:
    """Let a share be found by the SQL sources and tables of its notebook, and no others."""
    session.execute(delete(SqlNameRow).where(SqlNameRow.share_id == share_id))
    session.add_all(
        SqlNameRow(share_id=share_id, source=one.source, name=one.table, position=position)
        for position, one in enumerate(sql_names(notebook))
    )
