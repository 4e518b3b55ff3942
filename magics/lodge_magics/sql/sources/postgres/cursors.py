"""Cursors of psycopg that give rows as they come, and keep the columns of a result without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.generators import fetch

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

__all__ = ["ClientCursor", "Cursor"]

_TUPLES = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.TUPLES_CHUNK)
_DONE = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


def _fetch_known(self: Any, first: bool) -> PQGen[PGresult | None]:
    """Do what the cursor's own does, and keep the columns of a result without rows as well."""
    result: PGresult | None = yield from fetch(self._pgconn)
    if result is None:
        return None
    if result.status in _TUPLES:
        self.pgresult = result
        self._tx.set_pgresult(result, set_loaders=first)
        if first:
            self._make_row = self._make_row_maker()
    elif result.status not in _DONE:
        self._raise_for_result(result)
    if result.status in _DONE:
        while (yield from fetch(self._pgconn)) is not None:
            pass
        return None
    return result


class Cursor(psycopg.Cursor[Any]):
    """Values go to the server beside the text."""

    _stream_fetchone_gen = _fetch_known


class ClientCursor(psycopg.ClientCursor[Any]):
    """Values are quoted by libpq; for statements that take none, or need to know their types."""

    _stream_fetchone_gen = _fetch_known
