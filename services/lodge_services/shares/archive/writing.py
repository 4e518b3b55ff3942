"""Writing all shares into one file, which is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import json
import os
import tarfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from ...db.engine import Database
from ..stores.base import ContentStore, MissingContent
from ..tables import ShareRow
from .errors import ArchiveError
from .models import Lost, Progress, Tell
from .rows import SHARES, Rows, columns, read_rows, tables

FORMAT, VERSION = "lodge-shares", 1
FIRST, LAST = "lodge-shares.json", "end.json"


def export_shares(
    database: Database, store: ContentStore, target: Path, tell: Tell, *, skip_lost: bool = False
) -> list[Lost]:
    """Write all shares and their content to a file, deleted ones that can be restored too.

    It may go on beside a service that runs: each share is as it was at one moment.

    Parameters
    ----------
    database, store
        Of the shares.
    target
        The file, which must not be there.
    tell
        Called with how far it is.
    skip_lost
        Whether content that is lost or damaged is left out, and its versions written all the same.

    Returns
    -------
    list[Lost]
        What is lost. Nothing was written if something is, unless it was to be left out.

    Raises
    ------
    ArchiveError
        The file can't be written.
    StoreUnavailable
        The store can't be asked.
    """
    with database.read() as session:
        query = select(ShareRow.id).order_by(ShareRow.created_at, ShareRow.id)
        ids = session.scalars(query).all()
    lost: list[Lost] = []
    progress = Progress(len(ids))
    with _whole_or_absent(target) as (file, keep):
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            _add_json(archive, FIRST, _head())
            written: set[str] = set()
            for share_id in ids:
                lost += _share(database, store, archive, share_id, written, progress)
                tell(progress)
            counts = {"shares": progress.shares, "contents": len(written)}
            _add_json(archive, LAST, counts)
        if skip_lost or not lost:
            keep()
    return lost


def _head() -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "lodge": version("lodge-services"),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tables": {table.name: [column.name for column in columns(table)] for table in tables()},
    }


def _share(
    database: Database,
    store: ContentStore,
    archive: tarfile.TarFile,
    share_id: str,
    written: set[str],
    progress: Progress,
) -> Sequence[Lost]:
    """Write a share after its content; return what of it is lost."""
    rows = _rows(database, share_id)
    lost: list[Lost] = []
    for row, what, digest in named(rows):
        if digest in written:
            continue
        try:
            content = store.get(digest)
        except MissingContent as error:
            title = rows[SHARES][0]["title"]
            lost.append(Lost(share_id, title, row["number"], what, error.what))
            continue
        _add(archive, f"contents/{digest}", content)
        written.add(digest)
        progress.contents += 1
        progress.size += len(content)
    if lost and not _rows(database, share_id)[SHARES]:
        return ()  # it was deleted for good meanwhile
    if rows[SHARES]:
        _add_json(archive, f"shares/{share_id}.json", {"tables": rows})
        progress.shares += 1
    return lost


def named(rows: Rows) -> Iterator[tuple[Any, str, str]]:
    """Return the content that versions and proposals name: the row, what it is, its digest."""
    for row in rows.get("share_versions", ()):
        yield row, "notebook", row["digest"]
        for what in ("picture", "environment"):
            if row.get(what) is not None:
                yield row, what, row[what]
    for row in rows.get("share_files", ()):
        yield row, f"file {row['name']}", row["digest"]
    for row in rows.get("share_proposals", ()):
        yield row, "proposal", row["digest"]


def _rows(database: Database, share_id: str) -> Rows:
    with database.read() as session:
        return read_rows(session, share_id)


def _add_json(archive: tarfile.TarFile, name: str, value: Any) -> None:
    _add(archive, name, json.dumps(value, ensure_ascii=False, indent=1).encode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), int(time.time()), 0o600
    archive.addfile(member, io.BytesIO(content))


@contextlib.contextmanager
def _whole_or_absent(target: Path) -> Iterator[tuple[IO[bytes], Any]]:
    """Give a file without a name, and a function that lets it have one at the end.

    A process that is killed leaves nothing of it. Where a disk knows no files without a name, it
    has one that begins with a dot, which the next export takes over.
    """
    kept = False

    def keep() -> None:
        nonlocal kept
        kept = True

    try:
        if target.exists():
            raise ArchiveError(f"{target} is there already, and nothing is written over")
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            file, unfinished = _nameless(target)
            with file:
                try:
                    yield file, keep
                    if kept:
                        file.flush()
                        os.fsync(file.fileno())
                        source = unfinished or Path(f"/proc/self/fd/{file.fileno()}")
                        # By linkat, which alone follows a link, and writes over nothing.
                        os.link(source, target, src_dir_fd=folder, follow_symlinks=True)
                        os.fsync(folder)
                finally:
                    if unfinished is not None:
                        unfinished.unlink(missing_ok=True)
        finally:
            os.close(folder)
    except OSError as error:
        raise ArchiveError(f"{target} can't be written: {error.strerror or error}") from error


def _nameless(target: Path) -> tuple[IO[bytes], Path | None]:
    try:
        descriptor = os.open(target.parent, os.O_TMPFILE | os.O_RDWR, 0o600)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
            raise
        unfinished = target.with_name(f".{target.name}.unfinished")
        file = os.fdopen(os.open(unfinished, os.O_CREAT | os.O_RDWR, 0o600), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise ArchiveError(f"{target} is being written by another export") from None
        file.truncate()
        return file, unfinished
    return os.fdopen(descriptor, "r+b"), None
