"""Shares: publishing, changing and deleting. Knows no HTTP.

Invariants
----------
- A row is written only after its content is safely in the store, so no reader ever sees a share
  whose notebook is missing or half-written.
- Versions are never changed; a changed notebook is a new version.
- Who may read and who may change a share is decided here, not by who calls: one that somebody may
  not read is not there for them.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from ..errors import Conflict
from .events import note
from .files.models import NamedFile
from .files.rows import chosen, files_of, keep_files
from .intake import Intake
from .models import LODGE, Actor, Readers, Share, cells_text
from .notebooks import origin_of
from .publications.rows import ask_again
from .readers import details_of, keep_readers, known_origin, readers_of
from .reading import UNDO_TIME, check_owner, version_row
from .rows import describe, keep_sql_names, share_of, tags_of
from .tables import FileRow, ProposalRow, PublicationRow, ShareRow, TicketRow, VersionRow

_ALPHABET = string.digits + string.ascii_lowercase


class Shares(Intake):
    """All shares; takes what `Intake` takes."""

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
        environment: Mapping[str, Any] | None = None,
        files: Sequence[NamedFile] = (),
    ) -> Share:
        """Publish a notebook as version 1 of a new share of `actor`.

        Raises
        ------
        BadRequest
            The notebook is not valid, or has secrets in it where that is refused; or the bytes of
            a file were not sent.
        TooLarge
            The files are.
        """
        content, now = self.checked(notebook), self.clock()
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
        describe(row, title, description, tuple(tags))
        keep_readers(row, readers)
        version = self.stored(row.id, 1, content, actor, now)
        version.environment = self.kept_environment(environment)
        with self.database.write() as session:
            origin = known_origin(session, actor, origin_of(notebook))
            if origin is not None:
                row.forked_from_id, row.forked_from_version = origin.share_id, origin.version
            session.add(row)
            session.flush()
            session.add(version)
            kept = chosen(session, actor, row.id, files, self._limits, now)
            keep_files(session, row.id, 1, kept)
            keep_sql_names(session, row.id, content.notebook)
            note(session, row, actor, "shared", now, readers=details_of(readers))
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
        environment: Mapping[str, Any] | None = None,
        files: Sequence[NamedFile] | None = None,
        coauthor: str = "",
        newest: int | None = None,
        besides: Callable[[Session, ShareRow], None] | None = None,
    ) -> Share:
        """Change what is given; a notebook with other content or files becomes a new version.

        Parameters
        ----------
        actor
            Who changes it.
        share_id
            Of the share.
        title, description, tags, notebook, readers
            What it gets; None leaves what there is.
        environment
            What the notebook ran with, where it becomes a new version.
        files
            That a notebook comes with; None keeps those of the newest version.
        coauthor
            Whose changes the notebook has taken over, if not the actor's own.
        newest
            The version that the actor has seen as the newest.
        besides
            Done at the end of the same transaction.

        Raises
        ------
        NotFound
            There is no such share.
        Forbidden
            It belongs to somebody else.
        BadRequest
            The notebook is not valid, or has secrets in it where that is refused; or the bytes of
            a file were not sent.
        TooLarge
            The files are.
        Conflict
            There is a newer version than `newest`.
        """
        content = self.checked(notebook) if notebook is not None else None
        now = self.clock()
        # put the content into the store before the write lock is taken
        prepared = self.stored(share_id, 0, content, actor, now) if content is not None else None
        ran_with = self.kept_environment(environment) if content is not None else None
        with self.database.write() as session:
            row, version = self._find(session, actor, share_id, lock=True)
            check_owner(row, actor)
            if newest is not None and row.latest != newest:
                raise Conflict(
                    "newer_version", "There is a newer version by now; look at that first."
                )
            before = (row.title, row.description, tags_of(row), row.latest, readers_of(row))
            if readers is not None:
                keep_readers(row, readers)
            describe(
                row,
                row.title if title is None else title,
                row.description if description is None else description,
                tags_of(row) if tags is None else tuple(tags),
            )
            kept = there = files_of(session, share_id, row.latest)
            if files is not None:
                kept = chosen(session, actor, share_id, files, self._limits, now)
            same = prepared is None or (prepared.digest, kept) == (version.digest, there)
            if content and prepared is not None and not same:
                row.latest += 1
                prepared.number, prepared.coauthor = row.latest, coauthor
                prepared.environment = ran_with
                row.cells = cells_text(content.notebook)
                keep_sql_names(session, row.id, content.notebook)
                session.add(prepared)
                keep_files(session, row.id, row.latest, kept)
                version = prepared
            after = (row.title, row.description, tags_of(row), row.latest, readers_of(row))
            if before[3] != after[3]:
                made = {"version": row.latest, **({"coauthor": coauthor} if coauthor else {})}
                note(session, row, actor, "version", now, **made)
            if before[:3] != after[:3]:
                note(session, row, actor, "details", now)
            if before[4] != after[4]:
                note(session, row, actor, "readers", now, readers=details_of(after[4]))
            if before != after:
                row.updated_at = now
                ask_again(session, row.id, now, _as_owner(row, actor))
            if besides is not None:
                besides(session, row)
            return share_of(row, version)

    def restore_version(self, actor: Actor, share_id: str, number: int) -> Share:
        """Make the content of an older version the newest, as a version of its own.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        Forbidden
            It belongs to somebody else.
        BadRequest
            It has secrets in it where that is refused.
        """
        content, now = self.checked(self.notebook(actor, share_id, number)), self.clock()
        with self.database.write() as session:
            row, newest = self._find(session, actor, share_id, lock=True)
            check_owner(row, actor)
            old = version_row(session, share_id, number)
            files = files_of(session, share_id, number)
            same = old.digest == newest.digest
            if same and files == files_of(session, share_id, row.latest):
                return share_of(row, newest)
            row.latest += 1
            made = VersionRow(
                share_id=share_id,
                number=row.latest,
                digest=old.digest,
                picture=old.picture,
                picture_type=old.picture_type,
                environment=old.environment,
                author=actor.name,
                created_at=now,
            )
            row.cells, row.updated_at = cells_text(content.notebook), now
            keep_sql_names(session, row.id, content.notebook)
            session.add(made)
            keep_files(session, share_id, row.latest, files)
            note(session, row, actor, "version", now, version=row.latest, restored=number)
            ask_again(session, row.id, now, _as_owner(row, actor))
            return share_of(row, made)

    def transfer(self, actor: Actor, share_id: str, owner: str) -> Share:
        """Give a share to another owner, who is known to be there; who had it may still read it.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        Forbidden
            It belongs to somebody else.
        """
        now = self.clock()
        with self.database.write() as session:
            row, version = self._find(session, actor, share_id, lock=True)
            check_owner(row, actor)
            before, readers = row.owner, readers_of(row)
            if before == owner:
                return share_of(row, version)
            row.owner, row.updated_at = owner, now
            # One's own account in a wiki writes nothing of somebody else's, and who is given a
            # share has not asked for its pages yet.
            session.execute(
                update(PublicationRow)
                .where(PublicationRow.share_id == share_id)
                .values(asked_by="")
            )
            if not readers.everyone:
                keep_readers(row, replace(readers, people=readers.people | {before}))
            describe(row, row.title, row.description, tags_of(row))
            note(session, row, actor, "transferred", now, before=before, after=owner)
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
            check_owner(row, actor)
            row.deleted_at = self.clock()
            note(session, row, actor, "deleted", row.deleted_at)
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
            check_owner(row, actor)
            if row.deleted_at is not None:
                note(session, row, actor, "restored", self.clock())
            row.deleted_at = None
            ask_again(session, row.id, self.clock())
            return share_of(row, version)

    # Housekeeping

    def purge(self, wikis: Collection[str] = ()) -> int:
        """Delete for good what was deleted before `UNDO_TIME`; return how many shares.

        Parameters
        ----------
        wikis
            Those that are served: what one of them has yet to be told of stays until then.
        """
        now = self.clock()
        border = now - UNDO_TIME
        with self.database.write() as session:
            session.execute(delete(TicketRow).where(TicketRow.expires_at < now - timedelta(days=1)))
            # A wiki that is down has to say first that it is no longer shared.
            owed = select(PublicationRow.share_id).where(
                PublicationRow.state == "waiting", PublicationRow.wiki.in_(list(wikis))
            )
            found = select(ShareRow).where(ShareRow.deleted_at < border, ShareRow.id.not_in(owed))
            old = session.scalars(found).all()
            for row in old:
                note(session, row, LODGE, "purged", now)
                session.delete(row)
        self.store.sweep(self._is_wanted)
        return len(old)

    def _is_wanted(self, digest: str) -> bool:
        version = select(VersionRow.number).where(
            or_(
                VersionRow.digest == digest,
                VersionRow.picture == digest,
                VersionRow.environment == digest,
            )
        )
        proposal = select(ProposalRow.number).where(ProposalRow.digest == digest)
        file = select(FileRow.number).where(FileRow.digest == digest)
        with self.database.read() as session:
            return any(session.execute(one.limit(1)).first() for one in (version, proposal, file))


def _as_owner(row: ShareRow, actor: Actor) -> str:
    """Return who changes a share, where it is their own; "" for an administrator."""
    return actor.name if actor.name == row.owner else ""
