"""Large results of Postgres as Arrow, by ADBC: several times faster than row by row.

It has a connection of its own, so it is used only where that makes no difference: for a SELECT
without parameters, outside of transactions, in a session that was not changed. And only for types
that were proven to arrive as they do by the driver; anything unusual is a `NotFastError`, and the
driver asks again.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lodge_magics.errors import MagicError
from lodge_magics.sql.frames import object_series

if TYPE_CHECKING:
    from lodge_magics.sql.meter import Meter

__all__ = ["FastPostgres", "NotFastError", "changes_data", "leaves_session", "reads_session"]

_INTEGERS = {"int2", "int4", "int8"}
_DATES = {"date", "timestamp", "timestamptz"}
_TEXTS = {"text", "varchar", "bpchar", "name", "json", "jsonb"}
_PROVEN = {*_INTEGERS, *_DATES, *_TEXTS, "bool", "float8", "numeric", "bytea", "time"}
# Statements after which another session sees what this one does.
_LEAVING = {
    *("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "COMMENT"),
    *("GRANT", "REVOKE", "ANALYZE", "VACUUM", "REINDEX", "REFRESH", "BEGIN", "START", "COMMIT"),
    *("ROLLBACK", "END", "SAVEPOINT", "RELEASE"),
}
_TEMPORARY = re.compile(r"\b(temp|temporary|pg_temp)\b", re.IGNORECASE)
_SESSION = re.compile(
    r"\b(pg_temp|set_config|current_setting|nextval|setval|currval|lastval|pg_(try_)?advisory\w*|"
    r"pg_backend_pid|pg_my_temp_schema|\w*txid\w*|pg_current_xact\w*|pg_export_snapshot|lo_\w+)\b",
    re.IGNORECASE,
)
_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)
_FIRST, _LAST = datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30)


# In a WITH before a SELECT, or FOR UPDATE.
_CHANGES = re.compile(r"\b(insert|update|delete|merge)\b", re.IGNORECASE)


class NotFastError(Exception):
    """The driver has to be asked instead."""


def changes_data(text: str) -> bool:
    """Tell whether a query may change or lock rows, and so must not run a second time.

    Parameters
    ----------
    text
        The query.
    """
    return _CHANGES.search(text) is not None


def leaves_session(text: str) -> bool:
    """Tell whether a statement that does not ask leaves its session as any other is.

    Parameters
    ----------
    text
        The statement.
    """
    word = re.match(r"\W*(\w+)", text)
    return word is not None and word[1].upper() in _LEAVING and not _TEMPORARY.search(text)


def reads_session(text: str) -> bool:
    """Tell whether a query may read or change what only its own session has.

    Parameters
    ----------
    text
        The query.
    """
    return _SESSION.search(text) is not None


class FastPostgres:
    """A second connection, for large results.

    Parameters
    ----------
    conninfo
        As libpq takes it.
    """

    def __init__(self, conninfo: str) -> None:
        from adbc_driver_postgresql import dbapi

        self._connection: Any = dbapi.connect(conninfo, autocommit=True)
        self._cursor: Any = None

    def fetch(self, text: str, meter: Meter) -> pd.DataFrame:
        """Return the result of a query.

        Parameters
        ----------
        text
            A SELECT without parameters.
        meter
            Told what has been fetched.

        Raises
        ------
        NotFastError
            A type or a value is none that surely arrives as it is.
        MagicError
            The result does not fit into memory.
        """
        with self._connection.cursor() as cursor:
            self._cursor = cursor
            try:
                # On a line of its own: it goes into brackets, and may end with a comment.
                schema = cursor.adbc_execute_schema(f"{text}\n")
                kinds = [_kind(field) for field in schema]
                cursor.execute(f"{text}\n")
                batches = []
                for batch in cursor.fetch_record_batch():
                    batches.append(batch)
                    meter.add_batch(batch)
                columns = pa.Table.from_batches(batches, schema).columns
                del batches
                return _frame(columns, kinds, schema.names)
            except MagicError:
                cursor.adbc_cancel()
                raise
            finally:
                self._cursor = None

    def cancel(self) -> None:
        """Cancel the running query on the server."""
        cursor = self._cursor
        if cursor is not None:
            with contextlib.suppress(Exception):
                cursor.adbc_cancel()

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):
            self._connection.close()


def _kind(field: pa.Field) -> str:
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if kind not in _PROVEN:
        raise NotFastError
    return kind


def _frame(columns: list[Any], kinds: list[str], names: list[str]) -> pd.DataFrame:
    series: dict[int, pd.Series] = {}
    length = len(columns[0]) if columns else 0
    for number, kind in enumerate(kinds):
        column = columns[number]
        columns[number] = None  # the memory of a column is free once it is converted
        series[number] = _series(column, kind)
    frame = pd.DataFrame(series, index=pd.RangeIndex(length), copy=False)
    frame.columns = pd.Index(names)
    return frame


def _series(column: Any, kind: str) -> pd.Series:
    if kind in _INTEGERS:
        column = column.cast(pa.int64())
        if not column.null_count:
            return pd.Series(column.to_pandas())
        return pd.Series(column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get))
    if kind == "bool":
        if not column.null_count:
            return pd.Series(column.to_pandas())
        return pd.Series(column.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get))
    if kind in _DATES:
        return _dates(column, kind)
    if kind == "float8":
        return pd.Series(column.to_pandas())
    if isinstance(column.type, pa.BaseExtensionType):
        storage = column.type.storage_type
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], storage)
    if kind == "numeric":
        return _decimals(column)
    values = column.to_pandas()
    return pd.Series(values) if values.dtype == object else object_series(list(values))


def _dates(column: Any, kind: str) -> pd.Series:
    # Infinity and years that Python has no date for: the driver tells of them.
    unit = datetime.timedelta(days=1) if kind == "date" else _MICROSECOND
    plain = column.cast(pa.int32() if kind == "date" else pa.int64())
    ends = pc.min_max(plain).as_py()
    if ends["min"] is not None and (
        ends["min"] < (_FIRST - _EPOCH) // unit or ends["max"] > (_LAST - _EPOCH) // unit
    ):
        raise NotFastError
    zone = "UTC" if kind == "timestamptz" else None
    return pd.Series(column.cast(pa.timestamp("us", zone)).to_pandas())


def _decimals(column: Any) -> pd.Series:
    """Return text as `Decimal`; equal numbers of a chunk are one object."""
    parts = []
    for chunk in column.chunks:
        encoded = chunk.dictionary_encode()
        numbers = np.empty(len(encoded.dictionary) + 1, dtype=object)
        numbers[:-1] = [Decimal(text) for text in encoded.dictionary.to_pylist()]
        # The last one, None, is that of missing places.
        places = encoded.indices.fill_null(len(numbers) - 1).to_numpy(zero_copy_only=False)
        parts.append(numbers.take(places))
    return pd.Series(np.concatenate(parts) if parts else np.empty(0, dtype=object))
