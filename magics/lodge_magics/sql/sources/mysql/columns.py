"""Blocks of rows of MySQL's text protocol as columns, without a Python value for each cell.

What comes out is what PyMySQL's own converters and the makers of `frames` make of the same rows; a
test holds one against the other.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pymysql import converters
from pymysql.constants import FIELD_TYPE, FLAG

from lodge_magics.sql.sources.mysql.wire import BLOCK, blocks, put_back
from lodge_magics.sql.sources.parts import Bytes, Decimals, Floats, Parts, Spans, Texts, Whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from lodge_magics.sql.meter import Meter
    from lodge_magics.sql.sources.mysql.wire import Block

__all__ = ["columns_of"]

# Rows below which PyMySQL is as quick.
_FEW = 500
# Bytes that a row takes again while a column is put together.
_TURNING = 8
# Bytes before a cell that say how long it is, by the first of them; less is the length itself.
_NULL, _TWO, _THREE, _EIGHT = 0xFB, 0xFC, 0xFD, 0xFE
_LONGER = ((_TWO, 2), (_THREE, 3), (_EIGHT, 8))
_TEXT = ("utf8", "ascii")
_MICROSECONDS = pa.timestamp("us")
_YEAR_ONE = np.datetime64("0001-01-01", "us")


def columns_of(
    connection: Any, result: Any, meter: Meter, capacity: int = BLOCK, few: int = _FEW
) -> list[Parts] | None:
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


class _Dates(Parts):
    """datetime64[us]; what is no date of the calendar is NaT, and counted.

    Parameters
    ----------
    convert
        Makes the date of a text, or gives it back, as PyMySQL does.
    """

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__()
        self._one = convert

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


def _column_of(
    field: Any, encoding: str | None, convert: Callable[[str], Any] | None
) -> Parts | None:
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
        return Whole(pa.uint64() if wide else pa.int64())
    if convert is float:
        return Floats()
    if convert is Decimal:
        return Decimals()
    if convert in (converters.convert_date, converters.convert_datetime):
        return _Dates(convert)
    if convert is converters.convert_timedelta:
        return Spans(convert)
    if convert is not None:
        return None
    if encoding is None:
        return Bytes()
    return Texts() if encoding in _TEXT else None
