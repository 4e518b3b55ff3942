"""Hive tables as their metastore tells them, for who has no Spark session to ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lodge_magics.errors import SourceError
from lodge_magics.spark.reach import configured_property
from lodge_magics.sql.sources.base import Column, Table
from lodge_magics.sql.sources.hive.schemas import spark_columns
from lodge_magics.words import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Metastore", "configured_metastores"]

_URIS = "spark.hadoop.hive.metastore.uris"
_PATIENCE = 5.0
"""Seconds that an answer may take."""
_VIEWS = ("VIRTUAL_VIEW", "MATERIALIZED_VIEW")


def configured_metastores() -> list[tuple[str, int]]:
    """Return where Spark's sessions find the metastore; empty where they have none."""
    found = []
    for uri in (configured_property(_URIS) or "").split(","):
        parts = urlsplit(uri.strip())
        if parts.scheme == "thrift" and parts.hostname:
            found.append((parts.hostname, parts.port or 9083))
    return found


class Metastore:
    """A metastore service that asks nobody who they are.

    One that is guarded by Kerberos does not answer, which is told as any other silence.

    Parameters
    ----------
    addresses
        Host and port of the service, or of several of which one is asked.
    database
        Whose tables have no database before their name.
    """

    def __init__(self, addresses: Sequence[tuple[str, int]], database: str = "default") -> None:
        self._addresses = addresses
        self._database = database

    def tables(self) -> list[Table]:
        """Return the tables and views: those of the own database first, then `DATABASE.TABLE`.

        Raises
        ------
        SourceError
            The service does not answer, or not as a metastore.
        """
        found = self._ask(lambda client: client.get_table_meta("*", "*", []))
        named = sorted((one.dbName != self._database, one.dbName, one.tableName, one.tableType)
                       for one in found if one.dbName and one.tableName)  # fmt: skip
        return [
            Table(f"{database}.{table}" if other else table, "view" if kind in _VIEWS else "table")
            for other, database, table, kind in named
        ]

    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table, those it is partitioned by last; empty without a table.

        Raises
        ------
        SourceError
            The service does not answer, or not as a metastore.
        """
        parts = self._parts(table)
        if parts is None:
            return []
        found = self._ask(lambda client: _or_none(client, *parts))
        if found is None:
            return []
        return spark_columns(found.parameters or {}) or [
            Column(one.name, one.type)
            for one in (*((found.sd and found.sd.cols) or ()), *(found.partitionKeys or ()))
        ]

    def missing(self, tables: Sequence[str]) -> list[str]:
        """Return those tables that are not there; of other catalogs than Hive's nothing is said.

        Raises
        ------
        SourceError
            The service does not answer, or not as a metastore.
        """

        def ask(client: Any) -> list[str]:
            named = ((table, self._parts(table)) for table in tables)
            return [
                table
                for table, parts in named
                if parts is not None and _or_none(client, *parts) is None
            ]

        return self._ask(ask)

    def _parts(self, table: str) -> tuple[str, str] | None:
        """Return the database and the name; None for a table of another catalog."""
        *before, name = table.split(".")
        if before[:1] == ["spark_catalog"]:
            before = before[1:]
        if len(before) > 1:
            return None
        return (before[0] if before else self._database), name

    def _ask(self, work: Callable[[Any], Any]) -> Any:
        import thriftpy2
        from thriftpy2.rpc import make_client

        file = Path(__file__).with_suffix(".thrift")
        interface = thriftpy2.load(str(file), module_name="lodge_metastore_thrift")
        silence: list[str] = []
        for host, port in self._addresses:
            try:
                client = make_client(interface.Metastore, host, port, timeout=int(_PATIENCE * 1000))
                try:
                    return work(client)
                finally:
                    client.close()
            # Bytes that are no Thrift end in whatever reading them ends in.
            except Exception as error:
                said = getattr(error, "message", None) or str(error) or type(error).__name__
                silence.append(f"{host}:{port} said: {one_line(str(said))[:200]}")
        raise SourceError(f"The Hive metastore did not answer ({'; '.join(silence)}).")


def _or_none(client: Any, database: str, name: str) -> Any:
    """Return a table of the metastore, or None."""
    try:
        return client.get_table(database, name)
    except Exception as error:
        # Classes of exceptions are made with the interface.
        if type(error).__name__ == "NoSuchObjectException":
            return None
        raise
