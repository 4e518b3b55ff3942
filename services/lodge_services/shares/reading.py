"""Reading shares, for those who may: to others they are not there. Knows no HTTP."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..clock import Clock
from ..db.engine import Database
from ..errors import Forbidden, NotFound
from .listing import Listing
from .models import Actor, Share, Version
from .readers import may_change, may_read, visible_to
from .rows import run_of, share_of
from .stores.base import ContentStore, MissingContent
from .tables import ShareRow, VersionRow

UNDO_TIME = timedelta(days=7)
"""How long a deleted share can be restored."""


class Reading(Listing):
    """All shares, to be read.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    store
        Where notebooks, files and pictures are kept.
    clock
        Gives the time now.
    """

    def __init__(self, database: Database, store: ContentStore, clock: Clock) -> None:
        super().__init__(database)
        self.store = store
        self.clock = clock

    def get(self, actor: Actor, share_id: str) -> Share:
        """Return a share.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        with self.database.read() as session:
            return share_of(*self._find(session, actor, share_id))

    def readable(self, actor: Actor, share_ids: Collection[str]) -> frozenset[str]:
        """Return those of some shares' ids that `actor` may read."""
        query = select(ShareRow.id).where(
            ShareRow.id.in_(sorted(share_ids)), ShareRow.deleted_at.is_(None), *visible_to(actor)
        )
        with self.database.read() as session:
            return frozenset(session.scalars(query))

    def deleted(self, actor: Actor, share_id: str) -> Share | None:
        """Return a share that `actor` can restore, or None."""
        with self.database.read() as session:
            try:
                share = share_of(*self._find(session, actor, share_id, deleted=True))
            except NotFound:
                return None
        return share if share.deleted_at is not None else None

    def owned(self, actor: Actor, share_id: str) -> Share:
        """Return a share that `actor` may change, one as well whose deletion can be undone.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        Forbidden
            It belongs to somebody else.
        """
        with self.database.read() as session:
            row, version = self._find(session, actor, share_id, deleted=True)
            check_owner(row, actor)
            return share_of(row, version)

    def versions(
        self, actor: Actor, share_id: str, *, before: int | None = None, limit: int | None = None
    ) -> Sequence[Version]:
        """Return versions of a share, newest first.

        Parameters
        ----------
        actor
            Who asks.
        share_id
            Of the share.
        before
            Only those older than the version of this number. None: all.
        limit
            At most so many. None: all.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        query = (
            select(VersionRow)
            .where(VersionRow.share_id == share_id)
            .order_by(VersionRow.number.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(VersionRow.number < before)
        with self.database.read() as session:
            self._find(session, actor, share_id)
            return [_version(row) for row in session.scalars(query)]

    def version(self, actor: Actor, share_id: str, number: int) -> Version:
        """Return a version of a share.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        with self.database.read() as session:
            self._find(session, actor, share_id)
            return _version(version_row(session, share_id, number))

    def content(self, actor: Actor, share_id: str, number: int) -> bytes:
        """Return the notebook of a version, as canonical JSON.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        with self.database.read() as session:
            self._find(session, actor, share_id)
            digest = version_row(session, share_id, number).digest
        return self.store.get(digest)

    def notebook(self, actor: Actor, share_id: str, number: int) -> dict[str, Any]:
        """Return the notebook of a version.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        notebook: dict[str, Any] = json.loads(self.content(actor, share_id, number))
        return notebook

    def parsed(self, digest: str) -> dict[str, Any]:
        """Return a notebook out of the store; whose to read is checked before."""
        notebook: dict[str, Any] = json.loads(self.store.get(digest))
        return notebook

    def environment(self, actor: Actor, share_id: str, number: int) -> dict[str, Any] | None:
        """Return what the notebook of a version ran with; None where nobody has told.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        with self.database.read() as session:
            self._find(session, actor, share_id)
            digest = version_row(session, share_id, number).environment
        if digest is None:
            return None
        try:
            found: dict[str, Any] = json.loads(self.store.get(digest))
        except MissingContent:
            # Without it the notebook is read all the same.
            return None
        return found

    def picture(self, actor: Actor, share_id: str, number: int) -> tuple[str, bytes]:
        """Return MIME type and bytes of a version's first picture.

        Raises
        ------
        NotFound
            There is no such share or version that `actor` may read, or it has no picture.
        """
        with self.database.read() as session:
            self._find(session, actor, share_id)
            row = version_row(session, share_id, number)
            if row.picture is None or row.picture_type is None:
                raise NotFound("no_picture", "This version has no picture.")
        return row.picture_type, self.store.get(row.picture)

    def row(self, session: Session, actor: Actor, share_id: str) -> ShareRow:
        """Return a share's row, which nobody else changes until the transaction ends.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        return self._find(session, actor, share_id, lock=True)[0]

    def _find(
        self,
        session: Session,
        actor: Actor,
        share_id: str,
        *,
        lock: bool = False,
        deleted: bool = False,
    ) -> tuple[ShareRow, VersionRow]:
        query = select(ShareRow).where(ShareRow.id == share_id)
        if lock:
            query = query.with_for_update()
        row = session.execute(query).scalar_one_or_none()
        if row is not None and row.deleted_at is not None:
            lost = row.deleted_at < self.clock() - UNDO_TIME
            row = row if deleted and not lost and may_change(row, actor) else None
        if row is None or not may_read(row, actor):
            raise no_such_share()
        return row, version_row(session, share_id, row.latest)


def _version(row: VersionRow) -> Version:
    return Version(
        row.number,
        row.digest,
        row.created_at,
        row.author,
        row.coauthor,
        row.environment is not None,
        run_of(row),
    )


def no_such_share() -> NotFound:
    """Return what somebody is told of a share that is not there for them."""
    return NotFound(
        "share_not_found",
        "There is no such share that you may read; it may have been deleted, or its owner shares "
        "it with others only.",
    )


def check_owner(row: ShareRow, actor: Actor) -> None:
    """Let owners and administrators pass.

    Raises
    ------
    Forbidden
        It belongs to somebody else.
    """
    if not may_change(row, actor):
        raise Forbidden("not_owner", f"Only {row.owner} may change this share; fork it instead.")


def version_row(session: Session, share_id: str, number: int) -> VersionRow:
    """Return a version's row, of a share that was found.

    Raises
    ------
    NotFound
        The share has no such version.
    """
    # larger numbers are no integers to some databases
    row = session.get(VersionRow, (share_id, number)) if 0 < number < 2**31 else None
    if row is None:
        raise NotFound("version_not_found", f"This share has no version {number}.")
    return row
