"""DuckDB files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from lodge_magics.errors import SourceError
from lodge_magics.sql.frames import arrow_to_frame, rows_to_frame, series_by_values
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["DuckDBSource"]

# Rows that come at a time.
_CHUNK = 100_000
_CLASS = re.compile(r"^[A-Z][A-Za-z ]+ Error:\s*")


class DuckDBSource(RelationalSource):
    """A DuckDB file.

    Parameters
    ----------
    config
        The source as configured.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """

    errors = (duckdb.Error,)

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        path = str(config.settings["path"])
        try:
            self._connection = duckdb.connect(
                path, read_only=bool(config.settings.get("read_only", False))
            )
        except duckdb.Error as error:
            raise SourceError(
                f"The source {config.name} cannot be opened: {self.sentence(error)[0]}"
            ) from None
        # A name in a query is a table of the file, never a Python variable of ours; and a bar made
        # of widgets is no good in a saved notebook.
        self._connection.execute("SET python_enable_replacements = false").fetchall()
        self._connection.execute("SET enable_progress_bar = false").fetchall()

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        return self._ask(bound, meter) if bound.asks else self._do(bound)

    def _ask(self, bound: Bound, meter: Meter) -> Answer:
        relation = self._connection.sql(bound.text, params=bound.named or None)
        columns = [
            Column(name, str(kind).lower())
            for name, kind in zip(relation.columns, relation.types, strict=True)
        ]
        batches = []
        with relation.to_arrow_reader(_CHUNK) as reader:
            for batch in reader:
                batches.append(batch)
                meter.add_batch(batch)
        table = pa.Table.from_batches(batches, reader.schema)
        return Answer(columns, arrow_to_frame(table, columns))

    def _do(self, bound: Bound) -> Answer:
        connection = self._connection
        if bound.named:
            connection.execute(bound.text, bound.named)
        else:
            connection.execute(bound.text)
        columns = [Column(name, str(kind).lower()) for name, kind, *_ in connection.description]
        rows = connection.fetchall()
        names = [column.name for column in columns]
        if names == ["Count"]:
            return Answer(affected=rows[0][0] if rows else None)
        if names == ["Success"]:
            return Answer()
        return Answer(columns, rows_to_frame(names, rows, [series_by_values] * len(names)))

    def cancel(self) -> None:
        """Interrupt the running statement."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def tables(self) -> list[Table]:
        """Return the tables and views one can ask."""
        rows = self._connection.cursor().execute(
            "SELECT table_schema, table_name, table_type FROM information_schema.tables "
            "ORDER BY table_schema <> 'main', 1, 2"
        )
        return [
            Table(name if schema == "main" else f"{schema}.{name}", _kind(kind))
            for schema, name, kind in rows.fetchall()
        ]

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""
        schema, _, name = table.rpartition(".")
        rows = self._connection.cursor().execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = $name AND table_schema = $schema ORDER BY ordinal_position",
            {"name": name, "schema": schema or "main"},
        )
        return [Column(name, kind.lower()) for name, kind in rows.fetchall()]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return DuckDB's message, and its picture of the place."""
        text = _CLASS.sub("", str(error))
        message, _, place = text.partition("\n\nLINE ")
        if not place:
            message, _, place = text.partition("\nLINE ")
        message = message.replace("!\nDid", "; did")
        named = re.search(r'column "([^"]+)"|with name "?([^"\s]+)|Function ([^"\s]+)', message)
        # Not every message has a picture.
        if not place and named and bound is not None:
            return one_line(message), bound.show_word(named[1] or named[2] or named[3])
        return one_line(message), _place(place, bound)

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        found = re.search(r"Table with name (\S+) does not exist", str(error))
        # DuckDB offers the nearest itself.
        return found[1] if found and "Did you mean" not in str(error) else None


def _place(picture: str, bound: Bound | None) -> str:
    """Return the place in the user's text that DuckDB's picture shows: `1: TEXT`, then a caret."""
    found = re.match(r"(\d+): (.*)\n( *)\^", picture)
    if not found:
        return f"LINE {picture}" if picture else ""
    line = int(found[1])
    caret_at = len(found[3]) - len(f"LINE {line}: ")
    lines = bound.text.splitlines(keepends=True) if bound is not None else []
    # DuckDB shows a part of a long line.
    if bound is None or line > len(lines) or lines[line - 1].rstrip("\r\n") != found[2]:
        return f"LINE {picture}"
    return bound.show(sum(map(len, lines[: line - 1])) + caret_at)


def _kind(kind: str) -> str:
    return "view" if "VIEW" in kind.upper() else "table"
