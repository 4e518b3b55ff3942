"""A result as a table that Parquet keeps, and back: every value and every type as it was.

What pandas keeps as Python objects other than text or bytes (`Decimal`, `UUID`, lists, dicts,
numbers of more than 64 bits) goes there as JSON, with the type beside each value that JSON lacks.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pandas as pd
import pyarrow as pa

from lodge_magics.sql.arrow import frame_of_table
from lodge_magics.sql.frames import object_series
from lodge_magics.sql.sources.base import Answer, Column

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["packed", "unpacked"]

_KEY = b"lodge"
# The types of values that JSON lacks: how each is written, and how it is read.
_WRITTEN: dict[type, tuple[str, Callable[[Any], Any]]] = {
    Decimal: ("decimal", str),
    UUID: ("uuid", str),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.timedelta: ("span", lambda value: [value.days, value.seconds, value.microseconds]),
    ipaddress.IPv4Address: ("ip4", str),
    ipaddress.IPv6Address: ("ip6", str),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "uuid": UUID,
    "bytes": base64.b64decode,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "span": lambda value: datetime.timedelta(*value),
    "ip4": ipaddress.IPv4Address,
    "ip6": ipaddress.IPv6Address,
    "tuple": lambda value: tuple(map(_read, value)),
    "dict": lambda value: {_read(key): _read(one) for key, one in value},
}


def packed(answer: Answer) -> pa.Table:
    """Return a result as a table that Parquet keeps.

    Parameters
    ----------
    answer
        With a frame.

    Raises
    ------
    TypeError
        A value is of a type that is not known here.
    """
    frame = answer.frame
    if frame is None:
        raise TypeError("there is no result")
    coded = [False] * len(answer.columns)
    if answer.table is not None and not _has_union(answer.table.schema):
        arrays, form = answer.table.columns, "arrow"
    else:
        arrays, form = [], "pandas"
        for number in range(len(answer.columns)):
            array, coded[number] = _packed(frame.iloc[:, number])
            arrays.append(array)
    kinds = [
        None if column.arrow is None else pa.schema([("", column.arrow)]).serialize().to_pybytes()
        for column in answer.columns
    ]
    about = {
        "form": form,
        "coded": coded,
        "notes": answer.notes,
        "columns": [
            [column.name, column.type, column.loose, column.nan] for column in answer.columns
        ],
        "arrow": [kind and base64.b64encode(kind).decode() for kind in kinds],
    }
    names = [str(number) for number in range(len(arrays))]
    table = pa.table(arrays, names=names)
    return table.replace_schema_metadata({_KEY: json.dumps(about).encode()})


def unpacked(table: pa.Table) -> Answer:
    """Return the result that a table was made of.

    Parameters
    ----------
    table
        From `packed`, by way of Parquet.

    Raises
    ------
    KeyError, ValueError
        It was made by something else.
    """
    about = json.loads((table.schema.metadata or {})[_KEY])
    columns = [
        Column(name, kind, None if arrow is None else _type(arrow), loose, nan)
        for (name, kind, loose, nan), arrow in zip(about["columns"], about["arrow"], strict=True)
    ]
    names = [column.name for column in columns]
    if about["form"] == "arrow":
        table = table.replace_schema_metadata(None).rename_columns(names)
        known, frame = frame_of_table(table, columns)
        return Answer(known, frame, notes=about["notes"], table=table)
    series = [
        _unpacked(table.column(number), coded, columns[number])
        for number, coded in enumerate(about["coded"])
    ]
    frame = pd.DataFrame(dict(enumerate(series)), index=pd.RangeIndex(table.num_rows))
    frame.columns = pd.Index(names)
    return Answer(columns, frame, notes=about["notes"])


def _has_union(schema: pa.Schema) -> bool:
    return any(pa.types.is_union(kind) for kind in schema.types)


def _type(text: str) -> pa.DataType:
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text))).field(0).type


def _packed(series: pd.Series) -> tuple[Any, bool]:
    if series.dtype != object:
        # A NaN of float64 stays one: the column says what it is.
        return pa.array(series, from_pandas=False), False
    values = series.tolist()
    kinds = {type(value) for value in values if value is not None}
    if kinds == {str}:
        return pa.array(values, pa.string()), False
    if kinds == {bytes}:
        return pa.array(values, pa.binary()), False
    coded = [None if value is None else json.dumps(_written(value)) for value in values]
    return pa.array(coded, pa.string()), True


def _unpacked(column: pa.ChunkedArray, coded: bool, about: Column) -> pd.Series:
    if coded:
        return object_series(
            [None if text is None else _read(json.loads(text)) for text in column.to_pylist()]
        )
    # One of one column has no type that it would look at.
    known, frame = frame_of_table(pa.table([column], names=[""]), [replace(about, type="")])
    del known
    return frame.iloc[:, 0]


def _written(value: Any) -> Any:
    if value is None or type(value) in (bool, int, str, float):
        return value
    if isinstance(value, list):
        return [_written(one) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_written(one) for one in value]}
    if isinstance(value, dict):
        return {"dict": [[_written(key), _written(one)] for key, one in value.items()]}
    name, write = _WRITTEN.get(type(value), ("", str))
    if not name:
        raise TypeError(f"a {type(value).__name__} is of no type that can be kept")
    return {name: write(value)}


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(one) for one in value]
    if isinstance(value, dict):
        ((name, inner),) = value.items()
        return _READ[name](inner)
    return value
