"""A comparison as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mark = Literal[" ", "-", "+"]


@dataclass(frozen=True)
class Line:
    """A line of a cell's source.

    Attributes
    ----------
    mark
        ``-`` for one of the old notebook alone, ``+`` of the new one alone, a blank for both.
    parts
        Its text, without the line's end, in parts: what is new or gone within the line is marked.
    """

    mark: Mark
    parts: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(text for text, _marked in self.parts)


@dataclass(frozen=True)
class CellChange:
    """A cell of either notebook or of both.

    Attributes
    ----------
    old, new
        Its place in each, from 0; None where it is not in that one.
    lines
        Its source. Of a cell that both have with the same source, nothing.
    outputs
        Whether the outputs differ; what a kernel counts is no difference.
    settings
        Whether its kind, tags or other metadata differ.
    """

    old: int | None
    new: int | None
    lines: tuple[Line, ...] = ()
    outputs: bool = False
    settings: bool = False

    @property
    def kind(self) -> Literal["same", "changed", "added", "removed"]:
        """What became of the cell."""
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "changed" if self.lines or self.outputs or self.settings else "same"


@dataclass(frozen=True)
class Comparison:
    """What differs between an old notebook and a new one.

    Attributes
    ----------
    cells
        In the order of the new notebook; what was removed stands where it stood.
    settings
        Names of the notebook's own metadata that differ.
    """

    cells: tuple[CellChange, ...]
    settings: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not self.settings and all(cell.kind == "same" for cell in self.cells)

    @property
    def added(self) -> int:
        """Lines of source that are new."""
        return sum(line.mark == "+" for cell in self.cells for line in cell.lines)

    @property
    def removed(self) -> int:
        """Lines of source that are gone."""
        return sum(line.mark == "-" for cell in self.cells for line in cell.lines)
