"""What a front end gets of a result, beside the static table: first rows, types, and an id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lodge_magics.sql.table import COLUMNS, cell_text, is_number
from lodge_magics.sql.texts import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lodge_magics.sql.sources.base import Column

__all__ = ["MIME", "ROWS", "bundle", "texts"]

MIME = "application/vnd.lodge.result+json"
#: So many rows are kept in the notebook: all of a small result, so that it can be looked through
#: when no kernel is there.
ROWS = 100
_BYTES = 100_000
_CELL = 400


def texts(rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> list[list[str | None]]:
    """Return rows as texts, at most 400 characters each; NULL is None.

    Parameters
    ----------
    rows
        Python values; only as many columns as are shown are taken.
    columns
        All of the result's.
    """
    shown = columns[:COLUMNS]
    return [
        [_text(value, column) for value, column in zip(row, shown, strict=False)] for row in rows
    ]


def _text(value: Any, column: Column) -> str | None:
    if is_missing(value):
        return None
    text = cell_text(value, column.type)
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"


def bundle(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    total: int | None,
    notes: Sequence[str],
    held: str | None,
    variable: str | None,
) -> dict[str, Any]:
    """Return the JSON of a display.

    Parameters
    ----------
    columns
        All of the result's.
    rows
        Its first ones.
    total
        How many it has; None when that is not known.
    notes
        Lines below the table.
    held
        Its id in the kernel.
    variable
        The variable it is in.
    """
    kept: list[list[str | None]] = []
    size = 0
    for row in texts(rows, columns):
        size += sum(len(value or "") for value in row)
        if size > _BYTES:
            break
        kept.append(row)
    return {
        "version": 1,
        "id": held,
        "variable": variable,
        "columns": [
            {"name": column.name, "type": column.type, "number": is_number(column.type)}
            for column in columns[:COLUMNS]
        ],
        "hidden_columns": max(0, len(columns) - COLUMNS),
        "rows": kept,
        "total": total,
        "notes": list(notes),
    }
