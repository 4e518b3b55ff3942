"""The results that a notebook shows and that its readers may still look through.

A result in a variable is only pointed at: when the user lets it go, so do we. One without a
variable is held while it is small, the latest few of them.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lodge_magics.sql.results.bundle import texts
from lodge_magics.sql.results.chart import chart_code, free_name
from lodge_magics.sql.results.columns import names_of, size_of
from lodge_magics.sql.results.pages import Pages, Wanted

if TYPE_CHECKING:
    from lodge_magics.sql.sources.base import Column

__all__ = ["Chart", "GoneError", "HeldResults"]

#: Results without a variable: the largest that is held (bytes), and how many.
HELD_BYTES = 64 * 2**20
HELD = 8
#: Results in all that pages may be asked of.
_KNOWN = 200
#: Bytes that a Python object and the reference to it may take.
_OBJECT = 68


class GoneError(Exception):
    """A result is no longer there, or no longer what was shown."""


@dataclass(frozen=True)
class Chart:
    """The code of a chart.

    Attributes
    ----------
    code
        The text of a cell.
    variable
        The variable it draws.
    named
        Whether the result had no variable and has just got this one.
    """

    code: str
    variable: str
    named: bool


@dataclass
class _Held:
    value: weakref.ref[Any]
    columns: list[Column]
    shape: tuple[int, list[str]]
    variable: str | None
    strong: Any = None
    pages: Pages = field(default_factory=Pages)


class HeldResults:
    """Results by the id that the display of each carries.

    Parameters
    ----------
    names
        The user's variables.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def hold(self, value: Any, columns: list[Column], variable: str | None) -> str | None:
        """Remember a result; return its id, or None for one that is too large to hold.

        Parameters
        ----------
        value
            A DataFrame of pandas or polars, or a pyarrow.Table.
        columns
            Names and types as the source calls them.
        variable
            The variable it is in.
        """
        if variable is None and _bytes_of(value) > HELD_BYTES:
            return None
        name = uuid4().hex
        shape = (size_of(value), names_of(value))
        kept = value if variable is None else None
        self._held[name] = _Held(weakref.ref(value), columns, shape, variable, kept)
        loose = [key for key, held in self._held.items() if held.strong is not None]
        for key in [*loose[:-HELD], *list(self._held)[:-_KNOWN]]:
            self._held.pop(key, None)
        return name

    def page(self, name: str, wanted: Wanted) -> tuple[list[list[str | None]], int]:
        """Return a page of a result as texts, and how many rows hold the text that is searched.

        Parameters
        ----------
        name
            Its id.
        wanted
            Order, search and place.

        Raises
        ------
        GoneError
            It is no longer there.
        IndexError
            It has no such column.
        """
        held = self._find(name)
        page = held.pages.page(self._value(held), wanted, held.columns)
        return texts(page.rows, held.columns), page.found

    def chart(self, name: str) -> Chart:
        """Return the code of a chart; a result without a variable gets one.

        Parameters
        ----------
        name
            The result's id.

        Raises
        ------
        GoneError
            It is no longer there, or its variable holds something else.
        ValueError
            There is nothing to draw.
        """
        held = self._find(name)
        value = self._value(held)
        if held.variable is not None:
            if self._names.get(held.variable) is not value:
                raise GoneError(
                    f"{held.variable} holds something else by now; run the cell again for a chart."
                )
            return Chart(chart_code(value, held.variable), held.variable, named=False)
        variable = free_name(self._names)
        code = chart_code(value, variable)
        self._names[variable] = value
        held.variable, held.strong = variable, None
        return Chart(code, variable, named=True)

    def _find(self, name: str) -> _Held:
        try:
            return self._held[name]
        except KeyError:
            raise GoneError(
                "The result is no longer in the kernel's memory; run the cell again."
            ) from None

    def _value(self, held: _Held) -> Any:
        value = held.value()
        if value is None:
            raise GoneError("The result is no longer in the kernel's memory; run the cell again.")
        if (size_of(value), names_of(value)) != held.shape:
            raise GoneError("The result has been changed since; run the cell again.")
        return value


def _bytes_of(value: Any) -> int:
    if hasattr(value, "memory_usage"):
        # Objects are counted by a guess: looking at each of millions takes seconds.
        each = sum(_OBJECT if dtype.kind == "O" else dtype.itemsize for dtype in value.dtypes)
        return int(each) * len(value)
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    return int(value.estimated_size())
