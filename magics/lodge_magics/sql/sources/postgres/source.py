"""Postgres, by psycopg."""

from __future__ import annotations

import contextlib
import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.errors import (
    AmbiguousParameter,
    DatatypeMismatch,
    IndeterminateDatatype,
    UndefinedFunction,
    UndefinedTable,
)

from lodge_magics.errors import MagicError, SourceError
from lodge_magics.language import say
from lodge_magics.sql import frames
from lodge_magics.sql.config import password
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table
from lodge_magics.sql.sources.postgres.copying import COPY, end_copy, is_copy
from lodge_magics.sql.sources.postgres.cursors import ClientCursor, Cursor
from lodge_magics.sql.sources.postgres.fast import (
    FastPostgres,
    changes_data,
    leaves_session,
    reads_session,
)
from lodge_magics.sql.sources.postgres.types import Types
from lodge_magics.sql.sources.sessions import RECONNECTED, has_ended, lost_session
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["PostgresSource"]

# Seconds to wait for a connection, and for a cancellation to be taken.
_CONNECT = 10
_CANCEL = 5
# Seconds in which a server that says something on its own is waited for to hang up as well.
_LAST_WORDS = 0.05
# Rows that come at a time.
_CHUNK = 5000
# Rows from which on, as the server expects them, Arrow is worth a connection of its own.
_LARGE = 20_000
# What the server says where the places of a value need several types, or tell none.
_UNTYPED = (IndeterminateDatatype, AmbiguousParameter, DatatypeMismatch, UndefinedFunction)
_MARK = "lodge_values"
_MARKER = r"%\(\w+\)s"


class PostgresSource(RelationalSource):
    """A Postgres database.

    Parameters
    ----------
    config
        The source as configured.

    Raises
    ------
    SourceError
        The server does not answer, or refuses the user.
    """

    errors = (psycopg.Error,)

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        # The connection of large results, once there was one.
        self.second: FastPostgres | None = None
        self._cancelled = False
        self._names: dict[tuple[int, int], str] = {}
        self._connection = self._connect()

    def _connect(self) -> psycopg.Connection[Any]:
        settings = self.config.settings
        secret = password(self.config)
        self._conninfo = make_conninfo(
            host=settings.get("socket") or settings.get("host", "localhost"),
            port=settings.get("port", 5432),
            user=settings["user"],
            password=secret or None,
            dbname=settings.get("database"),
            options="-c default_transaction_read_only=on" if settings.get("read_only") else "",
            client_encoding="utf8",
            application_name="lodge",
            connect_timeout=_CONNECT,
        )
        self._plain_session = True
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True)
        except psycopg.Error as error:
            told = self.sentence(error)[0]
            if secret:
                told = told.replace(secret, "***")
            name = self.config.name
            reached = "The source {name} cannot be reached: {told}"
            raise SourceError(say(reached, name=name, told=told)) from None
        # Notices of the server are no part of a result, and the driver would log them.
        connection.add_notice_handler(lambda _notice: None)
        self._types = Types(connection)
        return connection

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        self._cancelled = False
        notes = self._wake()
        answer = self._fast(bound, meter) or self._slow(bound, meter)
        answer.notes[:0] = notes
        return answer

    def _slow(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement by the driver."""
        if not bound.asks and not leaves_session(bound.text):
            self._plain_session = False
        try:
            return self._send(bound, meter)
        finally:
            end_copy(self._connection.pgconn)

    def _wake(self) -> list[str]:
        """Connect anew where the server has hung up meanwhile; return what is said of it."""
        connection = self._connection
        if not connection.closed:
            if not has_ended(connection):
                return []
            idle = self._idle
            with contextlib.suppress(psycopg.Error):
                # A notice or a notification is no end; before an end the server may say why.
                while has_ended(connection, _LAST_WORDS):
                    connection.pgconn.consume_input()
                return []
            connection.close()
            if not idle or not self._plain_session:
                # The next statement is one of a new session.
                raise lost_session(self.config.name)
            self._connection = self._connect()
            return [RECONNECTED]
        self._connection = self._connect()
        return []

    def _send(self, bound: Bound, meter: Meter) -> Answer:
        if not bound.named:
            return self._run(Cursor(self._connection), bound, meter)
        if not bound.asks and not _takes_values(bound.text):
            return self._run(ClientCursor(self._connection), bound, meter)
        idle = self._idle
        # A value whose type follows from its place may stand at places of several types.
        guarded = not idle and _has_untyped_twice(bound) and self._mark()
        try:
            answer = self._run(Cursor(self._connection), bound, meter)
        except _UNTYPED as error:
            # It was refused before it ran.
            if not idle and not guarded:
                raise
            if guarded:
                self._connection.execute(f"ROLLBACK TO {_MARK}")
            elif not isinstance(error, IndeterminateDatatype) and not _has_untyped_twice(bound):
                raise
            answer = self._quoted(bound, meter, error)
        if guarded:
            self._connection.execute(f"RELEASE {_MARK}")
        return answer

    def _quoted(self, bound: Bound, meter: Meter, error: psycopg.Error) -> Answer:
        """Run a statement with its values quoted by libpq, each of the type of its place."""
        try:
            return self._run(ClientCursor(self._connection), bound, meter)
        except _UNTYPED as again:
            # The first error shows its place in the text that was written.
            raise (error if type(again) is type(error) else again) from None

    def _mark(self) -> bool:
        try:
            self._connection.execute(f"SAVEPOINT {_MARK}")
        except psycopg.Error:
            return False  # the transaction has failed already, and the statement will say so
        return True

    def _fast(self, bound: Bound, meter: Meter) -> Answer | None:
        """Return a large result by way of Arrow; None where the driver has to be asked."""
        if bound.named or not bound.selects or not self._plain_session or not self._idle:
            return None
        if changes_data(bound.text):
            return None
        if reads_session(bound.text):
            # It may have taken a lock or set something, too.
            self._plain_session = False
            return None
        try:
            rows = self._connection.execute(f"EXPLAIN (FORMAT JSON)\n{bound.text}").fetchall()
        except psycopg.errors.QueryCanceled:
            raise
        except psycopg.Error:
            return None  # the statement itself will tell what is wrong, and where
        meter.expect(json.loads(rows[0][0])[0]["Plan"]["Plan Rows"])
        if meter.expected is None or meter.expected < _LARGE:
            return None
        try:
            if self.second is None:
                self.second = FastPostgres(self._conninfo)
            names, series = self.second.fetch(bound.text, meter)
        except MagicError:
            raise
        except Exception:
            # A type or value that is not proven, or a fault: a SELECT may run once more.
            if self.second is not None:
                self.second.close()
                self.second = None
            if self._cancelled:
                raise psycopg.errors.QueryCanceled("canceled") from None
            meter.again()
            return None
        columns = self._columns(names, self._describe(bound.text))
        return Answer(*frames.frame_of(columns, series))

    @property
    def _idle(self) -> bool:
        return self._connection.info.transaction_status == pq.TransactionStatus.IDLE

    def _describe(self, text: str) -> list[tuple[int, int]]:
        with self._connection.cursor() as cursor:
            # The user's own text, and no values in it.
            cursor.execute(f"SELECT * FROM (\n{text}\n) AS lodge_types LIMIT 0")  # noqa: S608
            result: Any = cursor.pgresult
            return [(result.ftype(i), result.fmod(i)) for i in range(result.nfields)]

    def _run(self, cursor: Any, bound: Bound, meter: Meter) -> Answer:
        values = bound.named or None
        rows: list[tuple[Any, ...]] = []
        with cursor:
            if bound.asks:
                with contextlib.closing(cursor.stream(bound.text, values, size=_CHUNK)) as stream:
                    while chunk := list(islice(stream, _CHUNK)):
                        rows += chunk
                        meter.add_rows(chunk)
            else:
                cursor.execute(bound.text, values, prepare=False)
                # Of several results, as of a procedure, the last counts.
            if cursor.description is None:
                return Answer(affected=cursor.rowcount if cursor.rowcount >= 0 else None)
            if not bound.asks:
                rows = cursor.fetchall()
            result = cursor.pgresult
            names = [column.name for column in cursor.description]
            types = [(result.ftype(i), result.fmod(i)) for i in range(len(names))]
        return self._answer(names, types, rows)

    def _answer(
        self, names: list[str], types: list[tuple[int, int]], rows: list[tuple[Any, ...]]
    ) -> Answer:
        columns = self._columns(names, types)
        notes: list[str] = []
        makers = [
            self._types.maker(oid, column.name, notes)
            for (oid, _), column in zip(types, columns, strict=True)
        ]
        known, frame = frames.frame_of(columns, frames.series_of_rows(rows, makers))
        return Answer(known, frame, notes=notes)

    def _columns(self, names: Sequence[str], types: list[tuple[int, int]]) -> list[Column]:
        return [
            self._types.column(name, kind, oid, modifier)
            for name, kind, (oid, modifier) in zip(
                names, self._type_names(types), types, strict=True
            )
        ]

    def _type_names(self, types: list[tuple[int, int]]) -> list[str]:
        new = [pair for pair in types if pair not in self._names]
        if new:
            rows = self._connection.execute(
                "SELECT pg_catalog.format_type(o, m) FROM unnest(%s::oid[], %s::int4[]) AS t(o, m)",
                ([oid for oid, _ in new], [modifier for _, modifier in new]),
            ).fetchall()
            self._names.update((pair, name) for pair, (name,) in zip(new, rows, strict=True))
        return [self._names[pair] for pair in types]

    def cancel(self) -> None:
        """Cancel the running statement on the server."""
        self._cancelled = True
        if self.second is not None:
            self.second.cancel()
        with contextlib.suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=_CANCEL)

    def close(self) -> None:
        """Close the connections."""
        if self.second is not None:
            self.second.close()
        self._connection.close()

    def _ask(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._wake()
        return self._connection.execute(text, values or None).fetchall()

    def tables(self) -> list[Table]:
        """Return the tables and views one can ask, those of the search path first."""
        rows = self._ask(
            "SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), pg_table_is_visible(c.oid) "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND n.nspname !~ '^pg_toast' AND has_schema_privilege(n.oid, 'USAGE') "
            "AND NOT c.relispartition ORDER BY 4 DESC, 1, 2"
        )
        return [
            Table(name if visible else f"{schema}.{name}", "view" if view else "table")
            for schema, name, view, visible in rows
        ]

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""
        schema, _, name = table.rpartition(".")
        rows = self._ask(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a "
            "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = %s AND (n.nspname = %s OR %s = '' AND pg_table_is_visible(c.oid)) "
            "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            (name, schema, schema),
        )
        return [Column(name, kind) for name, kind in rows]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return the server's message with its hint, and the place in the text."""
        if is_copy(error):
            return COPY, ""
        told = getattr(error, "diag", None)
        if told is None or not told.message_primary:
            return one_line(_last(str(error))), ""
        message = one_line(told.message_primary)
        for more in (told.message_detail, told.message_hint):
            if more:
                message += f" {one_line(more)}"
        if isinstance(error, IndeterminateDatatype) and bound is not None and bound.named:
            message += " Write its type beside it: CAST(:name AS text)."
        position = told.statement_position
        if position is None or bound is None:
            return message, ""
        return message, bound.show(_offset(bound, int(position) - 1))

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        if not isinstance(error, UndefinedTable):
            return None
        found = re.search(r'"(?:[^".]*\.)?([^"]+)"', str(error))
        return found[1] if found else None


def _has_untyped_twice(bound: Bound) -> bool:
    """Tell whether a value whose type the server guesses, a text or NULL, stands at two places."""
    return any(
        (value is None or isinstance(value, str)) and bound.text.count(f"%({name})s") > 1
        for name, value in bound.named.items()
    )


def _takes_values(text: str) -> bool:
    word = re.match(r"\W*(\w+)", text)
    return word is not None and word[1].upper() in ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH")


def _last(message: str) -> str:
    # Of a connection that failed at several addresses, the last says why; what is set in is advice.
    lines = [line for line in message.splitlines() if line.strip() and not line[0].isspace()]
    return lines[-1] if lines else message


def _offset(bound: Bound, position: int) -> int:
    """Return where in `bound.text` a position of the server's text is.

    The driver writes `$1` for the first `%(name)s`, and `%` for `%%`.
    """
    if not bound.named:
        return position
    sent, numbers = 0, dict[str, int]()
    for piece in re.finditer(rf"{_MARKER}|%%|.", bound.text, re.DOTALL):
        is_marker = len(piece[0]) > 2
        number = numbers.setdefault(piece[0], len(numbers) + 1) if is_marker else 0
        width = len(f"${number}") if is_marker else 1
        if sent + width > position:
            return piece.start()
        sent += width
    return len(bound.text)
