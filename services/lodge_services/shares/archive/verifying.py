"""Whether the store has all that shares name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from ...db.engine import Database
from ..stores.base import ContentStore, MissingContent
from ..tables import ShareRow, VersionRow
from .models import Lost, Progress, Tell
from .rows import read_rows
from .writing import named


def verify(database: Database, store: ContentStore, tell: Tell) -> list[Lost]:
    """Read notebooks, files and pictures of all versions; return those that are lost or damaged.

    Deleted shares that can still be restored count.

    Parameters
    ----------
    database, store
        Of the shares.
    tell
        Called with how far it is.

    Raises
    ------
    StoreUnavailable
        The store can't be asked.
    """
    with database.read() as session:
        query = select(ShareRow.id, ShareRow.title).order_by(ShareRow.created_at, ShareRow.id)
        shares = session.execute(query).all()
    progress = Progress(len(shares))
    known: dict[str, str] = {}
    lost: list[Lost] = []
    for share_id, title in shares:
        for number, what, digest in _named(database, share_id):
            if digest not in known:
                known[digest] = _damage(store, digest, progress)
                tell(progress)
            if known[digest] and _is_named(database, share_id, digest):
                lost.append(Lost(share_id, title, number, what, known[digest]))
        progress.shares += 1
        tell(progress)
    return lost


def newest_is_there(database: Database, store: ContentStore) -> bool:
    """Tell whether the store has the notebook that was shared last; an empty database has none.

    Raises
    ------
    StoreUnavailable
        The store can't be asked.
    """
    query = select(VersionRow.digest).order_by(VersionRow.created_at.desc()).limit(1)
    with database.read() as session:
        digest = session.scalar(query)
    try:
        if digest is not None:
            store.get(digest)
    except MissingContent:
        return False
    return True


def _named(database: Database, share_id: str) -> Iterator[tuple[int, str, str]]:
    with database.read() as session:
        rows = read_rows(session, share_id)
    for row, what, digest in named(rows):
        yield row["number"], what, digest


def _is_named(database: Database, share_id: str, digest: str) -> bool:
    """Tell whether a share is still there, and what is missing is missed."""
    return digest in {one for _number, _what, one in _named(database, share_id)}


def _damage(store: ContentStore, digest: str, progress: Progress) -> str:
    """Return what is wrong with content, "" where nothing is."""
    try:
        progress.size += len(store.get(digest))
    except MissingContent as error:
        return error.what
    progress.contents += 1
    return ""
