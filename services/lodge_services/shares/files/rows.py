"""Rows of files, within the transaction that writes the version whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import BadRequest, TooLarge
from ..models import Actor
from ..tables import FileRow, UploadRow
from .models import File, Limits, NamedFile, size_text, why_not_together

UPLOAD_TIME = timedelta(minutes=20)
"""How long bytes that were sent wait for their share; the store keeps them for longer than that."""


def files_of(session: Session, share_id: str, number: int) -> tuple[File, ...]:
    """Return the files of a version, by name."""
    query = select(FileRow).where(FileRow.share_id == share_id, FileRow.number == number)
    rows = session.scalars(query)
    return tuple(sorted(File(row.name, row.digest, row.size) for row in rows))


def chosen(
    session: Session,
    actor: Actor,
    share_id: str,
    named: Sequence[NamedFile],
    limits: Limits,
    now: datetime,
) -> tuple[File, ...]:
    """Return files that `actor` may keep with a version of a share, by name.

    A digest opens nothing: it counts where the actor has sent its bytes, or the share has them.

    Raises
    ------
    BadRequest
        They can't lie beside each other, or the bytes of one were not sent.
    TooLarge
        They are larger than they may be.
    """
    if why := why_not_together([one.name for one in named]):
        raise BadRequest("files_refused", f"The files can't be kept: {why}.")
    known = sizes(session, actor, share_id, {one.digest for one in named}, now)
    found = []
    for one in named:
        if one.digest not in known:
            raise BadRequest(
                "file_not_sent",
                f"The bytes of {one.name} were not sent, or too long ago; share it again.",
            )
        found.append(File(one.name, one.digest, known[one.digest]))
    for file in found:
        check_size(file.size, limits, file.name)
    together = sum(file.size for file in found)
    if together > limits.all:
        raise TooLarge(
            "files_too_large",
            f"The files have {size_text(together)} together, and {size_text(limits.all)} are the "
            "most that can be shared with a notebook; leave some out.",
        )
    return tuple(sorted(found))


def keep_files(session: Session, share_id: str, number: int, files: Sequence[File]) -> None:
    """Write the files of a new version."""
    session.flush()
    session.add_all(
        FileRow(share_id=share_id, number=number, name=one.name, digest=one.digest, size=one.size)
        for one in files
    )


def check_size(size: int, limits: Limits, name: str = "") -> None:
    """Let a file pass that is not too large.

    Raises
    ------
    TooLarge
        It is.
    """
    if size > limits.each:
        raise TooLarge(
            "file_too_large",
            f"{name or 'The file'} has {size_text(size)}, and {size_text(limits.each)} are the "
            "most of a file that can be shared; leave it out, or share a part of it.",
        )


def sizes(
    session: Session, actor: Actor, share_id: str, digests: set[str], now: datetime
) -> dict[str, int]:
    """Return how large those files are whose bytes `actor` may keep with a version of a share."""
    if not digests:
        return {}
    sent = select(UploadRow.digest, UploadRow.size).where(
        UploadRow.person == actor.name,
        UploadRow.digest.in_(digests),
        UploadRow.at > now - UPLOAD_TIME,
    )
    there = select(FileRow.digest, FileRow.size).where(
        FileRow.share_id == share_id, FileRow.digest.in_(digests)
    )
    return {digest: size for query in (sent, there) for digest, size in session.execute(query)}
