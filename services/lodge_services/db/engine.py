"""SQLAlchemy engine and sessions: SQLite by default, any other database by its URL."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.types import TypeDecorator

from ..texts import whole

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another one in SQLite, in milliseconds."""

RESERVE_BYTES = 2 << 20
"""Room that a database in SQLite keeps in its files, so that it can write on a full disk."""

CHECKPOINT_PAGES = 200
"""After so many pages what was written moves from the log into the database: far below the room."""

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def naming_metadata() -> MetaData:
    """Return metadata whose constraints have predictable names, so that migrations can drop them.

    Each service makes a declarative base of its own with it, for it has a database of its own.
    """
    return MetaData(naming_convention=NAMING)


class Base(DeclarativeBase):
    """Declarative base without tables; a service derives an abstract one with own metadata."""

    __abstract__ = True


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Turn an aware moment into UTC without zone, as databases keep it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the zone back."""
        return None if value is None else value.replace(tzinfo=UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Read a damaged moment as `LOST`: one row must not keep a list from being read."""
        read: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)

        def process(value: Any) -> Any:
            try:
                return value if read is None else read(value)
            except (TypeError, ValueError):
                return LOST

        return process


LOST = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a moment that the database has damaged."""


class Damaged:
    """Stands for JSON that the database has damaged: no value at all."""

    def __bool__(self) -> bool:
        return False


DAMAGED = Damaged()


def read_json(text: Any) -> Any:
    """Return the value of a column of JSON; `DAMAGED` where it is none."""
    try:
        return json.loads(text)
    except (RecursionError, TypeError, ValueError):
        return DAMAGED


class WholeJson(TypeDecorator[Any]):
    """JSON whose texts are whole, whatever was let in once."""

    impl = JSON
    cache_ok = True

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002
    ) -> Any:
        """Put a replacement character for half a one: no answer and no page could be made of it."""
        return whole(value)


class Database:
    """One service's database.

    Parameters
    ----------
    url
        SQLAlchemy URL, for example ``sqlite:////var/lib/lodge/shares.sqlite``.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._counting = Lock()
        self.state = 0
        """Another number after each writing. What is read is at least as new as the number was
        before: this process alone writes."""
        # The write-ahead log, and the room in it, is there as long as somebody has it open.
        self._held: PoolProxiedConnection | None = None
        if self.engine.dialect.name == "sqlite" and self.engine.url.database:
            self._held = self.engine.raw_connection()
            try:
                keep_room(self._held)
            except sqlite3.OperationalError as error:
                # Read it can be all the same.
                log.error("%s has no room kept for a full disk: %s", self.engine.url, error)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one state of the database and changes nothing."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            # what was read stays readable: a rollback would expire it
            session.expunge_all()
            session.rollback()

    @contextmanager
    def write(self, *, quiet: bool = False) -> Iterator[Session]:
        """Give a session whose changes are all kept at the end, or none if an error is raised.

        SQLite takes its write lock at once: a transaction that reads first and writes later would
        otherwise fail when another one wrote in between.

        Parameters
        ----------
        quiet
            Whether `state` stays: what was read before may still be shown.
        """
        engine = self.engine.execution_options(lodge_write=True)
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            # An error does not tell that nothing was kept: the connection may have gone too late.
            with self._counting:
                self.state += 0 if quiet else 1

    def close(self) -> None:
        """Close all connections."""
        if self._held is not None:
            self._held.close()
        self.engine.dispose()


def make_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite gets WAL, a busy timeout and foreign keys."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, json_deserializer=read_json)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, json_deserializer=read_json)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # the driver's own guess at where transactions begin is switched off; see _begin_sqlite
    connection.isolation_level = None
    # a damaged text is shown as far as it can be
    connection.text_factory = _text
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def keep_room(connection: Any) -> None:
    """Make a database and its write-ahead log longer by what is to be written on a full disk.

    Parameters
    ----------
    connection
        To SQLite, in no transaction. Once it is closed, and no other is open, the room in the log
        is given up.
    """
    cursor = connection.cursor()
    cursor.execute("BEGIN IMMEDIATE")
    try:
        # What is free in the database already is used first.
        cursor.execute("CREATE TABLE lodge_room (content BLOB)")
        cursor.execute("INSERT INTO lodge_room VALUES (zeroblob(?))", (RESERVE_BYTES,))
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise
    cursor.execute("DROP TABLE lodge_room")
    cursor.close()


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _begin_sqlite(connection: Any) -> None:
    write = connection.get_execution_options().get("lodge_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
