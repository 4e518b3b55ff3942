"""COPY to and from the client, which the driver refuses after the server has begun it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

__all__ = ["COPY", "end_copy", "is_copy"]

COPY = (
    "COPY FROM STDIN and COPY TO STDOUT copy data from and to a program that waits for it, and a "
    "cell is none; use SELECT or INSERT, or a file of the server's."
)


def is_copy(error: BaseException) -> bool:
    """Tell whether an error is the driver's refusal of a COPY.

    Parameters
    ----------
    error
        Of psycopg.
    """
    return isinstance(error, psycopg.ProgrammingError) and str(error).startswith("COPY cannot be")


def end_copy(connection: PGconn) -> None:
    """End a COPY that was begun, so that the connection takes statements again.

    Parameters
    ----------
    connection
        Of libpq, in whatever state.
    """
    if connection.transaction_status != pq.TransactionStatus.ACTIVE:
        return
    with contextlib.suppress(psycopg.Error):
        # Each of them fails where the other is under way.
        connection.put_copy_end(b"%%sql copies no data from or to a cell")
    with contextlib.suppress(psycopg.Error):
        while connection.get_copy_data(0)[0] > 0:
            pass
    with contextlib.suppress(psycopg.Error):
        while connection.get_result() is not None:
            pass
