"""Rows of a share as JSON, of whatever tables the model has.

A table belongs to shares if its rows name one. What a release adds to the model is in its archives
by itself; what an archive does not have yet gets the column's default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Date, Integer, String, Table, insert, select
from sqlalchemy.orm import Session

from ...db.engine import UtcDateTime, WholeJson
from ...texts import whole
from ..tables import ShareRow, SharesBase, TicketRow
from .errors import ArchiveError

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Of a share: by table, by column."""

#: Good for ten minutes, and for the Lodge that has handed them out alone.
_LEFT_OUT = {TicketRow.__tablename__}

SHARES = ShareRow.__tablename__


def tables() -> Sequence[Table]:
    """Return the tables with rows of shares, those first that others lead to."""
    return [
        table
        for table in SharesBase.metadata.sorted_tables
        if table.name not in _LEFT_OUT and (table.name == SHARES or _naming(table) is not None)
    ]


def columns(table: Table) -> Sequence[Column[Any]]:
    """Return the columns that archives have: all but numbers that a database gives by itself."""
    return [column for column in table.columns if column is not table.autoincrement_column]


def read_rows(session: Session, share_id: str) -> Rows:
    """Return all rows of a share as JSON has them; none of ``shares`` where there is none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in tables():
        wanted = columns(table)
        query = select(*wanted).where(_key(table) == share_id).order_by(*table.primary_key)
        found[table.name] = [
            {column.name: _told(value) for column, value in zip(wanted, row, strict=True)}
            for row in session.execute(query)
        ]
    return found


def write_rows(session: Session, rows: Rows) -> None:
    """Add the rows of a share that is not there; see `checked_rows`."""
    for table in tables():
        if rows.get(table.name):
            session.execute(insert(table), [dict(row) for row in rows[table.name]])


def checked_rows(share_id: str, said: Any) -> Rows:
    """Return rows as the database takes them.

    Parameters
    ----------
    share_id
        The share whose they are to be.
    said
        What an archive says, by `read_rows` of this release or an older one.

    Raises
    ------
    ArchiveError
        It is something else.
    """
    known = {table.name: table for table in tables()}
    if not isinstance(said, dict):
        raise ArchiveError("its rows are no object of tables")
    unknown = sorted(set(said) - set(known))
    if unknown:
        raise ArchiveError(f"it has the table {unknown[0]}, which this release does not know")
    rows = {name: _checked(known[name], share_id, said[name]) for name in said}
    shares = rows.get(SHARES, [])
    numbers = [row["number"] for row in rows.get("share_versions", [])]
    if len(shares) != 1 or shares[0]["latest"] not in numbers or len({*numbers}) != len(numbers):
        raise ArchiveError("it is no share with its versions")
    return rows


def _naming(table: Table) -> Column[Any] | None:
    """Return the column that names a share, None where there is none."""
    for column in table.columns:
        leads_there = any(key.column.table.name == SHARES for key in column.foreign_keys)
        if column.name == "share_id" or leads_there:
            return column
    return None


def _key(table: Table) -> Column[Any]:
    named = table.columns["id"] if table.name == SHARES else _naming(table)
    assert named is not None  # noqa: S101  (see `tables`)
    return named


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _checked(table: Table, share_id: str, said: Any) -> list[dict[str, Any]]:
    known = {column.name: column for column in columns(table)}
    if not isinstance(said, list) or not all(isinstance(row, dict) for row in said):
        raise ArchiveError(f"its rows of {table.name} are no list of objects")
    found = []
    for row in said:
        unknown = sorted(set(row) - set(known))
        if unknown:
            raise ArchiveError(
                f"{table.name} has the column {unknown[0]}, which this release does not know"
            )
        for name, column in known.items():
            may_lack = column.nullable or column.default is not None or column.server_default
            if name not in row and not may_lack:
                raise ArchiveError(f"{table.name} lacks the column {name}")
        found.append({name: _parsed(known[name], value) for name, value in row.items()})
        if found[-1].get(_key(table).name) != share_id:
            raise ArchiveError(f"a row of {table.name} is another share's")
    # All rows of one insert have the same columns.
    if len({frozenset(row) for row in found}) > 1:
        raise ArchiveError(f"rows of {table.name} have different columns")
    return found


def _parsed(column: Column[Any], value: Any) -> Any:
    """Return the value of a column; JSON knows fewer types."""
    kind = column.type
    if isinstance(kind, JSON | WholeJson):
        return value
    if value is None:
        if not column.nullable:
            raise ArchiveError(f"{column.table.name}.{column.name} is empty")
        return None
    try:
        if isinstance(kind, UtcDateTime):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError("no zone")
            return moment
        if isinstance(kind, Date):
            return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ArchiveError(f"{column.table.name}.{column.name} is no time: {value!r}") from None
    if type(value) is not kind.python_type:
        raise ArchiveError(f"{column.table.name}.{column.name} is of another type: {value!r:.50}")
    if isinstance(kind, Integer) and not -(2**31) <= value < 2**31:
        raise ArchiveError(f"{column.table.name}.{column.name} is out of range: {value!r:.50}")
    if isinstance(value, str) and value != whole(value):
        raise ArchiveError(f"{column.table.name}.{column.name} is no whole text: {value!r:.50}")
    if isinstance(kind, String) and kind.length is not None and len(value) > kind.length:
        raise ArchiveError(f"{column.table.name}.{column.name} is too long: {value!r:.50}")
    return value
