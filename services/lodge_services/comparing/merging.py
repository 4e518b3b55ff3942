"""What somebody has changed in a copy, put into a notebook that has gone on meanwhile.

Three notebooks are there: the base that was copied, the copy that is proposed, and the newest of
the original. What the copy changed is found by comparing it with the base; where that is in the
newest, by comparing that with the base too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .model import CellChange, Comparison


@dataclass(frozen=True)
class Change:
    """A cell that the copy has changed, added or removed.

    Attributes
    ----------
    number
        Its place among all rows of the comparison of base and copy.
    cell
        What was changed.
    at
        The cell's place in the newest, or that of the cell behind which it comes; -1 is the start.
    gone
        Whether the original has it no more.
    conflict
        Whether the original has changed the same cell, or has it no more.
    """

    number: int
    cell: CellChange
    at: int
    gone: bool = False
    conflict: bool = False

    @property
    def outputs_alone(self) -> bool:
        """Whether nothing but its outputs differs, as after a run of one's own."""
        return self.cell.kind == "changed" and not self.cell.lines and not self.cell.settings


def changes(
    copy: Comparison, newest: Comparison, between: Comparison | None = None
) -> Sequence[Change]:
    """Return what a copy has changed, and where that is now.

    What the newest has taken over already is left out.

    Parameters
    ----------
    copy
        Of the base with the copy.
    newest
        Of the base with the newest.
    between
        Of the newest with the copy; None where the newest is the base.
    """
    same = between.cells if between else ()
    there = {row.new: row.old for row in same if row.kind == "same" and row.old is not None}
    come = {row.new for row in newest.cells if row.old is None}
    now = {row.old: row for row in newest.cells if row.old is not None}
    found: list[Change] = []
    at = -1
    for number, row in enumerate(copy.cells):
        here = now[row.old] if row.old is not None else None
        if here is not None and here.new is not None:
            at = here.new
        if row.kind == "same":
            continue
        taken = there.get(row.new)
        if taken is not None and (taken in come if here is None else taken == here.new):
            at = taken
            continue
        gone = here is not None and here.new is None
        conflict = here is not None and here.kind != "same" and not (gone and row.new is None)
        found.append(Change(number, row, at, gone, conflict))
    return found


def merged(
    newest: Mapping[str, Any],
    copy: Mapping[str, Any],
    found: Sequence[Change],
    accepted: Collection[int],
) -> dict[str, Any]:
    """Return the newest notebook with what was accepted of a copy.

    Parameters
    ----------
    newest, copy
        The notebooks.
    found
        What `changes` has found.
    accepted
        Numbers of the changes that are wanted.
    """
    cells: list[Any] = list(newest["cells"])
    behind: dict[int, list[Any]] = {}
    for change in found:
        if change.number not in accepted:
            continue
        row = change.cell
        if row.new is None:
            if not change.gone:
                cells[change.at] = None
        elif row.old is None or change.gone:
            behind.setdefault(change.at, []).append(copy["cells"][row.new])
        else:
            cells[change.at] = copy["cells"][row.new]
    result = behind.get(-1, [])[:]
    for at, cell in enumerate(cells):
        result += [] if cell is None else [cell]
        result += behind.get(at, [])
    # Cells of a later form, which have ids, are none of an earlier form.
    minor = max(newest.get("nbformat_minor", 0), copy.get("nbformat_minor", 0))
    return {**newest, "nbformat_minor": minor, "cells": result}
