"""The code of a chart that fits the columns of a result.

The rules are few and their outcome is plain pandas, meant to be edited: over time a line, numbers
by a category as bars, two measures as points, one alone as a histogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodge_magics.sql.results.columns import arrow_column, names_of, size_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["chart_code", "free_name"]

#: More bars than this, and lines of more measures, can't be read.
_BARS = 30
_LINES = 4
#: More points than this only darken the picture.
_POINTS = 5000
#: A look at so many rows tells what a column is; the rest of a large result is not read.
_LOOK = 100_000


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str
    distinct: int
    increasing: bool
    whole: bool
    exact: bool

    @property
    def is_key(self) -> bool:
        lowered = self.name.lower()
        return self.whole and (lowered == "id" or lowered.endswith("_id"))


def chart_code(value: Any, variable: str) -> str:
    """Return the code of a cell that draws a chart of a result.

    Parameters
    ----------
    value
        A DataFrame of pandas or polars, or a pyarrow.Table.
    variable
        The name it has in the notebook.

    Raises
    ------
    ValueError
        Nothing of it can be drawn; the text says why.
    """
    size = size_of(value)
    if not size:
        raise ValueError("The result has no rows, so there is nothing to draw.")
    columns = _described(value)
    frame = variable if hasattr(value, "iloc") else f"{variable}.to_pandas()"
    times = [column for column in columns if column.kind == "time"]
    texts = [column for column in columns if column.kind == "text" and column.distinct > 1]
    numbers = [column for column in columns if column.kind == "number" and not column.is_key]
    if not numbers:
        numbers = [column for column in columns if column.kind == "number"]
    rows = min(size, _LOOK)
    if times and numbers:
        lines = _over_time(frame, times[0], numbers[:_LINES], rows)
    elif texts and numbers:
        lines = _by_category(frame, texts[0], numbers, rows)
    elif len(numbers) > 1:
        lines = _two_numbers(frame, numbers, rows, size)
    elif numbers:
        lines = [
            f"ax = {_floats(frame, numbers[:1])}[{numbers[0].name!r}].plot.hist(bins=30)",
            f"ax.set_xlabel({numbers[0].name!r})",
        ]
    elif texts:
        name = texts[0].name
        lines = [
            f"counts = {frame}[{name!r}].value_counts().head(20).sort_values()",
            f'ax = counts.plot.barh(figsize=(9, 5), xlabel="rows", ylabel={name!r})',
        ]
    elif times:
        name = times[0].name
        lines = [
            f"ax = {frame}[{name!r}].value_counts().sort_index().plot(figsize=(9, 4))",
            'ax.set_ylabel("rows")',
        ]
    else:
        raise ValueError("No column of this result is a number, a time or a text with two values.")
    # An assignment at the end, so that the cell shows the picture alone.
    return "\n".join(lines)


def _over_time(frame: str, time: _Column, numbers: list[_Column], rows: int) -> list[str]:
    names = [column.name for column in numbers]
    prepared = _floats(frame, numbers)
    what = "ax = data.plot(figsize=(9, 4))"
    if time.distinct == rows:
        return [f"data = {prepared}.set_index({time.name!r})[{names!r}].sort_index()", what]
    return [f"data = {prepared}.groupby({time.name!r})[{names!r}].mean()", what, _mean_of(names)]


def _by_category(frame: str, text: _Column, numbers: list[_Column], rows: int) -> list[str]:
    number = numbers[0].name
    prepared = _floats(frame, numbers[:1])
    draw = f"ax = data.plot.barh(figsize=(9, 5), xlabel={number!r}, ylabel={text.name!r})"
    if text.distinct == rows and rows <= _BARS:
        return [f"data = {prepared}.set_index({text.name!r})[{number!r}].sort_values()", draw]
    return [
        f"data = {prepared}.groupby({text.name!r})[{number!r}].mean().nlargest(20).sort_values()",
        draw.replace(f"xlabel={number!r}", f"xlabel={'mean of ' + number!r}"),
    ]


def _two_numbers(frame: str, numbers: list[_Column], rows: int, size: int) -> list[str]:
    first, second = numbers[0], numbers[1]
    prepared = _floats(frame, [first, second])
    if first.whole and first.distinct == rows and rows <= _BARS:
        return [
            f"data = {prepared}.set_index({first.name!r})[{second.name!r}].sort_index()",
            f"ax = data.plot.bar(figsize=(9, 4), ylabel={second.name!r})",
        ]
    if first.increasing and first.distinct == rows:
        return [f"ax = {prepared}.plot(x={first.name!r}, y={second.name!r}, figsize=(9, 4))"]
    sample = f".sample({_POINTS}, random_state=0)" if size > _POINTS else ""
    return [
        f"data = {prepared}{sample}",
        f"ax = data.plot.scatter(x={first.name!r}, y={second.name!r}, s=8, figsize=(7, 5))",
    ]


def _mean_of(names: list[str]) -> str:
    return f"ax.set_ylabel({'mean of ' + names[0] if len(names) == 1 else 'mean'!r})"


def _floats(frame: str, numbers: list[_Column]) -> str:
    """Return the frame with decimals as floats, for pandas draws no decimals."""
    exact = {column.name: "float" for column in numbers if column.exact}
    return f"{frame}.astype({exact!r})" if exact else frame


def _described(value: Any) -> list[_Column]:
    names = names_of(value)
    return [
        _describe(name, arrow_column(value, number))
        for number, name in enumerate(names)
        # A name that repeats names no column.
        if names.count(name) == 1
    ]


def _describe(name: str, column: pa.ChunkedArray) -> _Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    look = column.slice(0, _LOOK)
    whole = pa.types.is_integer(kind)
    exact = pa.types.is_decimal(kind)
    if whole or exact or pa.types.is_floating(kind):
        word = "number"
    elif pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        word = "time"
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        word = "text"
    else:
        return _Column(name, "other", 0, False, False, False)
    distinct = pc.count_distinct(look, mode="only_valid").as_py()
    increasing = False
    if word == "number" and not look.null_count and len(look) > 1:
        increasing = bool(pc.all(pc.greater(look.slice(1), look.slice(0, len(look) - 1))).as_py())
    return _Column(name, word, distinct, increasing, whole, exact)


def free_name(taken: Any, wanted: str = "result") -> str:
    """Return a variable's name that nothing has yet.

    Parameters
    ----------
    taken
        The names there are.
    wanted
        The name to begin with; `result`, then `result_2` and so on.
    """
    number = 1
    name = wanted
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name
