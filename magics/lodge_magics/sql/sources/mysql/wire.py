"""Rows of a result as the server sent them, many at a time, off the connection of PyMySQL.

PyMySQL reads a row at a time, and makes a Python value of each cell: most of the time of a large
result. Here its rows are read as blocks of bytes for `columns` to decode, in the same
session, so nothing else changes: all that isn't a row (the end, an error, the next result) is left
for PyMySQL to read.

https://mariadb.com/kb/en/0-packet/ and https://mariadb.com/kb/en/result-set-packets/ say how rows
are sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

__all__ = ["Block", "Wire", "blocks", "put_back"]

# Bytes of a block: what the cache of a processor holds, and thousands of rows of usual size.
BLOCK = 1 << 20
# Bytes that are read at least, so that small packets take one call of the system together.
_AHEAD = 1 << 15
# Seconds after which a block is handed over that is not full.
_WAIT = 0.5
_HEADER = 4
# A packet of this size goes on in the next one.
_MOST = 0xFFFFFF
# First bytes of packets that are no rows: an error; the end, which is shorter than any row that
# begins with the same byte.
_ERROR, _END, _END_SIZE = 0xFF, 0xFE, 9
_SEQUENCE = 256
_size = Struct("<I").unpack_from


@dataclass(frozen=True)
class Block:
    """Rows that came.

    Attributes
    ----------
    data
        Bytes among which they are; valid until the next block is asked for.
    starts, ends
        Where in `data` each of them is.
    last
        Whether no row follows.
    """

    data: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    last: bool

    def __len__(self) -> int:
        return len(self.starts)


class Wire:
    """What PyMySQL reads from, in place of the file of its socket.

    `BufferedReader` cannot give what has come without waiting for more, nor take anything back.

    Parameters
    ----------
    raw
        An unbuffered file.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        # What has come, and how much of it was read.
        self._data = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return so many bytes, less only at the end.

        Parameters
        ----------
        size
            How many.
        """
        found = self._data[self._at : self._at + size]
        self._at += len(found)
        if len(found) == size:
            return found
        pieces, missing = [found], size - len(found)
        while missing:
            self._data, self._at = self._raw.read(max(missing, _AHEAD)) or b"", 0
            if not self._data:
                break
            pieces.append(self._data[:missing])
            self._at = len(pieces[-1])
            missing -= self._at
        return b"".join(pieces)

    def read_some(self, into: memoryview) -> int:
        """Return how many bytes came; 0 at the end, and where the socket fails.

        Parameters
        ----------
        into
            Takes them.
        """
        if self._at < len(self._data):
            found = self._data[self._at : self._at + len(into)]
            into[: len(found)] = found
            self._at += len(found)
            return len(found)
        try:
            return self._raw.readinto(into) or 0
        except OSError:  # PyMySQL will meet it again, and say what it is
            return 0

    def unread(self, data: bytes) -> None:
        """Put bytes back, to be read next.

        Parameters
        ----------
        data
            The last ones that were read.
        """
        self._data, self._at = data + self._data[self._at :], 0

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def blocks(connection: Any, capacity: int = BLOCK) -> Iterator[Block]:
    """Yield the rows of an unbuffered result in blocks; what follows them is left to be read.

    A block counts as read when the next is asked for: where that never happens, as after an error
    in between, the rows after it are left as well, and can be read by PyMySQL.

    Parameters
    ----------
    connection
        Of PyMySQL, with a `Wire`, at the first row of a result.
    capacity
        Bytes of a block, less than the largest packet; a row may be larger.
    """
    wire: Wire = connection._rfile
    buffer = bytearray(capacity)
    while True:
        end, starts, after, last = _fill(wire, buffer, connection._next_seq_id)
        # What is no whole row yet goes to the front of the next block.
        wire.unread(bytes(memoryview(buffer)[after:end]))
        connection._next_seq_id = (connection._next_seq_id + len(starts)) % _SEQUENCE
        if starts:
            at = np.array(starts, np.int64)
            ends = np.append(at[1:], after)
            yield Block(np.frombuffer(buffer, np.uint8), at + _HEADER, ends, last)
        elif not last:
            # A row larger than the buffer, perhaps in several packets.
            row = np.frombuffer(connection._read_packet().get_all_data(), np.uint8)
            yield Block(row, np.array([0]), np.array([len(row)]), last)
        if last:
            return


def put_back(connection: Any, block: Block) -> None:
    """Make PyMySQL read a block's rows again, in place of whoever asked for it.

    Parameters
    ----------
    connection
        Of PyMySQL.
    block
        The last one read, and the only one.
    """
    connection._rfile.unread(block.data[block.starts[0] - _HEADER : block.ends[-1]].tobytes())
    connection._next_seq_id = (connection._next_seq_id - len(block)) % _SEQUENCE


def _fill(wire: Wire, buffer: bytearray, sequence: int) -> tuple[int, list[int], int, bool]:
    """Read into a buffer until it is full, the rows end or a while has passed.

    Returns how much is in it, where its whole rows start, where what follows them starts, and
    whether no row follows.
    """
    view, starts = memoryview(buffer), list[int]()
    end = place = 0
    until = time.monotonic() + _WAIT
    while end < len(buffer):
        came = wire.read_some(view[end:])
        if not came:
            return end, starts, place, True
        end += came
        known, most = len(starts), end - _HEADER
        while place <= most:
            starts.append(place)
            # One byte more than the size has is the packet's number.
            place += (_size(buffer, place)[0] & _MOST) + _HEADER
        if place > end:
            place = starts.pop()
        rows = known + _rows(buffer, [*starts[known:], place], sequence + known)
        if rows < len(starts):
            place = starts[rows]
            return end, starts[:rows], place, True
        if starts and time.monotonic() > until:
            break
    return end, starts, place, False


def _rows(buffer: bytearray, places: list[int], sequence: int) -> int:
    """Return how many packets are rows, before one that is none or does not follow the last."""
    at = np.array(places, np.int64)
    data, sizes, at = np.frombuffer(buffer, np.uint8), np.diff(at) - _HEADER, at[:-1]
    first = data[np.minimum(at + _HEADER, len(data) - 1)]
    other = (
        (first == _ERROR)
        | ((first == _END) & (sizes < _END_SIZE))
        | (sizes == 0)
        | (data[at + _HEADER - 1] != (sequence + np.arange(len(at))) % _SEQUENCE)
    )
    return int(other.argmax()) if other.any() else len(at)
