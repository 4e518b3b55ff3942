"""What a source holds, for programs: `python -m lodge_magics.sql.catalog`, JSON on its output.

`sources`, `tables --source NAME`, `columns --source NAME --table NAME`, `preview` of a table, and
`missing` of several (folded, as a look at a statement finds them) print what they find, or
`{"error": {"reason": …, "message": …}}` with exit code 1. A source is only read. SIGTERM ends what
runs, on the database's server too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import signal
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, NoReturn

from lodge_magics.errors import MagicError, SourceError
from lodge_magics.sql import config as configs
from lodge_magics.words import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.sources.base import Column, RelationalSource, Table

__all__ = ["main", "written"]

CELL_LENGTH = 200
COMMANDS = ("sources", "tables", "columns", "preview", "missing")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_BACKTICKS = {"mysql", "hive", "spark", "databricks", "bigquery", "clickhouse"}
# A name among these is quoted: no dialect's own list, but the words that tables are called by.
_WORDS = """
all and any array as asc between by case cast check column constraint create cross current
database default delete desc distinct drop else end except exists false fetch for foreign from
full function grant group groups having if in index inner insert intersect interval into is join
key keys left like limit match natural not null of offset on option or order outer over
partition primary procedure range rank read references right row rows select session set some
system table then to trigger true union unique update usage user using values view when where
window with write
"""
_RESERVED = frozenset(_WORDS.split())


class _Refusal(Exception):  # noqa: N818
    """What is told in place of a result."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def written(name: str, kind: str) -> str:
    """Return a name as it is written in a query: quoted where it has to be.

    Parameters
    ----------
    name
        Of a table, with its schema before a dot where it needs one, or of a column.
    kind
        The type of the source, or `sqlalchemy+DIALECT`.
    """
    # A dot of SQLite is part of the name: its schemas are other files.
    parts = [name] if kind == "sqlite" else [part for part in name.rpartition(".")[::2] if part]
    return ".".join(_quoted(part, kind) for part in parts)


def _quoted(name: str, kind: str) -> str:
    folds = kind.rpartition("+")[2] in ("postgres", "oracle", "snowflake")
    plain = name if folds else name.lower()
    if _PLAIN.fullmatch(plain) and plain.lower() not in _RESERVED:
        return name
    mark = "`" if kind.rpartition("+")[2] in _BACKTICKS else '"'
    return mark + name.replace(mark, mark * 2) + mark


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one question on standard output.

    Parameters
    ----------
    arguments
        Of the command line, by default of the process.

    Returns
    -------
    int
        0, or 1 when what is printed is an error.
    """
    parser = argparse.ArgumentParser(prog="python -m lodge_magics.sql.catalog")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--source", default=None)
    parser.add_argument("--table", action="append", default=[])
    parser.add_argument("--limit", type=int, default=20)
    given = parser.parse_args(arguments)
    try:
        answer = _sources() if given.command == "sources" else _ask(given)
    except _Refusal as refusal:
        answer = {"error": {"reason": refusal.reason, "message": str(refusal)}}
    except MagicError as error:
        answer = {"error": {"reason": "source_failed", "message": error.message}}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    return int("error" in answer)


def _sources() -> dict[str, Any]:
    config = configs.load()
    return {
        "items": [
            {
                "name": name,
                "type": one.kind.removeprefix("sqlalchemy+"),
                "description": one.description,
                "default": name == config.default,
            }
            for name, one in config.sources.items()
        ]
    }


def _ask(given: argparse.Namespace) -> dict[str, Any]:
    from lodge_magics.sql.sources.connect import Connections

    known = configs.load()
    if given.source is not None and given.source not in known.sources:
        _raise_missing("no_source", "source", given.source, "the sources", known.sources)
    config = known.find(given.source)
    if config.type == "hive":
        return _ask_metastore(config, given)
    connections = Connections()
    try:
        source = connections.get(_reading(config))
        try:
            return _answer(source, config, given)
        except source.errors as error:
            told = source.sentence(error)[0]
            raise SourceError(f"{config.name} did not answer: {told}") from None
    finally:
        connections.close()


def _ask_metastore(config: SourceConfig, given: argparse.Namespace) -> dict[str, Any]:
    from lodge_magics.sql.sources.hive.metastore import Metastore, configured_metastores

    addresses = configured_metastores()
    if not addresses:
        raise _Refusal(
            "ask_a_notebook",
            f"The tables of {config.name} come with a Spark session: %sql tables --source "
            f"{config.name} lists them in a notebook.",
        )
    metastore = Metastore(addresses, config.settings.get("database") or "default")
    if given.command == "tables":
        return {"items": _tables(metastore.tables(), config)}
    if given.command == "missing":
        return {"missing": metastore.missing(given.table)}
    table = given.table[-1] if given.table else ""
    columns = metastore.columns(table)
    if not columns:
        names = [one.name for one in metastore.tables()]
        _raise_missing("no_table", "table", table, config.name, names)
    if given.command == "preview":
        raise _Refusal(
            "ask_a_notebook",
            f"The rows of {table} come with a Spark session: %%sql --source {config.name} "
            "--preview shows them in a notebook.",
        )
    return {"items": _columns(columns, config)}


def _reading(config: SourceConfig) -> SourceConfig:
    """Return the source as one that is only read: a file must not be locked for who writes."""
    if config.type == "sqlalchemy":
        return config
    return dataclasses.replace(config, settings={**config.settings, "read_only": True})


def _answer(
    source: RelationalSource, config: SourceConfig, given: argparse.Namespace
) -> dict[str, Any]:
    from lodge_magics.interrupt import run_interruptible

    if given.command == "tables":
        return {"items": _tables(run_interruptible(source.tables, source.cancel), config)}
    if given.command == "missing":
        lost = run_interruptible(lambda: _missing(source, config, given.table), source.cancel)
        return {"missing": lost}
    table = given.table[-1] if given.table else ""
    columns = run_interruptible(lambda: source.columns(table), source.cancel)
    if not columns:
        names = [one.name for one in source.tables()]
        _raise_missing("no_table", "table", table, config.name, names)
    if given.command == "preview":
        return _preview(source, config, table, given.limit)
    return {"items": _columns(columns, config)}


def _tables(tables: Sequence[Table], config: SourceConfig) -> list[dict[str, str]]:
    return [
        {"name": one.name, "kind": one.kind, "sql": written(one.name, config.kind)}
        for one in tables
    ]


def _columns(columns: Sequence[Column], config: SourceConfig) -> list[dict[str, str]]:
    return [
        {"name": one.name, "type": one.type, "sql": _quoted(one.name, config.kind)}
        for one in columns
    ]


def _missing(source: RelationalSource, config: SourceConfig, names: Sequence[str]) -> list[str]:
    """Return those tables that are not there for who asks, or that they may not read.

    Parameters
    ----------
    source, config
        The source, which has just answered.
    names
        As a statement has them, without quotes and difference of case.
    """
    spelled: dict[str, str] = {}
    for one in source.tables():
        spelled.setdefault(_folded(one.name), written(one.name, config.kind))
    lost = []
    for name in names:
        plain = ".".join(_quoted(part, config.kind) for part in name.split("."))
        if not _is_readable(source, config, spelled.get(_folded(name), plain)):
            lost.append(name)
    return lost


def _is_readable(source: RelationalSource, config: SourceConfig, table: str) -> bool:
    from lodge_magics.sql.meter import Meter
    from lodge_magics.sql.options import SqlOptions
    from lodge_magics.sql.run import prepare

    # The server finds the table and asks who may read it; there are no rows to read.
    text = f"SELECT * FROM {table} WHERE 1 = 0"  # noqa: S608
    try:
        (bound,) = prepare(text, config.kind, SqlOptions(), lambda name: name)
        source.execute(bound, Meter())
    except MagicError:
        return False
    except source.errors:
        return False
    return True


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _preview(
    source: RelationalSource, config: SourceConfig, table: str, limit: int
) -> dict[str, Any]:
    from lodge_magics.interrupt import run_interruptible
    from lodge_magics.sql.meter import Meter
    from lodge_magics.sql.options import SqlOptions
    from lodge_magics.sql.run import prepare
    from lodge_magics.sql.table import cell_text

    # The table is one that there is, its name quoted; there are no parameters.
    text = f"SELECT * FROM {written(table, config.kind)}"  # noqa: S608
    options = SqlOptions(preview=limit)
    (bound,) = prepare(text, config.kind, options, lambda name: name)
    answer = run_interruptible(lambda: source.execute(bound, Meter()), source.cancel)
    kinds = [column.type for column in answer.columns]
    frame = answer.frame
    values = [] if frame is None else [frame.iloc[:, i].tolist() for i in range(len(kinds))]
    return {
        "columns": [{"name": one.name, "type": one.type} for one in answer.columns],
        "rows": [
            [_cell(value, kind, cell_text) for value, kind in zip(row, kinds, strict=True)]
            for row in zip(*values, strict=True)
        ],
    }


def _cell(value: object, kind: str, text_of: Callable[[Any, str], str]) -> str | None:
    text = text_of(value, kind)
    if text == "NULL" and not isinstance(value, str):
        return None
    return text if len(text) <= CELL_LENGTH else f"{text[: CELL_LENGTH - 1]}…"


def _raise_missing(
    reason: str, what: str, name: str, where: str, known: Collection[str]
) -> NoReturn:
    found = nearest(name, known)
    raise _Refusal(
        reason,
        f"There is no {what} {name} in {where}"
        + (f"; did you mean {found}?" if found else "; refresh to see those there are."),
    )


if __name__ == "__main__":
    # A server that was started in the background hands a deaf SIGINT down; SIGTERM is ours.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
