"""Sessions of databases: what of one is lost with its connection, and whether that is gone."""

from __future__ import annotations

import re
import select
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SqlError

if TYPE_CHECKING:
    from lodge_magics.sql.bind import Bound

__all__ = ["RECONNECTED", "begins", "has_ended", "keeps_nothing", "lost_session"]

RECONNECTED = "The server had closed the idle connection, so this is a new one"
# Statements that change rows or definitions, which all sessions see, and those of transactions,
# which servers tell of.
_LEAVING = {
    *("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "CREATE", "DROP", "ALTER", "TRUNCATE"),
    *("COMMENT", "GRANT", "REVOKE", "ANALYZE", "VACUUM", "OPTIMIZE", "REFRESH", "RENAME"),
    *("BEGIN", "START", "COMMIT", "ROLLBACK", "END", "SAVEPOINT", "RELEASE", "KILL", "WITH"),
}
# What a session keeps for itself: temporary tables, variables, locks, settings, sequences' values,
# and the number it is known by.
_KEPT = re.compile(
    r"@|\b(temp|temporary|get_lock|set_config|last_insert_id|found_rows|connection_id|nextval|setval|"
    r"pg_(try_)?advisory\w*|pg_temp)\b",
    re.IGNORECASE,
)


def keeps_nothing(bound: Bound) -> bool:
    """Tell whether a statement surely leaves nothing in its session that would be lost with it.

    Parameters
    ----------
    bound
        The statement.
    """
    if _KEPT.search(bound.text):
        return False
    word = re.match(r"\W*(\w+)", bound.text)
    return bound.asks or (word is not None and word[1].upper() in _LEAVING)


def begins(bound: Bound) -> bool:
    """Tell whether a statement begins a transaction, for drivers that do not tell of one.

    Parameters
    ----------
    bound
        The statement.
    """
    word = re.match(r"\W*(\w+)", bound.text)
    return word is not None and word[1].upper() in ("BEGIN", "START")


def has_ended(connection: Any, wait: float = 0) -> bool:
    """Tell whether a server has hung up, or has said something to a client that asked nothing.

    Parameters
    ----------
    connection
        A socket, or what has its number.
    wait
        Seconds to wait for that; default 0.
    """
    try:
        return bool(select.select([connection], [], [], wait)[0])
    except (OSError, ValueError):
        return True


def lost_session(name: str) -> SqlError:
    """Return what is told where a session is gone with something in it.

    Parameters
    ----------
    name
        The source's.
    """
    return SqlError(
        f"The query failed on {name}: the server has closed the idle connection, and what the "
        "session had is gone with it (settings, temporary tables, an open transaction); run the "
        "cell that made them again, then this one."
    )
