"""What a fetch has brought so far: shown while it goes on, and stopped before memory runs out."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from lodge_magics.errors import TooLargeError
from lodge_magics.language import say
from lodge_magics.sql.memory import room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Meter", "size_text"]

# Seconds after which a fetch is shown.
_SHOWN_AFTER = 1.0
# What is left for the kernel itself.
_RESERVE = 64 << 20
# Bytes after which the memory is looked at again; that takes part of a millisecond.
_STEP = 4 << 20
# Bytes that a cell of Python values takes again while rows become columns.
_TURNING = 24
_SAMPLE = 200
# Bytes that a Python object and the reference to it take beside its data.
_OBJECT = 64


def size_text(size: float) -> str:
    """Return a number of bytes in the unit that fits.

    Parameters
    ----------
    size
        At least 0.
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"


class Meter:
    """Counts the rows and bytes of one fetch.

    Parameters
    ----------
    show
        Called from the fetching thread about once a second of a long fetch, with what there is.
    """

    def __init__(self, show: Callable[[str], None] | None = None) -> None:
        self._show = show
        self._began = self._shown = time.monotonic()
        self._later = self._checked = 0
        self.rows = 0
        self.bytes = 0
        self.expected: float | None = None

    def expect(self, rows: float | None) -> None:
        """Take note of how many rows the server thinks there are.

        Parameters
        ----------
        rows
            None when it does not say.
        """
        self.expected = rows

    def again(self) -> None:
        """Begin anew: what was fetched has been thrown away."""
        self.rows = self.bytes = self._later = self._checked = 0

    def add_rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Count rows of Python values.

        Parameters
        ----------
        rows
            Those that have just come.

        Raises
        ------
        TooLargeError
            The result does not fit into memory.
        """
        if not rows:
            return
        step = max(1, len(rows) // _SAMPLE)
        sample = rows[::step]
        size = sum(sys.getsizeof(row) + sum(map(sys.getsizeof, row)) for row in sample)
        self.add(len(rows), size * len(rows) // len(sample), _TURNING * len(rows[0]) * len(rows))

    def add_batch(self, batch: Any) -> None:
        """Count a record batch of Arrow.

        Parameters
        ----------
        batch
            A pyarrow.RecordBatch.

        Raises
        ------
        TooLargeError
            The result does not fit into memory.
        """
        later = batch.nbytes
        for kind in batch.schema.types:
            try:
                later += 0 if kind.bit_width <= 64 else _OBJECT * batch.num_rows
            except ValueError:  # text, bytes, lists: a Python object each
                later += _OBJECT * batch.num_rows
        self.add(batch.num_rows, batch.nbytes, later)

    def add(self, rows: int, size: int, later: int) -> None:
        """Count what has just come.

        Parameters
        ----------
        rows
            How many.
        size
            Bytes they take.
        later
            Bytes that making a DataFrame of them will take on top.

        Raises
        ------
        TooLargeError
            The result does not fit into memory.
        """
        self.rows += rows
        self.bytes += size
        self._later += later
        if self.bytes + self._later - self._checked >= _STEP:
            self._checked = self.bytes + self._later
            self._check()
        now = time.monotonic()
        if self._show is not None and now - self._shown >= _SHOWN_AFTER:
            self._shown = now
            self._show(self.text())

    def _check(self) -> None:
        left = room()
        if left is None or left > self._later + _RESERVE:
            return
        each = (self.bytes + self._later) / max(self.rows, 1)
        told = f"{self.rows:,} rows so far at {size_text(each)} a row"
        if self.expected is not None and self.expected > self.rows:
            told += (
                f"; about {self.expected:,.0f} rows, {size_text(each * self.expected)}, "
                "as the server expects"
            )
        raise TooLargeError(
            say(
                "The result does not fit into this kernel's memory and was stopped: {told}; look "
                "at part of it with --preview, aggregate in SQL, or take --as spark from a Hive "
                "source.",
                told=told,
            )
        )

    def text(self) -> str:
        """Return what has been fetched, as one line."""
        seconds = time.monotonic() - self._began
        of = ""
        if self.expected is not None and self.expected > self.rows:
            of = say(" of about {expected:,.0f}", expected=self.expected)
        return say(
            "{rows:,} rows{of} · {size} · {time}",
            rows=self.rows,
            of=of,
            size=size_text(self.bytes),
            time=f"{seconds:.0f} s",
        )
