"""Large results of MySQL, decoded column by column, hold what PyMySQL makes of the same bytes."""

from __future__ import annotations

import io
import struct
from decimal import Decimal
from typing import Any

import pandas as pd
import pymysql
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lodge_magics.errors import SqlError
from lodge_magics.sql.meter import Meter
from lodge_magics.sql.sources.base import Answer
from lodge_magics.sql.sources.mysql.columns import columns_of
from lodge_magics.sql.sources.mysql.source import answer_of_columns, answer_of_rows
from lodge_magics.sql.sources.mysql.wire import Wire
from pymysql.connections import MySQLResult
from pymysql.constants import FIELD_TYPE, FLAG

UTF8, BINARY = 45, 63
MORE = 8

Row = tuple[bytes | None, ...]
# Type, character set, flags: as the server describes a column.
Field = tuple[int, int, int]


def length(size: int) -> bytes:
    if size < 251:
        return bytes([size])
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little")
    if size < 1 << 24:
        return b"\xfd" + size.to_bytes(3, "little")
    return b"\xfe" + size.to_bytes(8, "little")


def cell(value: bytes | None) -> bytes:
    return b"\xfb" if value is None else length(len(value)) + value


def packets(payloads: list[bytes]) -> bytes:
    """Return payloads as a server sends them, the first one with the number 1."""
    sent, number = bytearray(), 1
    for payload in payloads:
        while True:
            piece, payload = payload[:0xFFFFFF], payload[0xFFFFFF:]
            sent += len(piece).to_bytes(3, "little") + bytes([number % 256]) + piece
            number += 1
            if len(piece) < 0xFFFFFF:
                break
    return bytes(sent)


def described(number: int, field: Field) -> bytes:
    kind, charset, flags = field
    name = f"c{number}".encode()
    texts = b"".join(cell(text) for text in (b"def", b"shop", b"t", b"t", name, name))
    return texts + b"\x0c" + struct.pack("<HIBHB2x", charset, 20, kind, flags, 0)


def result_of(
    fields: list[Field], rows: list[Row], status: int = 2, error: bytes | None = None
) -> list[bytes]:
    end = b"\xfe\0\0" + struct.pack("<H", status)
    return [
        length(len(fields)),
        *(described(number, field) for number, field in enumerate(fields)),
        end,
        *(b"".join(map(cell, row)) for row in rows),
        error or end,
    ]


class Pieces(io.RawIOBase):
    """What comes in pieces of a size, as off a network."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size, self._at = data, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        piece = self._data[self._at : self._at + min(len(into), self._size)]
        into[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def connected(data: bytes, piece: int = 1 << 16) -> Any:
    connection: Any = pymysql.Connection(charset="utf8mb4", defer_connect=True)
    connection._rfile = Wire(Pieces(data, piece))
    connection._next_seq_id = 1
    # What reading sets first, on a socket.
    connection._current_timeout = connection._read_timeout
    return connection


def opened(connection: Any) -> Any:
    result = MySQLResult(connection)
    result.init_unbuffered_query()
    connection._result = result
    return result


def slow(data: bytes) -> Answer:
    result = opened(connected(data))
    fields, rows = result.fields, []
    while (row := result._read_rowdata_packet_unbuffered()) is not None:
        rows.append(row)
    return answer_of_rows(fields, rows)


def fast(connection: Any, capacity: int = 1 << 16) -> Answer:
    result = opened(connection)
    try:
        columns = columns_of(connection, result, Meter(), capacity, few=0)
    finally:
        # Nothing is read any more when it is thrown away.
        result.unbuffered_active = False
    assert columns is not None
    return answer_of_columns(result.fields, columns)


def encoded(texts: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return texts.map(str.encode)


def whole(least: int, most: int) -> st.SearchStrategy[bytes]:
    return encoded(st.integers(least, most).map(str))


def date(separator: str = "-") -> st.SearchStrategy[str]:
    # Also such that are in no calendar.
    parts = st.integers(0, 9999), st.integers(0, 12), st.integers(0, 31)
    return st.one_of(
        st.just("0000-00-00"),
        st.tuples(*parts).map(lambda p: f"{p[0]:04}-{p[1]:02}-{p[2]:02}"),
        st.dates().map(lambda day: f"{day.year:04}-{day:%m-%d}"),
    )


def clock(hours: int) -> st.SearchStrategy[str]:
    parts = st.integers(0, hours), st.integers(0, 59), st.integers(0, 59)
    return st.tuples(*parts).map(lambda p: f"{p[0]:02}:{p[1]:02}:{p[2]:02}")


def fraction() -> st.SearchStrategy[str]:
    digits = st.text("0123456789", min_size=1, max_size=6)
    return st.one_of(st.just(""), digits.map(lambda text: f".{text}"))


def moment() -> st.SearchStrategy[bytes]:
    parts = st.tuples(date(), st.just(" "), clock(23), fraction())
    return encoded(parts.map("".join))


def span() -> st.SearchStrategy[bytes]:
    parts = st.tuples(st.sampled_from(["", "-"]), clock(838), fraction())
    return encoded(parts.map("".join))


decimals = st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda d: f"{d:f}")
floats = st.floats(allow_nan=False, allow_infinity=False)
KINDS: dict[Field, st.SearchStrategy[bytes]] = {
    (FIELD_TYPE.LONG, BINARY, 0): whole(-(2**31), 2**31 - 1),
    (FIELD_TYPE.LONGLONG, BINARY, 0): whole(-(2**63), 2**63 - 1),
    (FIELD_TYPE.LONGLONG, BINARY, FLAG.UNSIGNED): whole(0, 2**64 - 1),
    (FIELD_TYPE.LONG, BINARY, FLAG.UNSIGNED | FLAG.ZEROFILL): encoded(
        st.integers(0, 2**32 - 1).map(lambda number: f"{number:010}")
    ),
    (FIELD_TYPE.YEAR, BINARY, FLAG.UNSIGNED): encoded(st.integers(0, 2155).map("{:04}".format)),
    (FIELD_TYPE.DOUBLE, BINARY, 0): encoded(
        st.one_of(floats.map(repr), floats.map("{:.17g}".format))
    ),
    (FIELD_TYPE.FLOAT, BINARY, 0): encoded(st.floats(-1e6, 1e6).map("{:.6g}".format)),
    (FIELD_TYPE.NEWDECIMAL, BINARY, 0): encoded(decimals),
    (FIELD_TYPE.DATE, BINARY, 0): encoded(date()),
    (FIELD_TYPE.DATETIME, BINARY, 0): moment(),
    (FIELD_TYPE.TIMESTAMP, BINARY, 0): moment(),
    (FIELD_TYPE.TIME, BINARY, 0): span(),
    (FIELD_TYPE.VAR_STRING, UTF8, 0): encoded(st.text(st.characters(codec="utf-8"), max_size=20)),
    (FIELD_TYPE.VAR_STRING, BINARY, 0): st.binary(max_size=20),
    (FIELD_TYPE.BLOB, BINARY, FLAG.BLOB): st.binary(max_size=20),
    (FIELD_TYPE.BIT, BINARY, FLAG.UNSIGNED): st.binary(min_size=1, max_size=8),
    (FIELD_TYPE.JSON, BINARY, 0): encoded(st.just('{"a": "名字"}')),
    (FIELD_TYPE.GEOMETRY, BINARY, 0): st.binary(max_size=20),
    (FIELD_TYPE.NULL, BINARY, 0): st.nothing(),
}


@st.composite
def results(draw: st.DrawFn) -> tuple[list[Field], list[Row]]:
    fields = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5))
    cells = [st.none() if KINDS[f].is_empty else st.none() | KINDS[f] for f in fields]
    return fields, draw(st.lists(st.tuples(*cells), min_size=1, max_size=8))


def stretched(fields: list[Field], rows: list[Row], times: int) -> list[Row]:
    """Return rows with their texts and bytes so many times as long."""
    long = [field[0] in (FIELD_TYPE.VAR_STRING, FIELD_TYPE.BLOB) for field in fields]
    return [
        tuple(v * times if v and stretch else v for v, stretch in zip(row, long, strict=True))
        for row in rows
    ]


def same(one: Answer, other: Answer) -> None:
    assert one.columns == other.columns
    assert one.notes == other.notes
    assert one.frame is not None
    assert other.frame is not None
    pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
    for number in range(one.frame.shape[1]):
        for got, wanted in zip(one.frame.iloc[:, number], other.frame.iloc[:, number], strict=True):
            assert type(got) is type(wanted)
            # Decimals of another scale are equal.
            assert str(got) == str(wanted)


DAY: Field = (FIELD_TYPE.DATE, BINARY, 0)
TEXT: Field = (FIELD_TYPE.VAR_STRING, UTF8, 0)
NUMBER: Field = (FIELD_TYPE.LONGLONG, BINARY, 0)


@settings(max_examples=80, deadline=None)
@given(
    results(),
    st.sampled_from([1, 1, 30, 5000]),
    st.sampled_from([1, 1, 40]),
    st.integers(16, 2000),
    st.sampled_from([7, 100, 1 << 16]),
)
@example(([DAY, TEXT], [(b"0000-01-01", b"x"), (b"2013-02-30", None)]), 1, 1, 64, 1 << 16)
@example(([TEXT], [(b"",), (b"\xf0\x9f\x98\x80",)]), 20_000, 1, 16, 1)
def test_columns_hold_what_pymysql_reads(
    result: tuple[list[Field], list[Row]], long: int, many: int, capacity: int, piece: int
) -> None:
    fields, rows = result
    data = packets(result_of(fields, stretched(fields, rows, long) * (many if long == 1 else 1)))
    same(fast(connected(data, piece), capacity), slow(data))


def test_what_follows_the_rows_is_left() -> None:
    first = result_of([NUMBER], [(b"1",), (None,)] * 1000, status=2 | MORE)
    connection = connected(packets(first + result_of([TEXT], [(b"after",)])))
    answer = fast(connection)
    assert answer.frame is not None
    assert str(answer.frame.c0.dtype) == "Int64"
    assert len(answer.frame) == 2000
    assert connection._result.has_next
    following = opened(connection)
    assert following._read_rowdata_packet_unbuffered() == ("after",)
    assert following._read_rowdata_packet_unbuffered() is None


@pytest.mark.parametrize("size", [0xFFFFFF - 4, 0xFFFFFF - 3, 0xFFFFFF, 2 * 0xFFFFFF])
def test_a_row_of_several_packets_is_one(size: int) -> None:
    rows: list[Row] = [(b"x",), (b"y" * size,), (b"z",)]
    answer = fast(connected(packets(result_of([TEXT], rows))))
    assert answer.frame is not None
    assert [len(text) for text in answer.frame.c0] == [1, size, 1]
    assert answer.frame.c0[1] == "y" * size
    assert answer.frame.c0[2] == "z"


def test_few_rows_are_left_to_pymysql() -> None:
    connection = connected(packets(result_of([NUMBER], [(b"1",), (b"2",)])))
    result = opened(connection)
    assert columns_of(connection, result, Meter()) is None
    assert result._read_rowdata_packet_unbuffered() == (1,)
    assert result._read_rowdata_packet_unbuffered() == (2,)
    assert result._read_rowdata_packet_unbuffered() is None


def test_no_rows_are_left_to_pymysql() -> None:
    connection = connected(packets(result_of([NUMBER], [])))
    result = opened(connection)
    assert columns_of(connection, result, Meter(), few=0) is None
    assert not result.unbuffered_active


def test_an_error_after_rows_is_raised() -> None:
    error = b"\xff" + struct.pack("<H", 1317) + b"#70100Query execution was interrupted"
    data = packets(result_of([NUMBER], [(b"1",)] * 1000, error=error))
    with pytest.raises(pymysql.MySQLError, match="interrupted"):
        fast(connected(data))


def test_a_lost_connection_is_told() -> None:
    data = packets(result_of([NUMBER], [(b"1",)] * 1000))
    with pytest.raises(pymysql.OperationalError, match="Lost connection"):
        fast(connected(data[:-3]))
    with pytest.raises(pymysql.OperationalError, match="Lost connection"):
        fast(connected(data[:-40]))


def test_a_packet_out_of_turn_is_refused() -> None:
    sent = bytearray(packets(result_of([NUMBER], [(b"1",)] * 10)))
    sent[-9 - 6 * 4 + 3] ^= 1
    with pytest.raises(pymysql.InternalError, match="sequence number wrong"):
        fast(connected(bytes(sent)))


def test_a_result_that_does_not_fit_leaves_the_connection_whole() -> None:
    class Full(Meter):
        def add(self, rows: int, size: int, later: int) -> None:
            raise SqlError("full")

    connection = connected(packets(result_of([NUMBER], [(b"1",)] * 1000)))
    result = opened(connection)
    with pytest.raises(SqlError, match="full"):
        columns_of(connection, result, Full(), 1000)
    result._finish_unbuffered_query()
    assert not result.unbuffered_active


def test_equal_values_are_one_object() -> None:
    money: Field = (FIELD_TYPE.NEWDECIMAL, BINARY, 0)
    rows: list[Row] = [(b"some text", b"1.50")] * 10_000
    frame = fast(connected(packets(result_of([TEXT, money], rows)))).frame
    assert frame is not None
    assert len({id(text) for text in frame.c0}) == 1
    assert frame.c1[0] == Decimal("1.50")
    assert frame.c1[0] is frame.c1[9999]
