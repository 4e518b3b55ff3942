"""Open sources: one connection for each, opened when first asked or when its settings change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lodge_magics.errors import SourceError

if TYPE_CHECKING:
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.sources.base import RelationalSource

__all__ = ["Connections"]


class Connections:
    """The open relational sources of a kernel."""

    def __init__(self) -> None:
        self._open: dict[str, RelationalSource] = {}

    def get(self, config: SourceConfig) -> RelationalSource:
        """Return a source, connected.

        Parameters
        ----------
        config
            The source as configured now.

        Raises
        ------
        SourceError
            It cannot be reached.
        """
        source = self._open.get(config.name)
        if source is not None and source.config != config:
            source.close()
            source = None
        if source is None:
            source = self._open[config.name] = _connect(config)
        return source

    def close(self) -> None:
        """Close all of them."""
        for source in self._open.values():
            source.close()
        self._open.clear()


def _connect(config: SourceConfig) -> RelationalSource:
    if config.type == "duckdb":
        from lodge_magics.sql.sources.duckdb.source import DuckDBSource

        return DuckDBSource(config)
    if config.type == "sqlite":
        from lodge_magics.sql.sources.sqlite import SQLiteSource

        return SQLiteSource(config)
    if config.type == "mysql":
        from lodge_magics.sql.sources.mysql.source import MySQLSource

        return MySQLSource(config)
    if config.type == "postgres":
        from lodge_magics.sql.sources.postgres.source import PostgresSource

        return PostgresSource(config)
    if config.type == "kylin":
        from lodge_magics.sql.sources.kylin.source import KylinSource

        return KylinSource(config)
    if config.kind == "sqlalchemy+clickhousedb":
        from lodge_magics.sql.sources.clickhouse import ClickHouseSource

        return ClickHouseSource(config)
    if config.kind == "sqlalchemy+trino":
        from lodge_magics.sql.sources.trino.source import TrinoSource

        return TrinoSource(config)
    if config.type == "sqlalchemy":
        from lodge_magics.sql.sources.alchemy import AlchemySource

        return AlchemySource(config)
    raise SourceError(f"The source {config.name} is of the type {config.type}, not a database.")
