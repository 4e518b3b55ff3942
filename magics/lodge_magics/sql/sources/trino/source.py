"""Trino, by its own driver below SQLAlchemy: types, places of errors and tables are Trino's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc

from lodge_magics.sql.arrow import lost_note
from lodge_magics.sql.frames import frame_of
from lodge_magics.sql.sources.alchemy import AlchemySource
from lodge_magics.sql.sources.base import Answer, Column, Table
from lodge_magics.sql.sources.trino.types import Signature, column_of
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import sqlalchemy

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.meter import Meter

__all__ = ["TrinoSource"]

# What a statement with values is wrapped in; places in its first line are counted from there.
_WRAP = len("EXECUTE IMMEDIATE '")
# What it says, before anything runs, of a query after IN where none can stand, as in a lambda, or
# where two are to be one value, as in GROUP BY.
_NO_QUERY = ("NOT_SUPPORTED", "EXPRESSION_NOT_AGGREGATE", "EXPRESSION_NOT_IN_DISTINCT")
_TOO_LONG = "QUERY_TEXT_TOO_LARGE"


class TrinoSource(AlchemySource):
    """A catalog of Trino.

    Parameters
    ----------
    config
        The source as configured; its url ends in the catalog, or the catalog and a schema.
    """

    several = False
    # What was sent last, which errors are of.
    _sent: Bound | None = None
    # The types of the result that is fetched.
    _signatures: Sequence[Signature] = ()

    def _arguments(self, driver: str) -> dict[str, Any]:
        del driver
        return {"legacy_primitive_types": True}

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        try:
            return super().execute(bound, meter)
        except exc.DBAPIError as error:
            if bound.apart is None or getattr(error.orig, "error_name", "") not in _NO_QUERY:
                raise
        return super().execute(bound.apart(), meter)

    def _greet(self, connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("SELECT 1").close()

    def _send(self, bound: Bound) -> sqlalchemy.CursorResult[Any]:
        self._sent = bound
        values = tuple(bound.positions)
        options: dict[str, Any] = {} if values else {"no_parameters": True}
        return self._connection.exec_driver_sql(
            bound.text, values or None, execution_options=options
        )

    def _is_answer(self, result: sqlalchemy.CursorResult[Any]) -> bool:
        return result.returns_rows and _cursor(result).update_type is None

    def _types(self, result: sqlalchemy.CursorResult[Any]) -> list[str]:
        cursor = _cursor(result)
        self._signatures = [column["typeSignature"] for column in cursor._query.columns]
        return [column[1].lower() for column in cursor.description]

    def _made(self, names: list[str], types: list[str] | None, rows: list[Any]) -> Answer:
        columns: list[Column] = []
        series: list[pd.Series] = []
        notes: list[str] = []
        values = list(zip(*rows, strict=True)) or [()] * len(names)
        for n, (name, kind) in enumerate(zip(names, types or [], strict=True)):
            made = column_of(self._signatures[n], values[n])
            columns.append(Column(name, kind, made.arrow))
            series.append(made.series)
            if made.lost:
                notes.append(lost_note(name, made.lost))
            if made.text:
                notes.append(f"{name} is text: pandas has no nanoseconds for all of its values")
        return Answer(*frame_of(columns, series), notes=notes)

    def tables(self) -> list[Table]:
        """Return the tables and views of the schema in the url, or of all schemas without one."""
        catalog, schema = self._place()
        columns = "table_schema, table_name, table_type"
        text = f"SELECT {columns} FROM {catalog}.information_schema.tables"  # noqa: S608
        if schema:
            rows = self._look(f"{text} WHERE table_schema = ?", schema)
        else:
            rows = self._look(f"{text} WHERE table_schema <> ?", "information_schema")
        found = [
            Table(
                _quoted(name) if schema else f"{_quoted(where)}.{_quoted(name)}",
                "view" if kind == "VIEW" else "table",
            )
            for where, name, kind in rows
        ]
        return sorted(found, key=lambda table: table.name)

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table, named with its schema and catalog or without."""
        catalog, schema = self._place()
        *where, name = [
            part[1:-1].replace('""', '"') if part[0] == '"' else part.lower()
            for part in re.findall(r'"(?:[^"]|"")*"|[^."]+', table)
        ] or [""]
        if len(where) == 2:
            catalog = _identifier(where[0])
        text = (
            f"SELECT column_name, data_type FROM {catalog}.information_schema.columns "  # noqa: S608
            "WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
        )
        try:
            rows = self._look(text, where[-1] if where else schema, name)
        except exc.DBAPIError as error:
            if getattr(error.orig, "error_name", "") == "CATALOG_NOT_FOUND":
                return []
            raise
        return [Column(column, kind) for column, kind in rows]

    def _place(self) -> tuple[str, str]:
        """Return the quoted catalog and the schema of the url."""
        catalog, _, schema = (self._engine.url.database or "system").partition("/")
        return _identifier(catalog), schema

    def _look(self, text: str, *values: str) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(text, values)]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return the server's message, and its place in the user's text."""
        original = getattr(error, "orig", None)
        message = getattr(original, "message", None)
        if not isinstance(message, str):
            return super().sentence(error, bound)
        place = original.error_location if original is not None else None
        told = one_line(re.sub(r"^line \d+:\d+: ", "", message))
        if len(told) > 300 and "Expecting:" in told:
            told = told.partition(" Expecting:")[0]
        if getattr(original, "error_name", "") == _TOO_LONG:
            told = f"{told.rstrip('.')}; bind fewer or shorter values, or join a table of them."
        if place is None or bound is None:
            return told, ""
        sent = self._sent or bound
        line, column = place
        if line == 1 and sent.positions:
            column -= _WRAP
        lines = sent.text.split("\n")
        return told, sent.show(sum(len(one) + 1 for one in lines[: line - 1]) + column - 1)

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        original = getattr(error, "orig", None)
        if getattr(original, "error_name", "") != "TABLE_NOT_FOUND":
            return None
        found = re.search(r"Table '(.+)' does not exist", str(getattr(original, "message", "")))
        return found[1].rpartition(".")[2].strip('"') if found else None


def _cursor(result: sqlalchemy.CursorResult[Any]) -> Any:
    return result.cursor


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(name: str) -> str:
    """Return a name as it is written in a query."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else _identifier(name)
