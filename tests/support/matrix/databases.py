"""The databases of the matrix: sources, and beside each a plain driver that is asked for texts."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
from clickhouse_connect import dbapi
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections

from support import clickhouse_fake
from support.clickhouse import running_clickhouse
from support.databases import PASSWORD, running_mariadb, running_postgres
from support.matrix.kinds import Kind
from support.matrix.wide import Wide

__all__ = ["Databases", "running_databases"]


class Databases:
    """Sources, and a driver for each."""

    def __init__(self, sources: dict[str, RelationalSource], drivers: dict[str, Any]) -> None:
        self.sources = sources
        self._drivers = drivers
        self._texts: dict[Kind, list[str | None]] = {}

    def types(self, source: str, kinds: Iterable[Kind]) -> Wide:
        """The types of a source, beside each other."""
        return Wide(
            self.sources[source],
            [kind for kind in kinds if kind.source == source],
            lambda text: self._ask(source, text),
        )

    def _ask(self, source: str, text: str) -> list[Any]:
        with contextlib.closing(self._drivers[source].cursor()) as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    def texts(self, kind: Kind) -> list[str | None]:
        """How the source itself writes the values of a kind, and NULL."""
        if kind not in self._texts:
            text = f"SELECT {kind.text.format('x')} FROM ({kind.rows()}) AS q ORDER BY n"
            self._texts[kind] = [row[0] for row in self._ask(kind.source, text)]
        return self._texts[kind]


@contextmanager
def running_databases(folder: Path) -> Iterator[Databases]:
    """Start a server for each that needs one."""
    (folder / "lite").touch()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    (folder / "clickhouse-password").write_text(clickhouse_fake.PASSWORD)
    user = {"user": "u", "database": "shop", "password_file": str(secret)}
    connections = Connections()
    with (
        running_mariadb() as socket,
        running_postgres() as postgres,
        running_clickhouse() as clickhouse,
    ):
        settings: dict[str, dict[str, Any]] = {
            "duckdb": {"path": str(folder / "duck")},
            "sqlite": {"path": str(folder / "lite")},
            "mysql": {"socket": str(socket), **user},
            "postgres": {"host": "127.0.0.1", "port": postgres.port, **user},
            "clickhouse": {
                "url": f"clickhousedb://{clickhouse_fake.USER}@127.0.0.1:{clickhouse}/default",
                "password_file": str(folder / "clickhouse-password"),
            },
        }
        drivers: dict[str, Any] = {
            "duckdb": duckdb.connect(),
            "sqlite": sqlite3.connect(":memory:"),
            "mysql": pymysql.connect(
                unix_socket=str(socket), user="u", password=PASSWORD, charset="utf8mb4"
            ),
            "postgres": psycopg.connect(
                host="127.0.0.1", port=postgres.port, user="u", password=PASSWORD, dbname="shop",
                options="-c TimeZone=UTC",
            ),
            "clickhouse": dbapi.connect(
                host="127.0.0.1", port=clickhouse, username=clickhouse_fake.USER,
                password=clickhouse_fake.PASSWORD,
            ),
        }  # fmt: skip
        sources = {
            kind: connections.get(SourceConfig(kind, "sqlalchemy" if "url" in more else kind, more))
            for kind, more in settings.items()
        }
        yield Databases(sources, drivers)
        connections.close()
        for driver in drivers.values():
            driver.close()
