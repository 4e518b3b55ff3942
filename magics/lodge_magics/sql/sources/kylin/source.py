"""Apache Kylin 5, by its REST interface."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import SourceError
from lodge_magics.language import say
from lodge_magics.sql.config import password
from lodge_magics.sql.frames import frame_of
from lodge_magics.sql.sources.base import Answer, Column, RelationalSource, Table
from lodge_magics.sql.sources.kylin.client import KylinClient, KylinError
from lodge_magics.sql.sources.kylin.values import arrow_type, column, parameter, type_name
from lodge_magics.words import did_you_mean, one_line

if TYPE_CHECKING:
    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["KylinSource"]

_PORT = 7070
# Projects looked through for the one that is meant.
_PROJECTS = 1000
# Calcite's words for a table that is not there, and Spark's.
_MISSING = (
    re.compile(r"Object '(?P<name>[^']+)' not found(?: within '(?P<schema>[^']+)')?"),
    re.compile(r"[Tt]able or view [`']?(?P<name>[\w.]+)[`']? cannot be found"),
)
_COLUMN = re.compile(r"Column '([^']+)' not found")


class KylinSource(RelationalSource):
    """A project of a Kylin 5.

    Parameters
    ----------
    config
        The source as configured.

    Raises
    ------
    SourceError
        Kylin does not answer, refuses the user, or has no such project.
    """

    errors = (KylinError,)

    def __init__(self, config: SourceConfig) -> None:
        super().__init__(config)
        settings = config.settings
        self._secret = password(config)
        self._project = str(settings["project"])
        address = f"http://{settings.get('host', 'localhost')}:{settings.get('port', _PORT)}"
        url = str(settings.get("url") or address)
        self._client = KylinClient(url, str(settings["user"]), self._secret)
        self._stop_id = ""
        self._stops = 0
        self._connect()

    def _connect(self) -> None:
        name = self.config.name
        try:
            self._client.sign_in()
        except KylinError as error:
            told = self.sentence(error)[0]
            reached = "The source {name} cannot be reached: {told}"
            raise SourceError(say(reached, name=name, told=told)) from None
        try:
            found = self._client.get("projects", page_offset=0, page_size=_PROJECTS)
        except KylinError:
            # Not everybody may see the list; a project that is not there is told by the query.
            return
        listed = found.get("value", []) if isinstance(found, dict) else []
        projects = [str(one.get("name")) for one in listed if isinstance(one, dict)]
        # Kylin does not tell upper case from lower.
        known = self._project.lower() in map(str.lower, projects)
        if not known and 0 < len(projects) < _PROJECTS:
            hint = did_you_mean(self._project, projects)
            raise SourceError(
                f"The source {name} names the project {self._project}, which Kylin does not have "
                f"for the user {self.config.settings['user']}{hint}"
            )

    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result."""
        # Told beforehand, so that the query can be stopped while nothing of it has come back.
        self._stop_id, self._stops = uuid.uuid4().hex, 0
        body: dict[str, Any] = {
            "sql": bound.text,
            "project": self._project,
            "stopId": self._stop_id,
        }
        if bound.positions:
            body["params"] = [parameter(value) for value in bound.positions]
        rows: list[list[str | None]] = []

        def keep(batch: list[list[str | None]]) -> None:
            rows.extend(batch)
            meter.add_rows(batch)

        try:
            data = self._client.query(body, keep)
        finally:
            self._stop_id = ""
        return _answer(data, rows)

    def cancel(self) -> None:
        """Stop the query on the server; hang up where that has no effect."""
        name = self._stop_id
        taken = bool(name) and self._client.stop(name)
        self._stops += 1
        if not taken or self._stops > 1:
            self._client.hang_up()

    def close(self) -> None:
        """End what is left of a query."""
        self._client.hang_up()

    def tables(self) -> list[Table]:
        """Return the tables of the project's models."""
        found = [Table(_name(one), str(one.get("table_type") or "table").lower())
                 for one in self._metadata()]  # fmt: skip
        return sorted(found, key=lambda table: table.name)

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""
        wanted = table.lower()
        for one in self._metadata():
            if wanted in (_name(one).lower(), str(one.get("table_name")).lower()):
                listed = [_lowered(entry) for entry in one.get("columns") or []]
                return [Column(str(entry["column_name"]), _type(entry)) for entry in listed]
        return []

    def _metadata(self) -> list[dict[str, Any]]:
        found = self._client.get("query/tables_and_columns", project=self._project)
        return [_lowered(one) for one in found or []]

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return Kylin's message, without the query that it repeats."""
        told = re.split(r"\n?\s*while executing SQL", str(error))[0]
        if self._secret:
            told = told.replace(self._secret, "***")
        words = [match["name"] for match in (p.search(told) for p in _MISSING) if match]
        words += _COLUMN.findall(told)
        place = bound.show_word(words[0]) if bound is not None and words else ""
        return one_line(told), place

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None."""
        for pattern in _MISSING:
            match = pattern.search(str(error))
            if match:
                schema = match.groupdict().get("schema")
                return f"{schema}.{match['name']}" if schema else match["name"]
        return None


def _answer(data: dict[str, Any], rows: list[list[str | None]]) -> Answer:
    metas: list[dict[str, Any]] = data.get("columnMetas") or []
    if not metas:
        return Answer()
    names = [str(meta.get("label") or meta.get("name")) for meta in metas]
    texts: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * len(metas)
    rows.clear()
    made = [column(meta, values) for meta, values in zip(metas, texts, strict=True)]
    notes = [
        f"{name} stays text: not every value is a {type_name(meta)}"
        for name, meta, (_, exact) in zip(names, metas, made, strict=True)
        if not exact
    ]
    if data.get("partial") or data.get("isPartial"):
        notes.append("Kylin says that this is part of the result")
    columns = [
        Column(name, type_name(meta), arrow_type(meta) if exact else None)
        for name, meta, (_, exact) in zip(names, metas, made, strict=True)
    ]
    known, frame = frame_of(columns, [series for series, _ in made])
    return Answer(known, frame, notes=notes)


def _lowered(entry: dict[str, Any]) -> dict[str, Any]:
    # `table_NAME`, as Java makes it of a getter; lower case is the same in every version.
    return {key.lower(): value for key, value in entry.items()}


def _name(table: dict[str, Any]) -> str:
    schema = table.get("table_schem")
    return f"{schema}.{table.get('table_name')}" if schema else str(table.get("table_name"))


def _type(entry: dict[str, Any]) -> str:
    return str(entry.get("type_name") or "").lower().partition(" character set")[0]
