"""A bounded table of a result, as static HTML and as text.

The HTML has no script and no style sheet, everything is escaped, and it stays legible when a
sanitiser takes the inline styles away. Colours come from JupyterLab's theme, else from the page.
"""

from __future__ import annotations

import datetime
import html
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_magics.sql.texts import is_missing, span_text, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lodge_magics.sql.sources.base import Column

__all__ = [
    "COLUMNS",
    "ROWS",
    "ResultTable",
    "cell_text",
    "is_number",
    "plan_html",
    "to_html",
    "to_text",
]

ROWS = 20
COLUMNS = 50
_CELL = 120
_PLAIN_CELL = 40
_PLAIN_WIDTH = 160
_MARKS = re.compile(r"([$\\])")
_DATE = re.compile(r"(nullable\(|lowcardinality\()*date(32)?\)*", re.IGNORECASE)
_NUMBERS = ("int", "float", "double", "decimal", "real", "numeric", "hugeint", "year", "long")
_CELL_STYLE = "padding:2px 12px 2px 0;white-space:nowrap;vertical-align:top;text-align:"
_LINE = "border-bottom:1px solid var(--jp-border-color1,currentColor)"
_NOTE = "font-size:13px;line-height:1.5;color:var(--jp-ui-font-color2,inherit)"


@dataclass
class ResultTable:
    """What is shown of a result.

    Attributes
    ----------
    columns
        All of its columns.
    rows
        Its first rows, at most `ROWS`.
    notes
        Lines below the table: how many rows there are, where they are kept.
    total
        How many rows the result has; None when that is not known.
    """

    columns: list[Column]
    rows: Sequence[Sequence[Any]] = ()
    notes: list[str] = field(default_factory=list)
    total: int | None = None


def cell_text(value: Any, type_name: str = "") -> str:
    """Return a value as one line of text.

    Parameters
    ----------
    value
        Any value of a result; missing values give `NULL`.
    type_name
        The column's type; a `date` is shown without a time of day.
    """
    if is_missing(value):
        return "NULL"
    if isinstance(value, bytes | bytearray):
        shown = text_of(value[:16])
        return shown if len(value) <= 16 else f"{shown}… ({len(value):,} bytes)"
    if isinstance(value, datetime.datetime):
        if _DATE.fullmatch(type_name):
            return f"{value:%Y-%m-%d}" if value.year >= 1000 else value.date().isoformat()
        if value.year < 1000:
            value = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    if isinstance(value, datetime.timedelta) and type_name == "time":
        return span_text(value, in_days=False)
    return " ".join(text_of(value).split("\n"))


def is_number(type_name: str) -> bool:
    """Tell whether a type of any database is one of numbers, which stand at the right.

    Parameters
    ----------
    type_name
        As the source calls it.
    """
    return type_name.lower().startswith(_NUMBERS) or type_name.lower().endswith(
        ("int", "int unsigned")
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _shown(table: ResultTable) -> tuple[list[Column], list[str]]:
    columns = table.columns[:COLUMNS]
    notes = list(table.notes)
    if len(table.columns) > COLUMNS:
        left = len(table.columns) - COLUMNS
        notes.append(f"{left} more {'column is' if left == 1 else 'columns are'} not shown.")
    if columns and table.rows and table.total is not None and table.total > len(table.rows):
        notes.append(f"The first {len(table.rows)} rows are shown.")
    return columns, notes


def plan_html(plan: str) -> str:
    """Return the text of a plan as HTML that keeps its lines.

    Parameters
    ----------
    plan
        Any lines.
    """
    return f'<pre style="overflow-x:auto;line-height:1.3">{html.escape(plan)}</pre>'


def to_html(table: ResultTable) -> str:
    """Return the table as HTML.

    Parameters
    ----------
    table
        What to show.
    """
    columns, notes = _shown(table)
    sides = ["right" if is_number(column.type) else "left" for column in columns]
    head = "".join(
        f'<th scope="col" style="{_CELL_STYLE}{side};{_LINE}">{_escaped(column.name)}<br>'
        f'<span style="font-weight:normal;opacity:.75">{_escaped(_cut(column.type, 40))}</span>'
        "</th>"
        for column, side in zip(columns, sides, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{_CELL_STYLE}{side}">{_html_cell(value, column.type)}</td>'
            for value, column, side in zip(row, columns, sides, strict=False)
        )
        + "</tr>"
        for row in table.rows
    )
    lines = "".join(f"<div>{_escaped(note)}</div>" for note in notes)
    grid = (
        f'<div style="overflow-x:auto;max-width:100%"><table style="border-collapse:collapse">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        if columns
        else ""
    )
    return f'<div>{grid}<div style="{_NOTE}">{lines}</div></div>'


def _escaped(text: str) -> str:
    """Return text as HTML in which nobody finds a formula.

    JupyterLab and exports set what stands between dollars, or after a backslash, within one piece
    of text; as an element of its own none of these marks begins or ends one.
    """
    return _MARKS.sub(r"<span>\1</span>", html.escape(text))


def _html_cell(value: Any, type_name: str) -> str:
    if is_missing(value):
        return '<em style="opacity:.75">NULL</em>'
    text = cell_text(value, type_name)
    cut = _cut(text, _CELL)
    if cut == text:
        return _escaped(text)
    return f'<span title="{html.escape(_cut(text, 1000))}">{_escaped(cut)}</span>'


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def to_text(table: ResultTable) -> str:
    """Return the table as aligned text, at most 160 characters wide.

    Parameters
    ----------
    table
        What to show.
    """
    columns, notes = _shown(table)
    numbers = [is_number(column.type) for column in columns]
    grid = [
        [_cut(_printable(column.name), _PLAIN_CELL) for column in columns],
        [_cut(column.type, _PLAIN_CELL) for column in columns],
        *(
            [
                _cut(_printable(cell_text(value, column.type)), _PLAIN_CELL)
                for value, column in zip(row, columns, strict=False)
            ]
            for row in table.rows
        ),
    ]
    widths = [max(_width(row[i]) for row in grid) for i in range(len(columns))]
    fitting, total = 0, 0
    for width in widths:
        total += width + 2
        if fitting and total > _PLAIN_WIDTH:
            break
        fitting += 1
    lines = [
        "  ".join(_pad(row[i], widths[i], numbers[i]) for i in range(fitting)).rstrip()
        for row in grid
    ]
    typed = any(column.type for column in columns)
    if not typed:
        del lines[1]
    lines.insert(2 if typed else 1, "  ".join("-" * widths[i] for i in range(fitting)))
    if fitting < len(columns):
        left = len(columns) - fitting
        notes.append(
            f"{left} more {'column does' if left == 1 else 'columns do'} not fit in this text."
        )
    return "\n".join([*(lines if columns else []), *notes])


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
