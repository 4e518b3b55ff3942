"""Shares: publishing, reading, changing and deleting. Knows no HTTP.

Invariants
----------
- A row is written only after its content is safely in the store, so no reader ever sees a share
  whose notebook is missing or half-written.
- Versions are never changed; a changed notebook is a new version.
- Who may read and who may change a share is decided here, not by who calls: one that somebody may
  not read is not there for them.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from lodge_runner.secrets_found import find_secrets
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ..clock import Clock, utc_now
from ..db.engine import Database
from ..errors import BadRequest, Forbidden, NotFound
from ..texts import folded
from .listing import Listing
from .models import Actor, Readers, Share, Version, cells_text, search_text
from .notebooks import Canonical, Origin, canonical, first_picture, origin_of
from .publications.rows import ask_again
from .readers import keep_readers, may_read, readers_of
from .rows import keep_sql_names, share_of, tags_of
from .store import ContentStore
from .tables import PublicationRow, ShareRow, TagRow, TicketRow, VersionRow

UNDO_TIME = timedelta(days=7)
"""How long a deleted share can be restored."""

_ALPHABET = string.digits + string.ascii_lowercase


class Shares(Listing):
    """All shares.

    Parameters
    ----------
    database
        Migrated to the newest schema.
    store
        Where notebooks and pictures are kept.
    clock
        Gives the time now.
    refuse_secrets
        Whether notebooks with secrets in them are refused.
    """

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        clock: Clock = utc_now,
        *,
        refuse_secrets: bool = False,
    ) -> None:
        super().__init__(database)
        self.store = store
        self.clock = clock
        self._refuse_secrets = refuse_secrets

    # Publishing and changing

    def create(
        self,
        actor: Actor,
        *,
        title: str,
        notebook: Mapping[str, Any],
        description: str = "",
        tags: Sequence[str] = (),
        readers: Readers = Readers(),  # noqa: B008  (never changes)
    ) -> Share:
        """Publish a notebook as version 1 of a new share of `actor`.

        Raises
        ------
        BadRequest
            The notebook is not valid, or has secrets in it where that is refused.
        """
        content = self._canonical(notebook)
        now = self.clock()
        row = ShareRow(
            id="".join(secrets.choice(_ALPHABET) for _ in range(12)),
            owner=actor.name,
            latest=1,
            forks=0,
            created_at=now,
            updated_at=now,
            deleted_at=None,
            cells=cells_text(content.notebook),
        )
        _describe(row, title, description, tuple(tags))
        keep_readers(row, readers)
        version = self._version(row.id, 1, content, now)
        with self.database.write() as session:
            origin = self._known_origin(session, actor, origin_of(notebook))
            if origin is not None:
                row.forked_from_id, row.forked_from_version = origin.share_id, origin.version
            session.add(row)
            session.flush()
            session.add(version)
            keep_sql_names(session, row.id, content.notebook)
            return share_of(row, version)

    def update(
        self,
        actor: Actor,
        share_id: str,
        *,
        title: str | None = None,
        description: str | None = None,
        tags: Sequence[str] | None = None,
        notebook: Mapping[str, Any] | None = None,
        readers: Readers | None = None,
    ) -> Share:
        """Change what is given; a notebook with other content becomes a new version.

        Raises
        ------
        NotFound
            There is no such share.
        Forbidden
            It belongs to somebody else.
        BadRequest
            The notebook is not valid, or has secrets in it where that is refused.
        """
        content = self._canonical(notebook) if notebook is not None else None
        now = self.clock()
        # put the content into the store before the write lock is taken
        prepared = self._version(share_id, 0, content, now) if content is not None else None
        with self.database.write() as session:
            row, version = self._find(session, actor, share_id, lock=True)
            _check_owner(row, actor)
            before = (row.title, row.description, tags_of(row), row.latest, readers_of(row))
            if readers is not None:
                keep_readers(row, readers)
            _describe(
                row,
                row.title if title is None else title,
                row.description if description is None else description,
                tags_of(row) if tags is None else tuple(tags),
            )
            if content and prepared is not None and prepared.digest != version.digest:
                row.latest += 1
                prepared.number = row.latest
                row.cells = cells_text(content.notebook)
                keep_sql_names(session, row.id, content.notebook)
                session.add(prepared)
                version = prepared
            if before != (row.title, row.description, tags_of(row), row.latest, readers_of(row)):
                row.updated_at = now
                ask_again(session, row.id, now)
            return share_of(row, version)

    def delete(self, actor: Actor, share_id: str) -> Share:
        """Take a share out of everyone's sight; it can be restored for `UNDO_TIME`.

        Raises
        ------
        NotFound
            There is no such share.
        Forbidden
            It belongs to somebody else.
        """
        with self.database.write() as session:
            row, version = self._find(session, actor, share_id, lock=True)
            _check_owner(row, actor)
            row.deleted_at = self.clock()
            ask_again(session, row.id, row.deleted_at)
            return share_of(row, version)

    def restore(self, actor: Actor, share_id: str) -> Share:
        """Undo the deletion of a share; one that is not deleted stays as it is.

        Raises
        ------
        NotFound
            There is no such share, or it was deleted too long ago.
        Forbidden
            It belongs to somebody else.
        """
        with self.database.write() as session:
            row, version = self._find(session, actor, share_id, lock=True, deleted=True)
            _check_owner(row, actor)
            row.deleted_at = None
            ask_again(session, row.id, self.clock())
            return share_of(row, version)

    # Reading

    def get(self, actor: Actor, share_id: str) -> Share:
        """Return a share.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        with self.database.read() as session:
            return share_of(*self._find(session, actor, share_id))

    def deleted(self, actor: Actor, share_id: str) -> Share | None:
        """Return a share that `actor` can restore, or None."""
        with self.database.read() as session:
            try:
                share = share_of(*self._find(session, actor, share_id, deleted=True))
            except NotFound:
                return None
        return share if share.deleted_at is not None and share.may_change(actor) else None

    def versions(self, actor: Actor, share_id: str) -> Sequence[Version]:
        """Return all versions of a share, newest first.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        query = (
            select(VersionRow)
            .where(VersionRow.share_id == share_id)
            .order_by(VersionRow.number.desc())
        )
        with self.database.read() as session:
            self._find(session, actor, share_id)
            return [
                Version(row.number, row.digest, row.created_at) for row in session.scalars(query)
            ]

    def content(self, actor: Actor, share_id: str, number: int) -> bytes:
        """Return the notebook of a version, as canonical JSON.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        with self.database.read() as session:
            self._find(session, actor, share_id)
            return self.store.get(_version_row(session, share_id, number).digest)

    def notebook(self, actor: Actor, share_id: str, number: int) -> dict[str, Any]:
        """Return the notebook of a version.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        notebook: dict[str, Any] = json.loads(self.content(actor, share_id, number))
        return notebook

    def picture(self, actor: Actor, share_id: str, number: int) -> tuple[str, bytes]:
        """Return MIME type and bytes of a version's first picture.

        Raises
        ------
        NotFound
            There is no such share or version that `actor` may read, or it has no picture.
        """
        with self.database.read() as session:
            self._find(session, actor, share_id)
            row = _version_row(session, share_id, number)
            if row.picture is None or row.picture_type is None:
                raise NotFound("no_picture", "This version has no picture.")
            return row.picture_type, self.store.get(row.picture)

    # Housekeeping

    def purge(self, wikis: Collection[str] = ()) -> int:
        """Delete for good what was deleted before `UNDO_TIME`; return how many shares.

        Parameters
        ----------
        wikis
            Those that are served: what one of them has yet to be told of stays until then.
        """
        border = self.clock() - UNDO_TIME
        with self.database.write() as session:
            session.execute(
                delete(TicketRow).where(TicketRow.expires_at < self.clock() - timedelta(days=1))
            )
            # A wiki that is down has to say first that it is no longer shared.
            owed = select(PublicationRow.share_id).where(
                PublicationRow.state == "waiting", PublicationRow.wiki.in_(list(wikis))
            )
            found = select(ShareRow).where(ShareRow.deleted_at < border, ShareRow.id.not_in(owed))
            old = session.scalars(found).all()
            for row in old:
                session.delete(row)
        self.store.sweep(self._is_wanted)
        return len(old)

    def _is_wanted(self, digest: str) -> bool:
        query = select(VersionRow.number).where(
            or_(VersionRow.digest == digest, VersionRow.picture == digest)
        )
        with self.database.read() as session:
            return session.execute(query.limit(1)).first() is not None

    # Pieces

    def _canonical(self, notebook: Mapping[str, Any]) -> Canonical:
        content = canonical(notebook)
        secrets = find_secrets(content.notebook) if self._refuse_secrets else []
        if secrets:
            named = [f"{one.kind} in cell {one.cell + 1}" for one in secrets[:5]]
            raise BadRequest(
                "secrets_found",
                f"It holds what looks like secrets ({', '.join(named)}), and Lodge's administrator "
                "lets none be shared; take them out of sources and outputs, then share it again.",
            )
        return content

    def _version(self, share_id: str, number: int, content: Canonical, now: datetime) -> VersionRow:
        self.store.put(content.content)
        picture = first_picture(content.notebook)
        return VersionRow(
            share_id=share_id,
            number=number,
            digest=content.digest,
            picture=self.store.put(picture[1]) if picture else None,
            picture_type=picture[0] if picture else None,
            created_at=now,
        )

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
            row = row if deleted and not lost else None
        if row is None or not may_read(row, actor):
            raise no_such_share()
        return row, _version_row(session, share_id, row.latest)

    def _known_origin(self, session: Session, actor: Actor, origin: Origin | None) -> Origin | None:
        """Return a version that there is; nobody finds out so about what they may not read."""
        if origin is None:
            return None
        known = session.get(VersionRow, (origin.share_id, origin.version))
        row = session.get(ShareRow, origin.share_id) if known is not None else None
        return origin if row is not None and may_read(row, actor) else None


def no_such_share() -> NotFound:
    """Return what somebody is told of a share that is not there for them."""
    return NotFound(
        "share_not_found",
        "There is no such share that you may read; it may have been deleted, or its owner shares "
        "it with others only.",
    )


def _version_row(session: Session, share_id: str, number: int) -> VersionRow:
    # larger numbers are no integers to some databases
    row = session.get(VersionRow, (share_id, number)) if 0 < number < 2**31 else None
    if row is None:
        raise NotFound("version_not_found", f"This share has no version {number}.")
    return row


def _describe(row: ShareRow, title: str, description: str, tags: tuple[str, ...]) -> None:
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


def _check_owner(row: ShareRow, actor: Actor) -> None:
    if row.owner != actor.name and not actor.admin:
        raise Forbidden(
            "not_owner", f"Only {row.owner}, who shared this, may change it; fork it instead."
        )
