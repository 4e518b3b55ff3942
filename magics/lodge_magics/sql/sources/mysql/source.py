"""MySQL and MariaDB, by PyMySQL."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pymysql
from pymysql.constants import FIELD_TYPE, FLAG, SERVER_STATUS
from pymysql.cursors import SSCursor

from lodge_magics.errors import MagicError, SourceError
from lodge_magics.language import say
from lodge_magics.sql import frames
from lodge_magics.sql.config import password
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table, last_of
from lodge_magics.sql.sources.mysql.columns import columns_of
from lodge_magics.sql.sources.mysql.wire import Wire
from lodge_magics.sql.sources.sessions import (
    RECONNECTED,
    has_ended,
    keeps_nothing,
    lost_session,
)
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter
    from lodge_magics.sql.sources.parts import Parts

__all__ = ["MySQLSource"]

# Seconds to wait for a connection.
_CONNECT = 10
# Rows that come at a time.
_CHUNK = 5000
_BINARY = 63
_INTEGERS = {
    FIELD_TYPE.TINY: "tinyint",
    FIELD_TYPE.SHORT: "smallint",
    FIELD_TYPE.INT24: "mediumint",
    FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.YEAR: "year",
}
_OTHERS = {
    FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double",
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "timestamp",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.BIT: "bit",
    FIELD_TYPE.GEOMETRY: "geometry",
    FIELD_TYPE.NULL: "null",
}
_ARROW = {
    FIELD_TYPE.FLOAT: pa.float64(),
    FIELD_TYPE.DOUBLE: pa.float64(),
    FIELD_TYPE.DATE: pa.date32(),
    FIELD_TYPE.NEWDATE: pa.date32(),
    FIELD_TYPE.TIME: pa.duration("us"),
    FIELD_TYPE.DATETIME: pa.timestamp("us"),
    FIELD_TYPE.TIMESTAMP: pa.timestamp("us"),
    FIELD_TYPE.NULL: pa.null(),
}
_LOST = {2006, 2013, 2055}
_MISSING = 1146
_SYNTAX = 1064


class MySQLSource(RelationalSource):
    """A MySQL or MariaDB database.

    Parameters
    ----------
    config
        The source as configured.

    Raises
    ------
    SourceError
        The server does not answer, or refuses the user.
    """

    errors = (pymysql.MySQLError,)

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        self._plain_session = True
        self._connection = self._connect()

    def _connect(self) -> Any:
        settings = self.config.settings
        secret = password(self.config)
        try:
            connection = pymysql.connect(
                host=settings.get("host", "localhost"),
                port=settings.get("port", 3306),
                unix_socket=settings.get("socket"),
                user=settings["user"],
                password=secret,
                database=settings.get("database"),
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=_CONNECT,
            )
            held: Any = connection
            held._rfile = Wire(held._rfile.detach())
            if settings.get("read_only"):
                with connection.cursor() as cursor:
                    cursor.execute("SET SESSION TRANSACTION READ ONLY")
        except (pymysql.MySQLError, OSError) as error:
            told = self.sentence(error)[0]
            if secret:
                told = told.replace(secret, "***")
            name = self.config.name
            reached = "The source {name} cannot be reached: {told}"
            raise SourceError(say(reached, name=name, told=told)) from None
        return connection

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        notes = self._wake()
        if not keeps_nothing(bound):
            self._plain_session = False
        try:
            answer = self._execute(bound, meter)
            answer.notes[:0] = notes
            return answer
        except pymysql.MySQLError as error:
            if error.args and error.args[0] in _LOST:
                # The next statement connects anew; this one may have had an effect already.
                self._forget()
            raise

    def _wake(self) -> list[str]:
        """Connect anew where the server has hung up meanwhile; return what is said of it."""
        held: Any = self._connection
        if held.open and not has_ended(held._sock):
            return []
        was_open, plain = held.open, self._plain_session
        in_transaction = bool(held.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)
        self._forget()
        if was_open and (in_transaction or not plain):
            raise lost_session(self.config.name)
        self._connection = self._connect()
        return [RECONNECTED] if was_open else []

    def _forget(self) -> None:
        self._plain_session = True
        with contextlib.suppress(pymysql.MySQLError, OSError):
            self._connection.close()

    def complete(self, text: str) -> bool | None:
        """Tell whether the server's parser takes a text for a whole statement."""
        try:
            self._ask("PREPARE lodge_look FROM %s", (text,))
        except pymysql.MySQLError as error:
            # Whatever else is wrong with it, it was read to its end.
            return (
                None
                if error.args[:1] in [(code,) for code in _LOST]
                else (error.args[:1] != (_SYNTAX,))
            )
        self._ask("DEALLOCATE PREPARE lodge_look")
        return True

    def _execute(self, bound: Bound, meter: Meter) -> Answer:
        # Unbuffered: a buffered cursor has all rows before the first can be counted.
        with self._connection.cursor(SSCursor) as cursor:
            cursor.execute(bound.text, bound.positions or None)
            results: list[Answer] = []
            affected = Answer(affected=cursor.rowcount)
            while True:
                if cursor.description is not None:
                    results.append(self._fetch(cursor, meter))
                # What a procedure ends with is no result.
                if not cursor.nextset():
                    break
            return last_of(results) if results else affected

    def _fetch(self, cursor: Any, meter: Meter) -> Answer:
        fields = cursor._result.fields
        try:
            columns = columns_of(self._connection, cursor._result, meter)
            if columns is not None:
                return answer_of_columns(fields, columns)
            rows: list[tuple[Any, ...]] = []
            while chunk := cursor.fetchmany(_CHUNK):
                rows += chunk
                meter.add_rows(chunk)
        except MagicError:
            # What is not wanted any more would be read to its end when the cursor closes.
            self.cancel()
            with contextlib.suppress(pymysql.MySQLError):
                cursor.close()
            raise
        return answer_of_rows(fields, rows)

    def cancel(self) -> None:
        """Kill the running statement on the server, by a second connection."""
        other = self._connect()
        try:
            with other.cursor() as cursor:
                cursor.execute("KILL QUERY %s", (self._connection.thread_id(),))
        finally:
            other.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection.open:
            self._connection.close()

    def _ask(self, text: str, values: Sequence[Any] = ()) -> Any:
        self._wake()
        with self._connection.cursor() as cursor:
            cursor.execute(text, values or None)
            return cursor.fetchall()

    def tables(self) -> list[Table]:
        """Return the tables and views of the database."""
        rows = self._ask(
            "SELECT table_name, table_type FROM information_schema.tables "
            "WHERE table_schema = DATABASE() ORDER BY table_name"
        )
        return [Table(name, "view" if "VIEW" in kind else "table") for name, kind in rows]

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""
        schema, _, name = table.rpartition(".")
        rows = self._ask(
            "SELECT column_name, column_type FROM information_schema.columns "
            "WHERE table_schema = COALESCE(%s, DATABASE()) AND table_name = %s "
            "ORDER BY ordinal_position",
            (schema or None, name),
        )
        return [Column(name, _text(kind)) for name, kind in rows]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return the server's message with its number."""
        if len(error.args) < 2:
            return one_line(str(error)), ""
        number, message = error.args[0], str(error.args[1])
        message = message.replace(
            "You have an error in your SQL syntax; check the manual that corresponds to your "
            "MariaDB server version for the right syntax to use near",
            "the syntax is wrong near",
        )
        return f"{one_line(message).rstrip('.')} ({number}).", _place(message, bound)

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        if not error.args or error.args[0] != _MISSING:
            return None
        found = re.search(r"Table '(?:[^'.]*\.)?([^']+)' doesn't exist", str(error.args[-1]))
        return found[1] if found else None


def _place(message: str, bound: Bound | None) -> str:
    """Return the place a message speaks of: `near 'the rest of the text' at line 2`, or a name."""
    if bound is None:
        return ""
    found = re.search(r"near '(.*)' at line (\d+)", message, re.DOTALL)
    if found:
        lines = bound.text.splitlines(keepends=True)[: int(found[2]) - 1]
        # What was sent has values in place of markers, so the first words must do.
        rest = bound.text.find(found[1].partition("\n")[0].strip() or "\0", sum(map(len, lines)))
        return bound.show(rest if found[1] else len(bound.text))
    found = re.search(r"^(?:Unknown column|Table|FUNCTION) '?(?:[^'.\s]*\.)?([^'\s.]+)", message)
    return bound.show_word(found[1]) if found else ""


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def answer_of_columns(fields: Sequence[Any], parts: Sequence[Parts]) -> Answer:
    names = [_text(field.name) for field in fields]
    not_dates: dict[str, int] = {}
    for name, part in zip(names, parts, strict=True):
        not_dates[name] = not_dates.get(name, 0) + part.lost
    return _noted(fields, names, [part.series() for part in parts], not_dates)


def answer_of_rows(fields: Sequence[Any], rows: Sequence[tuple[Any, ...]]) -> Answer:
    names = [_text(field.name) for field in fields]
    not_dates: dict[str, int] = {}
    makers = [_maker(field, name, not_dates) for field, name in zip(fields, names, strict=True)]
    return _noted(fields, names, frames.series_of_rows(rows, makers), not_dates)


def _noted(
    fields: Sequence[Any], names: list[str], series: list[pd.Series], not_dates: dict[str, int]
) -> Answer:
    notes = [
        f"{count:,} of {name} are no dates ('0000-00-00' and the like) and are missing values now"
        for name, count in not_dates.items()
        if count
    ]
    columns = [
        Column(name, _type_name(field), _arrow(field))
        for field, name in zip(fields, names, strict=True)
    ]
    return Answer(*frames.frame_of(columns, series), notes=notes)


def _arrow(field: Any) -> pa.DataType:
    """Return the type of Arrow for the values of a field."""
    code = field.type_code
    if code in _INTEGERS:
        wide = code == FIELD_TYPE.LONGLONG and field.flags & FLAG.UNSIGNED
        return pa.uint64() if wide else pa.int64()
    if code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        digits = field.length - bool(field.scale) - (not field.flags & FLAG.UNSIGNED)
        return (pa.decimal128 if digits <= 38 else pa.decimal256)(digits, field.scale)
    if code in _ARROW:
        return _ARROW[code]
    binary = field.charsetnr == _BINARY and code != FIELD_TYPE.JSON
    return pa.binary() if binary or code == FIELD_TYPE.BIT else pa.string()


def _type_name(field: Any) -> str:
    code = field.type_code
    if code in _INTEGERS:
        unsigned = field.flags & FLAG.UNSIGNED and code != FIELD_TYPE.YEAR
        return f"{_INTEGERS[code]} unsigned" if unsigned else _INTEGERS[code]
    if code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        # The length counts the sign and the point as well.
        digits = field.length - bool(field.scale) - (not field.flags & FLAG.UNSIGNED)
        return f"decimal({digits},{field.scale})"
    if code in _OTHERS:
        return _OTHERS[code]
    if field.charsetnr == _BINARY:
        return "blob"
    return "text"


def _maker(
    field: Any, name: str, not_dates: dict[str, int]
) -> Callable[[Sequence[Any]], pd.Series]:
    code = field.type_code
    if code in _INTEGERS:
        wide = code == FIELD_TYPE.LONGLONG and field.flags & FLAG.UNSIGNED
        return frames.unsigned_series if wide else frames.integer_series
    if code in (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE):
        return frames.float_series
    if code in (FIELD_TYPE.DATE, FIELD_TYPE.NEWDATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP):

        def dates(values: Sequence[Any]) -> pd.Series:
            kept = [None if isinstance(value, str) else value for value in values]
            lost = sum(isinstance(value, str) for value in values)
            if lost:
                not_dates[name] = not_dates.get(name, 0) + lost
            return frames.datetime_series(kept)

        return dates
    if code == FIELD_TYPE.TIME:
        return frames.timedelta_series
    return frames.object_series
