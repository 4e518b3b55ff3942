"""DuckDB files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from lodge_magics.errors import SourceError
from lodge_magics.language import say
from lodge_magics.sql.arrow import frame_of_table, tidy
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table
from lodge_magics.sql.sources.duckdb.types import projection, whole_numbers
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
                say(
                    "The source {name} cannot be opened: {told}",
                    name=config.name,
                    told=self.sentence(error)[0],
                )
            ) from None
        # A name in a query is a table of the file, never a Python variable of ours; and a bar made
        # of widgets is no good in a saved notebook.
        self._connection.execute("SET python_enable_replacements = false").fetchall()
        self._connection.execute("SET enable_progress_bar = false").fetchall()

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        try:
            return self._execute(bound, meter)
        except duckdb.BinderException as error:
            # It was refused before it ran: a list has one type, its values alone take that of what
            # they are compared with.
            if bound.apart is None or "explicit cast" not in str(error):
                raise
        return self._execute(bound.apart(), meter)

    def _execute(self, bound: Bound, meter: Meter) -> Answer:
        relation = self._connection.sql(bound.text, params=bound.named or None)
        if not bound.asks and relation.columns in (["Count"], ["Success"]):
            rows = relation.fetchall()
            return Answer(affected=rows[0][0] if relation.columns == ["Count"] and rows else None)
        columns = [
            Column(name, str(kind).lower())
            for name, kind in zip(relation.columns, relation.types, strict=True)
        ]
        selected = projection(relation.types)
        if selected is not None:
            relation = relation.project(selected)
        batches = []
        with relation.to_arrow_reader(_CHUNK) as reader:
            for batch in reader:
                batches.append(batch)
                meter.add_batch(batch)
        table = pa.Table.from_batches(batches, reader.schema)
        table = table.rename_columns([column.name for column in columns])
        table, notes = tidy(whole_numbers(table, [column.type for column in columns]))
        known, frame = frame_of_table(table, columns)
        return Answer(known, frame, notes=notes, table=table)

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
