"""Columns of a large result that grow batch by batch, without a Python value for each cell.

Each batch becomes what it will be in the DataFrame at once, so nothing is in memory twice; equal
texts and decimals are one object.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from lodge_magics.sql.frames import float_values

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Bytes", "Decimals", "Floats", "Parts", "Spans", "Texts", "Whole"]

# Cells that are looked at to tell how much memory the objects of a column take.
_SAMPLE = 50
# The fraction of different texts from which on it does not pay to look for equal ones.
_MANY = 0.5
# Values of a column that are kept to be used again.
_KEPT = 1 << 17


class Parts(ABC):
    """A column that grows batch by batch.

    Attributes
    ----------
    lost
        How many values are no dates for pandas, and are missing now.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._parts: list[Any] = []

    def add(self, cells: pa.Array) -> int:
        """Add the cells of a batch; return about how many bytes they take now.

        Parameters
        ----------
        cells
            Of the type of the source, or text as the source writes it.
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
        How many values of the last batch were different ones, as a fraction.
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
        """Return the values of cells as an array; equal cells of a batch are one object."""
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


class Whole(Parts):
    """Whole numbers or booleans; with NULLs pandas' own of them.

    Parameters
    ----------
    kind
        int64, uint64 or bool of Arrow.
    """

    def __init__(self, kind: pa.DataType) -> None:
        super().__init__()
        self._kind = kind
        self._nothing = pa.scalar(0).cast(kind)
        self._masks: list[Any] = []

    def _convert(self, cells: pa.Array) -> Any:
        values = cells.cast(self._kind)
        if not values.null_count:
            self._masks.append(None)
            return values.to_numpy(zero_copy_only=False)
        self._masks.append(values.is_null().to_numpy(zero_copy_only=False))
        return values.fill_null(self._nothing).to_numpy(zero_copy_only=False)

    def series(self) -> pd.Series:
        """Return the column, and forget it."""
        masks, self._masks = self._masks, []
        if all(mask is None for mask in masks):
            return super().series()
        parts, self._parts = self._parts, []
        missing = np.concatenate(
            [
                np.zeros(len(part), bool) if mask is None else mask
                for mask, part in zip(masks, parts, strict=True)
            ]
        )
        of = pd.arrays.BooleanArray if pa.types.is_boolean(self._kind) else pd.arrays.IntegerArray
        return pd.Series(of(np.concatenate(parts), missing))


class Floats(Parts):
    """float64, in which NULL is NaN; Float64 when there are NULLs and NaN."""

    def __init__(self) -> None:
        super().__init__()
        self._missing: list[Any] = []

    def _convert(self, cells: pa.Array) -> Any:
        values = cells.cast(pa.float64())
        self._missing.append(values.is_null().to_numpy(zero_copy_only=False))
        return values.to_numpy(zero_copy_only=False)

    def series(self) -> pd.Series:
        """Return the column, and forget it."""
        parts, self._parts = self._parts, []
        missing, self._missing = self._missing, []
        return float_values(np.concatenate(parts), np.concatenate(missing))


class Spans(Parts):
    """timedelta64[us]; NULL is NaT.

    Parameters
    ----------
    convert
        Makes the value of a cell's text.
    """

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__()
        self._values = _Values(convert)

    def _convert(self, cells: pa.Array) -> Any:
        return self._values.take(cells, np.timedelta64("NaT"), "timedelta64[us]")


class Decimals(Parts):
    """Of `Decimal`; NULL is None."""

    def __init__(self) -> None:
        super().__init__()
        self._values = _Values(Decimal)

    def _convert(self, cells: pa.Array) -> Any:
        return self._values.take(cells, None, "object")


class Texts(Parts):
    """Of str; NULL is None. Where many are equal, they are one object."""

    def __init__(self) -> None:
        super().__init__()
        self._values = _Values(str)
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


class Bytes(Parts):
    """Of bytes; NULL is None."""

    def _convert(self, cells: pa.Array) -> Any:
        return cells.view(pa.binary()).to_numpy(zero_copy_only=False)
