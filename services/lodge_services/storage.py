"""A full disk or database: told from other failures."""

from __future__ import annotations

from lodge_runner.storage import is_full as is_disk_full
from sqlalchemy.exc import DBAPIError

from .errors import LodgeError

#: What databases say: SQLite in words, Postgres by its code.
_SQLITE, _POSTGRES = "database or disk is full", "53100"


class StorageFull(LodgeError):  # noqa: N818  (it names what is wrong)
    """There is no room for what is to be kept."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "storage_full",
            "This could not be kept, because Lodge's disk is full; what was kept before is whole. "
            "Ask your administrator to make room, then try again.",
        )


def is_full(error: BaseException | None) -> bool:
    """Tell whether something could not be kept since a disk, a quota or a database is full."""
    if isinstance(error, DBAPIError):
        origin = error.orig
        return _SQLITE in str(origin) or getattr(origin, "sqlstate", "") == _POSTGRES
    return is_disk_full(error)
