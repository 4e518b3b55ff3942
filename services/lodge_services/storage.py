"""A full disk or database: told from other failures."""

from __future__ import annotations

from lodge_runner.storage import is_full as is_disk_full
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

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


def why_closed(url: str, error: SQLAlchemyError | OSError) -> str:
    """Return a sentence on why a service can't open its database, and what to do.

    Parameters
    ----------
    url
        Of the database.
    error
        What was raised.
    """
    parsed = make_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    where = parsed.database if sqlite else parsed.render_as_string(hide_password=True)
    if is_full(error):
        return f"The database {where} can't be opened, because its disk is full: make room there."
    reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    what = (
        "`lodge doctor` says whether it is damaged, and `lodge doctor --repair` restores it"
        if sqlite
        else "see that its server runs, and that it lets Lodge in"
    )
    return f"The database {where} can't be opened ({reason}): {what}."
