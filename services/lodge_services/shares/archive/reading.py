"""Reading shares out of an archive, each as a whole or not at all."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError

from ...db.engine import Database
from ..stores.base import ContentStore
from .errors import ArchiveError
from .models import Imported, Progress, Tell
from .rows import SHARES, Rows, checked_rows, read_rows, write_rows
from .writing import FIRST, FORMAT, LAST, VERSION, named

_SHARE = re.compile(r"shares/([0-9a-z]{1,12})\.json\Z")
_CONTENT = re.compile(r"contents/([0-9a-f]{64})\Z")

LARGEST = 1 << 30
"""Bytes that one piece of an archive may have: it is read as a whole."""


@dataclass(frozen=True)
class _Archive:
    """An archive that is whole: all that it should have is there."""

    tar: tarfile.TarFile
    shares: Mapping[str, tarfile.TarInfo]
    contents: Mapping[str, tarfile.TarInfo]

    def rows(self, share_id: str) -> Rows:
        """Return the rows of a share, checked."""
        member = self.shares[share_id]
        try:
            said = _json(_bytes(self.tar, member))
            return checked_rows(share_id, said.get("tables") if isinstance(said, dict) else None)
        except ArchiveError as error:
            raise ArchiveError(f"{member.name}: {error}") from None

    def content(self, digest: str) -> bytes | None:
        """Return content, None where the archive was written without it."""
        member = self.contents.get(digest)
        if member is None:
            return None
        found = _bytes(self.tar, member)
        if sha256(found).hexdigest() != digest:
            raise ArchiveError(f"{member.name} is damaged")
        return found


def import_shares(database: Database, store: ContentStore, source: Path, tell: Tell) -> Imported:
    """Add the shares of an archive that are not there yet, with their ids.

    Each is added in one transaction, after its content: whatever ends an import, doing it again
    goes on where it was. Of a share that is there nothing is changed but content that the store has
    lost or damaged, or has not yet: that is put back.

    Parameters
    ----------
    database
        Of the newest schema.
    store
        Where the content goes.
    source
        The file.
    tell
        Called with how far it is.

    Raises
    ------
    ArchiveError
        It is no archive, not whole, or of a newer release. Nothing was added if it is not whole.
    StoreUnavailable
        The store can't be asked.
    """
    done = Imported()
    with _opened(source) as archive:
        progress = Progress(len(archive.shares))
        for share_id in archive.shares:
            _import(database, store, archive, share_id, progress, done)
            progress.shares += 1
            tell(progress)
    return done


def _import(
    database: Database,
    store: ContentStore,
    archive: _Archive,
    share_id: str,
    progress: Progress,
    done: Imported,
) -> None:
    rows = archive.rows(share_id)
    with database.read() as session:
        here = read_rows(session, share_id)
    versions = {digest for _row, _what, digest in named(rows)}
    # Of another share by the same id, what it does not name itself is not wanted.
    wanted = versions & {d for _row, _what, d in named(here)} if here[SHARES] else versions
    for digest in sorted(wanted):
        content = archive.content(digest)
        if content is None:
            if share_id not in done.lost:
                done.lost.append(share_id)
            continue
        try:
            store.put(content)
        except OSError as error:
            raise ArchiveError(f"the store can't be written ({error.strerror or error})") from None
        progress.contents += 1
        progress.size += len(content)
    if here[SHARES]:
        same = _digests(rows) == _digests(here)
        (done.same if same else done.other).append(share_id)
        return
    try:
        with database.write() as session:
            write_rows(session, rows)
    except (DataError, IntegrityError) as error:
        raise ArchiveError(f"the database does not take {share_id} ({error.orig})") from None
    done.added.append(share_id)


def _digests(rows: Rows) -> dict[int, str]:
    return {row["number"]: row["digest"] for row in rows["share_versions"]}


@contextmanager
def _opened(source: Path) -> Iterator[_Archive]:
    try:
        with tarfile.open(source, "r:") as tar:
            yield _looked_through(tar)
    except (tarfile.TarError, EOFError) as error:
        raise ArchiveError(f"{source} is no whole archive of shares: {error}") from None
    except OSError as error:
        raise ArchiveError(f"{source} can't be read: {error.strerror or error}") from None
    except ArchiveError as error:
        raise ArchiveError(f"{source} can't be imported: {error}") from None


def _looked_through(tar: tarfile.TarFile) -> _Archive:
    first = tar.next()
    head = _json(_bytes(tar, first)) if first is not None and first.name == FIRST else None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ArchiveError("it is no archive of shares")
    if head.get("version") != VERSION:
        raise ArchiveError(
            f"it is of version {head.get('version')}, and this release reads {VERSION}: take the "
            "release that has written it, or a newer one"
        )
    shares, contents = {}, {}
    last = first
    while (member := tar.next()) is not None:
        last = member
        if found := _SHARE.match(member.name):
            shares[found[1]] = member
        elif found := _CONTENT.match(member.name):
            contents[found[1]] = member
        elif member.name != LAST:
            raise ArchiveError(f"it has {member.name!r:.80}, which no archive of shares has")
    if last is None or last.name != LAST:
        raise ArchiveError("its end is missing: it was not copied as a whole")
    counts = {"shares": len(shares), "contents": len(contents)}
    if _json(_bytes(tar, last)) != counts:
        raise ArchiveError("pieces of it are missing")
    return _Archive(tar, shares, contents)


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not member.isreg() or member.size > LARGEST:
        raise ArchiveError(f"{member.name!r:.80} is no file, or too large")
    file = tar.extractfile(member)
    found = file.read() if file is not None else b""
    if len(found) != member.size:
        raise ArchiveError(f"{member.name} is not whole")
    return found


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"it holds what is no JSON: {error}") from None
