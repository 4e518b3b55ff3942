"""Pages of a result in any order, of the rows that hold a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodge_magics.sql.columns import texts_of
from lodge_magics.sql.results.columns import arrow_column, names_of, rows_of, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pyarrow as pa

    from lodge_magics.sql.sources.base import Column

__all__ = ["Page", "Pages", "Wanted"]

#: The most rows of one page.
MOST = 500


@dataclass(frozen=True)
class Wanted:
    """What somebody who looks through a result asks for.

    Attributes
    ----------
    sort
        The place of the column to sort by, from 0; None keeps the order of the result.
    descending
        Whether the largest comes first; NULLs come last either way.
    search
        A text that some column holds, upper and lower case alike; empty for all rows.
    offset, limit
        The first row and how many, at most 500.
    """

    sort: int | None = None
    descending: bool = False
    search: str = ""
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True)
class Page:
    """Some rows, and how many there are in all that hold the text."""

    rows: list[tuple[Any, ...]]
    found: int


class Pages:
    """One result to look through; the order of the last question is kept for its further pages."""

    def __init__(self) -> None:
        self._asked: tuple[int | None, bool, str] | None = None
        self._order: np.ndarray | None = None

    def page(self, value: Any, wanted: Wanted, columns: Sequence[Column] = ()) -> Page:
        """Return a page.

        Parameters
        ----------
        value
            The result: a DataFrame of pandas or polars, or a pyarrow.Table; the same each time.
        wanted
            Order, search and place.
        columns
            What is known of its columns; default nothing.

        Raises
        ------
        IndexError
            There is no such column.
        """
        import numpy as np

        if wanted.sort is not None and not 0 <= wanted.sort < len(names_of(value)):
            raise IndexError(f"There is no column {wanted.sort}.")
        first = max(wanted.offset, 0)
        last = first + min(max(wanted.limit, 0), MOST)
        if wanted.sort is None and not wanted.search:
            size = size_of(value)
            places = np.arange(min(first, size), min(last, size))
            return Page(rows_of(value, places, columns), size)
        asked = (wanted.sort, wanted.descending, wanted.search)
        if self._order is None or asked != self._asked:
            self._order = _order(value, wanted, columns)
            self._asked = asked
        return Page(rows_of(value, self._order[first:last], columns), len(self._order))


def _order(value: Any, wanted: Wanted, columns: Sequence[Column]) -> np.ndarray:
    import numpy as np
    import pyarrow.compute as pc

    kept = _holding(value, wanted.search, columns) if wanted.search else None
    if wanted.sort is None:
        return np.arange(size_of(value)) if kept is None else kept
    column = arrow_column(value, wanted.sort, columns[wanted.sort] if columns else None)
    if kept is not None:
        column = column.take(kept)
    order = "descending" if wanted.descending else "ascending"
    places = pc.array_sort_indices(column.combine_chunks(), order=order).to_numpy()
    return places if kept is None else kept[places]


def _holding(value: Any, search: str, columns: Sequence[Column]) -> np.ndarray:
    """Return the numbers of the rows in which some column holds the text."""
    import numpy as np

    found = np.zeros(size_of(value), dtype=bool)
    for number in range(len(names_of(value))):
        known = columns[number] if columns else None
        found |= _holds(arrow_column(value, number, known), search)
    return np.flatnonzero(found)


def _holds(column: pa.ChunkedArray, search: str) -> np.ndarray:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return np.zeros(len(column), dtype=bool)
    try:
        text = column.cast(pa.large_string())
    except pa.ArrowException:
        text = pa.chunked_array([pa.array(texts_of(column.to_pylist()), pa.large_string())])
    matches = pc.match_substring(text, search, ignore_case=True)
    return matches.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
