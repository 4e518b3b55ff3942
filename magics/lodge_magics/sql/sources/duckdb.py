"""DuckDB files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from lodge_magics.errors import SourceError
from lodge_magics.spark.messages import one_line
from lodge_magics.sql.frames import arrow_to_frame
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table

if TYPE_CHECKING:
    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig

__all__ = ["DuckDBSource"]

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

    def execute(self, bound: Bound) -> Answer:
        """Run one statement and fetch all of its result."""
        connection = self._connection
        if bound.named:
            connection.execute(bound.text, bound.named)
        else:
            connection.execute(bound.text)
        described = connection.description
        if not described:
            return Answer()
        columns = [Column(name, str(kind).lower()) for name, kind, *_ in described]
        table = connection.to_arrow_table()
        if [column.name for column in columns] == ["Count"] and not bound.asks:
            return Answer(affected=int(table.column(0)[0].as_py()) if table.num_rows else 0)
        if [column.name for column in columns] in (["Success"], ["Count"]) and not table.num_rows:
            return Answer()
        return Answer(columns, arrow_to_frame(table, columns))

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

    def sentence(self, error: BaseException) -> tuple[str, str]:
        """Return DuckDB's message, and its picture of the place."""
        text = _CLASS.sub("", str(error))
        message, _, place = text.partition("\n\nLINE ")
        if not place:
            message, _, place = text.partition("\nLINE ")
        return one_line(message.replace("!\n", "; ")), f"LINE {place}" if place else ""

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        found = re.search(r"Table with name (\S+) does not exist", str(error))
        # DuckDB offers the nearest itself.
        return found[1] if found and "Did you mean" not in str(error) else None


def _kind(kind: str) -> str:
    return "view" if "VIEW" in kind.upper() else "table"
