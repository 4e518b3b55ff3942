"""SQLite files."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lodge_magics.errors import SourceError
from lodge_magics.language import say
from lodge_magics.sql.frames import frame_of, series_by_values, series_of_rows
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table
from lodge_magics.sql.values import for_sqlite
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["SQLiteSource", "teach", "without_raw"]

# Rows that come at a time.
_CHUNK = 5000
_TYPES: dict[type, str] = {int: "integer", float: "real", str: "text", bytes: "blob"}


class SQLiteSource(RelationalSource):
    """A SQLite file; it must exist.

    Parameters
    ----------
    config
        The source as configured.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """

    errors = (sqlite3.Error, sqlite3.Warning, OverflowError)

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        path = Path(config.settings["path"]).absolute()
        mode = "ro" if config.settings.get("read_only") else "rw"
        try:
            self._connection = sqlite3.connect(
                f"file:{quote(str(path))}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise SourceError(
                say(
                    "The source {name} cannot be opened: {told}",
                    name=config.name,
                    told=one_line(str(error)),
                )
            ) from None
        teach(self._connection)

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        # Each text by a function of Python's takes time, so it is for what may not run twice, and
        # for what had a text that is none.
        if not bound.selects:
            return self._ask(bound, meter, _text_or_bytes)
        try:
            return self._ask(bound, meter, str)
        except sqlite3.OperationalError as error:
            if "decode to UTF-8" not in str(error):
                raise
        meter.again()
        return self._ask(bound, meter, _text_or_bytes)

    def _ask(self, bound: Bound, meter: Meter, texts: Callable[[bytes], Any]) -> Answer:
        self._connection.text_factory = texts
        cursor = self._connection.cursor()
        try:
            cursor.execute(
                bound.text, {name: for_sqlite(value) for name, value in bound.named.items()}
            )
            if cursor.description is None:
                return Answer(affected=cursor.rowcount if cursor.rowcount >= 0 else None)
            names = [column[0] for column in cursor.description]
            rows: list[tuple[Any, ...]] = []
            while chunk := cursor.fetchmany(_CHUNK):
                rows += chunk
                meter.add_rows(chunk)
        finally:
            cursor.close()
            self._connection.text_factory = str
        notes = [] if texts is str else without_raw(names, rows)
        columns = [Column(name, _type(rows, index)) for index, name in enumerate(names)]
        makers = [series_by_values] * len(names)
        return Answer(*frame_of(columns, series_of_rows(rows, makers)), notes=notes)

    def complete(self, text: str) -> bool:
        """Tell whether SQLite takes a text for a whole statement."""
        return sqlite3.complete_statement(f"{text};")

    def cancel(self) -> None:
        """Interrupt the running statement."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def tables(self) -> list[Table]:
        """Return the tables and views one can ask."""
        rows = self._connection.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        return [Table(name, kind) for name, kind in rows.fetchall()]

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""
        rows = self._connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,))
        return [Column(name, kind.lower()) for name, kind in rows.fetchall()]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return SQLite's message; the place is shown where the word it names is there once."""
        text = str(error)
        found = re.search(
            r'near "(.+)": syntax|no such (?:table|column|function): (\S+)', text, re.DOTALL
        )
        word = (found[1] or found[2]) if found else ""
        return one_line(text), bound.show_word(word) if bound is not None and word else ""

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        found = re.search(r"no such table: (\S+)", str(error))
        return found[1] if found else None


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the function that long lists of bytes need, and let it read any text.

    Parameters
    ----------
    connection
        Open.
    """
    connection.create_function("lodge_bytes", 1, _bytes, deterministic=True)
    connection.text_factory = _text_or_bytes


class _Raw(bytes):
    """What SQLite calls a text, and is none in UTF-8: any program may write such."""


def _text_or_bytes(written: bytes) -> str | bytes:
    try:
        return written.decode()
    except UnicodeDecodeError:
        return _Raw(written)


def without_raw(names: Sequence[str], rows: list[tuple[Any, ...]]) -> list[str]:
    """Make plain bytes of texts that are none in UTF-8, and return what is to be said of them.

    Parameters
    ----------
    names
        Of the columns.
    rows
        Changed in place.
    """
    found = Counter[int]()
    for place, row in enumerate(rows):
        raw = [number for number, value in enumerate(row) if type(value) is _Raw]
        if raw:
            found.update(raw)
            rows[place] = tuple(bytes(one) if type(one) is _Raw else one for one in row)
    told = "{count} of {name} are no text in UTF-8 and are bytes now"
    return [say(told, count=f"{found[at]:,}", name=names[at]) for at in sorted(found)]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _type(rows: list[tuple[Any, ...]], index: int) -> str:
    kinds = {_TYPES.get(type(row[index]), "") for row in rows if row[index] is not None}
    return " or ".join(sorted(kinds)) if kinds else "null"
