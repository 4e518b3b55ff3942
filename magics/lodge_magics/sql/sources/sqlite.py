"""SQLite files."""

from __future__ import annotations

import re
import sqlite3
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
    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["SQLiteSource", "add_functions"]

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
        add_functions(self._connection)

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        cursor = self._connection.execute(
            bound.text, {name: for_sqlite(value) for name, value in bound.named.items()}
        )
        try:
            if cursor.description is None:
                return Answer(affected=cursor.rowcount if cursor.rowcount >= 0 else None)
            names = [column[0] for column in cursor.description]
            rows: list[tuple[Any, ...]] = []
            while chunk := cursor.fetchmany(_CHUNK):
                rows += chunk
                meter.add_rows(chunk)
        finally:
            cursor.close()
        columns = [Column(name, _type(rows, index)) for index, name in enumerate(names)]
        makers = [series_by_values] * len(names)
        return Answer(*frame_of(columns, series_of_rows(rows, makers)))

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


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the function that long lists of bytes need.

    Parameters
    ----------
    connection
        Open.
    """
    connection.create_function("lodge_bytes", 1, _bytes, deterministic=True)


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _type(rows: list[tuple[Any, ...]], index: int) -> str:
    kinds = {_TYPES.get(type(row[index]), "") for row in rows if row[index] is not None}
    return " or ".join(sorted(kinds)) if kinds else "null"
