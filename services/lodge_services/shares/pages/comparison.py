"""Two versions compared, as readers are shown it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from markupsafe import Markup

from ...comparing import CellChange, Comparison, Line
from ...render.html import HtmlWriter
from ...render.reading import read_notebook
from ...render.words import Words

AROUND = 3
"""Lines that are the same and shown around those that differ."""

CELLS = 500
"""Cells that are shown."""

_NOTHING = Markup()


@dataclass(frozen=True)
class Part:
    """A cell that differs, or a run of cells that are the same.

    Attributes
    ----------
    kind
        What became of it.
    cells
        One cell; of those that are the same, all of the run.
    lines
        Of the source, None for a gap.
    before, after
        What the cell gave in each version, where that differs.
    """

    kind: Literal["same", "changed", "added", "removed"]
    cells: Sequence[CellChange]
    lines: Sequence[Line | None] = ()
    before: Markup = _NOTHING
    after: Markup = _NOTHING


@dataclass(frozen=True)
class Shown:
    """A comparison.

    Attributes
    ----------
    comparison
        What differs.
    parts
        In order.
    left
        Parts that were too many.
    """

    comparison: Comparison
    parts: Sequence[Part]
    left: int = 0
    size: int = field(default=0, compare=False)
    """About how many bytes it takes."""


def shown(
    comparison: Comparison, old: Mapping[str, Any], new: Mapping[str, Any], words: Words
) -> Shown:
    """Return a comparison as it is shown.

    Parameters
    ----------
    comparison
        Of both notebooks.
    old, new
        The notebooks.
    words
        Speaks the reader's language.
    """
    before, after = _Outputs(old, words), _Outputs(new, words)
    parts: list[Part] = []
    for kind, run in groupby(comparison.cells, key=lambda cell: cell.kind):
        if kind == "same":
            parts.append(Part(kind, tuple(run)))
            continue
        for cell in run:
            differ = cell.outputs or cell.kind != "changed"
            parts.append(
                Part(
                    kind,
                    (cell,),
                    tuple(_near(cell.lines)),
                    before.of(cell.old) if differ else _NOTHING,
                    after.of(cell.new) if differ else _NOTHING,
                )
            )
    kept = parts[:CELLS]
    size = sum(len(one.before) + len(one.after) + 200 * len(one.lines) for one in kept)
    return Shown(comparison, kept, len(parts) - len(kept), size)


class _Outputs:
    """Writes what the cells of one notebook gave."""

    def __init__(self, notebook: Mapping[str, Any], words: Words) -> None:
        self._cells = read_notebook(notebook, words).cells
        self._writer = HtmlWriter(words)

    def of(self, at: int | None) -> Markup:
        if at is None or at >= len(self._cells):
            return _NOTHING
        return Markup(self._writer.outputs(self._cells[at]))  # noqa: S704  (cleaned)


def _near(lines: Sequence[Line]) -> Iterator[Line | None]:
    """Give the lines that differ and those around them, None for each gap."""
    differ = [at for at, line in enumerate(lines) if line.mark != " "]
    near = {at for one in differ for at in range(one - AROUND, one + AROUND + 1)}
    gap = False
    for at, line in enumerate(lines):
        if at in near:
            yield line
        elif not gap:
            yield None
        gap = at not in near
