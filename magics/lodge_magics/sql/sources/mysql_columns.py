"""Blocks of rows of MySQL's text protocol as columns, without a Python value for each cell.

What comes out is what PyMySQL's own converters and the makers of `frames` make of the same rows; a
test holds one against the other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pymysql import converters
from pymysql.constants import FIELD_TYPE, FLAG

from lodge_magics.sql.sources.mysql_wire import BLOCK, blocks, put_back

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from lodge_magics.sql.meter import Meter
    from lodge_magics.sql.sources.mysql_wire import Block

__all__ = ["ColumnParts", "columns_of"]

# Rows below which PyMySQL is as quick.
_FEW = 500
# Bytes that a row takes again while a column is put together.
_TURNING = 8

# Bytes before a cell that say how long it is, by the first of them; less is the length itself.
_NULL, _TWO, _THREE, _EIGHT = 0xFB, 0xFC, 0xFD, 0xFE
_LONGER = ((_TWO, 2), (_THREE, 3), (_EIGHT, 8))
_TEXT = ("utf8", "ascii")
# Rows that are looked at to tell how much memory the objects of a column take.
_SAMPLE = 50
# The fraction of different texts from which on it does not pay to look for equal ones.
_MANY = 0.5
# Values of a column that are kept to be used again.
_KEPT = 1 << 17
_MICROSECONDS = pa.timestamp("us")
_YEAR_ONE = np.datetime64("0001-01-01", "us")


def columns_of(
    connection: Any, result: Any, meter: Meter, capacity: int = BLOCK, few: int = _FEW
) -> list[ColumnParts] | None:
    """Return the columns of a result; None where PyMySQL shall read it: it is small, or unusual.

    Parameters
    ----------
    connection
        Of PyMySQL, with a `Wire`.
    result
        Unbuffered, at its first row.
    meter
        Told what has been fetched.
    capacity
        Bytes of a block.
    few
        Less rows are few.

    Raises
    ------
    pymysql.MySQLError
        The query ended with an error.
    MagicError
        The result does not fit into memory; what follows has not been read.
    """
    columns = []
    for field, (encoding, convert) in zip(result.fields, result.converters, strict=True):
        column = _column_of(field, encoding, convert)
        if column is None:
            return None
        columns.append(column)
    known = False
    for block in blocks(connection, capacity):
        if not known and block.last and len(block) < few:
            put_back(connection, block)
            return None
        known = True
        cells = _split(block, len(columns))
        size = sum(column.add(cells.pop(0)) for column in columns)
        meter.add(len(block), size, _TURNING * len(block))
    # The end, or the error that ended it.
    result._read_rowdata_packet_unbuffered()
    return columns if known else None


def _split(block: Block, count: int) -> list[pa.Array]:
    """Return the cells of a block column by column, as text of Arrow that nobody has validated.

    Parameters
    ----------
    block
        Of rows.
    count
        How many columns they have.
    """
    data, at, rows = block.data, block.starts, len(block)
    # Cells and what is between them take turns: with the places of both, the whole block is one
    # array of Arrow, out of which it takes the cells of a column faster than numpy can.
    places = np.empty((rows, 2 * count), np.int32)
    missing: list[npt.NDArray[np.bool_] | None] = []
    for number in range(count):
        first = data[at]
        size, start = first.astype(np.int64), at + 1
        nulls = None
        if first.max(initial=0) >= _NULL:
            nulls = first == _NULL
            size[nulls] = 0
            for mark, width in _LONGER:
                long = np.flatnonzero(first == mark)
                if len(long):
                    size[long] = _number(data, start[long], width)
                    start[long] += width
        missing.append(nulls)
        at = start + size
        places[:, 2 * number], places[:, 2 * number + 1] = start, at
    cells = pa.Array.from_buffers(
        pa.string(), places.size - 1, [None, pa.py_buffer(places), pa.py_buffer(data)]
    )
    rows_at = np.arange(0, places.size, 2 * count, dtype=np.int32)
    return [
        cells.take(pa.array(rows_at + 2 * number, mask=nulls))
        for number, nulls in enumerate(missing)
    ]


def _number(
    data: npt.NDArray[np.uint8], at: npt.NDArray[np.int64], width: int
) -> npt.NDArray[np.int64]:
    value = np.zeros(len(at), np.int64)
    for place in range(width):
        value |= data[at + place].astype(np.int64) << (8 * place)
    return value


class ColumnParts(ABC):
    """A column that grows block by block.

    Parameters
    ----------
    convert
        Makes the value of a cell's text, as PyMySQL does; for text that Arrow does not take.

    Attributes
    ----------
    lost
        How many values are no dates for pandas, and are missing now.
    """

    def __init__(self, convert: Callable[[str], Any]) -> None:
        self.lost = 0
        self._one = convert
        self._parts: list[Any] = []

    def add(self, cells: pa.Array) -> int:
        """Add the cells of a block; return about how many bytes they take now.

        Parameters
        ----------
        cells
            From `_split`.
        """
        part = self._convert(cells)
        self._parts.append(part)
        if part.dtype != object:
            return int(part.nbytes)
        sample = part[:: max(1, len(part) // _SAMPLE)]
        return int(part.nbytes + len(part) * sum(map(_weight, sample)) / max(1, len(sample)))

    def series(self) -> pd.Series:
        """Return the column, and forget it."""
        parts, self._parts = self._parts, []
        return pd.Series(np.concatenate(parts), copy=False)

    @abstractmethod
    def _convert(self, cells: pa.Array) -> Any:
        """Return cells as an array of numpy."""


class _Values(dict[str, Any]):
    """The values of texts, each made once as long as they are not too many.

    Parameters
    ----------
    convert
        Makes the value of a text.

    Attributes
    ----------
    share
        How many values of the last block were different ones, as a fraction.
    """

    def __init__(self, convert: Callable[[str], Any]) -> None:
        self._convert = convert
        self.share = 1.0

    def __missing__(self, text: str) -> Any:
        value = self._convert(text)
        if len(self) < _KEPT:
            self[text] = value
        return value

    def take(self, cells: pa.Array, missing: Any, dtype: str) -> Any:
        """Return the values of cells as an array; equal cells of a block are one object."""
        encoded = cells.dictionary_encode()
        texts = encoded.dictionary.to_numpy(zero_copy_only=False).tolist()
        self.share = len(texts) / max(1, len(cells))
        values = np.empty(len(texts) + 1, dtype)
        values[:-1] = list(map(self.__getitem__, texts))
        values[-1] = missing
        places = encoded.indices
        if places.null_count:
            places = places.fill_null(len(texts))
        return values.take(places.to_numpy(zero_copy_only=False))


def _weight(value: Any) -> int:
    return 0 if value is None else int(value.__sizeof__())


class _Whole(ColumnParts):
    """int64 or uint64; with NULLs pandas' own of them."""

    def __init__(self, convert: Callable[[str], Any], kind: pa.DataType) -> None:
        super().__init__(convert)
        self._kind = kind
        self._masks: list[Any] = []

    def _convert(self, cells: pa.Array) -> Any:
        numbers = cells.cast(self._kind)
        if not numbers.null_count:
            self._masks.append(None)
            return numbers.to_numpy()
        self._masks.append(numbers.is_null().to_numpy(zero_copy_only=False))
        return numbers.fill_null(0).to_numpy()

    def series(self) -> pd.Series:
        masks, parts = self._masks, self._parts
        self._masks = []
        if all(mask is None for mask in masks):
            return super().series()
        whole = [
            np.zeros(len(part), bool) if mask is None else mask
            for mask, part in zip(masks, parts, strict=True)
        ]
        self._parts = []
        return pd.Series(pd.arrays.IntegerArray(np.concatenate(parts), np.concatenate(whole)))


class _Float(ColumnParts):
    """float64; NULL is NaN."""

    def _convert(self, cells: pa.Array) -> Any:
        return cells.cast(pa.float64()).to_numpy(zero_copy_only=False)


class _Dates(ColumnParts):
    """datetime64[us]; what is no date of the calendar is NaT, and counted."""

    def _convert(self, cells: pa.Array) -> Any:
        try:
            dates = cells.cast(_MICROSECONDS).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            dates = None
        if dates is not None and not (dates < _YEAR_ONE).any():
            return dates
        one, texts = self._one, cells.to_pylist()
        known = {text: one(text) for text in set(texts) - {None}}
        dates = {text: None if isinstance(date, str) else date for text, date in known.items()}
        self.lost += sum(text is not None and dates[text] is None for text in texts)
        return np.array([dates.get(text) for text in texts], "datetime64[us]")


class _Spans(ColumnParts):
    """timedelta64[us]; NULL is NaT."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__(convert)
        self._values = _Values(convert)

    def _convert(self, cells: pa.Array) -> Any:
        return self._values.take(cells, np.timedelta64("NaT"), "timedelta64[us]")


class _Decimals(ColumnParts):
    """Of `Decimal`; NULL is None."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__(convert)
        self._values = _Values(convert)

    def _convert(self, cells: pa.Array) -> Any:
        return self._values.take(cells, None, "object")


class _Texts(ColumnParts):
    """Of str; NULL is None. Where many are equal, they are one object."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__(convert)
        self._values = _Values(convert)
        self._repeats = True

    def _convert(self, cells: pa.Array) -> Any:
        try:
            if not self._repeats:
                return cells.to_numpy(zero_copy_only=False)
            values = self._values.take(cells, None, "object")
        except pa.ArrowException:  # no UTF-8; Python says where
            return np.array([t.decode() for t in cells.view(pa.binary()).to_pylist()], object)
        if self._values.share > _MANY:
            self._repeats = False
            self._values.clear()
        return values


class _Bytes(ColumnParts):
    """Of bytes; NULL is None."""

    def _convert(self, cells: pa.Array) -> Any:
        return cells.view(pa.binary()).to_numpy(zero_copy_only=False)


def _column_of(
    field: Any, encoding: str | None, convert: Callable[[str], Any] | None
) -> ColumnParts | None:
    """Return an empty column for a field; None for one that only PyMySQL can read.

    Parameters
    ----------
    field
        As the server describes it.
    encoding, convert
        How PyMySQL reads its cells.
    """
    if convert is int:
        wide = field.type_code == FIELD_TYPE.LONGLONG and field.flags & FLAG.UNSIGNED
        return _Whole(convert, pa.uint64() if wide else pa.int64())
    if convert is float:
        return _Float(convert)
    if convert is Decimal:
        return _Decimals(convert)
    if convert in (converters.convert_date, converters.convert_datetime):
        return _Dates(convert)
    if convert is converters.convert_timedelta:
        return _Spans(convert)
    if convert is not None:
        return None
    if encoding is None:
        return _Bytes(str)
    return _Texts(str) if encoding in _TEXT else None
