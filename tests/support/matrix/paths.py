"""Every path by which a result of `%%sql` arrives: what comes of a query by each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from lodge_magics.sql.arrow import python_values
from lodge_magics.sql.options import parse_options
from lodge_magics.sql.results.bundle import texts
from lodge_magics.sql.results.held import HeldResults
from lodge_magics.sql.results.pages import Wanted
from lodge_magics.sql.run import Outcome, prepare, run_relational
from lodge_magics.sql.shapes import from_answer
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.table import cell_text

__all__ = ["PATHS", "SHOWN", "Came", "come", "come_all"]


@dataclass
class Came:
    """What came by a path.

    Attributes
    ----------
    values
        Of the column `x`, in the order of `n`.
    said
        The notes on it.
    kind
        The type that the column has there.
    column
        The column itself, where it is one of Arrow.
    """

    values: list[Any]
    said: str
    kind: str
    column: Any = None


def come(source: RelationalSource, query: str, path: str) -> Came:
    """Return what comes of a query for `n` and `x` by a path.

    Parameters
    ----------
    source
        Connected.
    query
        With few rows.
    path
        One of `PATHS` or `SHOWN`.
    """
    [came] = come_all(source, query, path)
    return came


def come_all(source: RelationalSource, query: str, path: str) -> list[Came]:
    """Return what comes by a path of each column after the first, `n`, of a query."""
    text = f"SELECT * FROM ({query}) AS q ORDER BY n"
    if path in ("shown", "page", "sorted"):
        return _shown(_run(source, text), path)
    if path == "preview":
        return _of_frame(_run(source, f"{text} LIMIT 1000", "--preview 100"))
    if path == "cache":
        _run(source, text, "--cache --refresh")
        outcome = _run(source, text, "--cache")
        assert "from the cache" in outcome.table.notes[-1], outcome.table.notes
        return _of_frame(outcome)
    if path == "cached arrow":
        _run(source, text, "df --cache --refresh --as arrow")
        return _of_arrow(*_shape(_run(source, text, "df --cache --as arrow"), "arrow"))
    if path in ("arrow", "polars"):
        value, said = _shape(_run(source, text, f"df --as {path}"), path)
        if path == "polars":
            found = _of_arrow(value.to_arrow(), said)
            kinds = [str(kind) for kind in value.dtypes[1:]]
            return [Came(one.values, said, kind) for one, kind in zip(found, kinds, strict=True)]
        return _of_arrow(value, said)
    return _of_frame(_run(source, text))


PATHS = ("pandas", "preview", "arrow", "polars", "cache", "cached arrow")
SHOWN = ("shown", "page", "sorted")


def _run(source: RelationalSource, text: str, line: str = "") -> Outcome:
    options = parse_options(line)
    values: dict[str, object] = {}
    return run_relational(
        source, prepare(text, source.config.kind, options, values.__getitem__), options
    )


def _said(outcome: Outcome, more: list[str] | None = None) -> str:
    return "\n".join([*outcome.table.notes, *(more or [])])


def _of_frame(outcome: Outcome) -> list[Came]:
    answer = outcome.answer
    assert answer is not None
    found = []
    for number in range(1, len(answer.columns)):
        series = outcome.value.iloc[:, number]
        values = series.tolist()
        floats = str(series.dtype) in ("float32", "float64", "category")
        if floats and not answer.columns[number].nan:
            values = [None if value != value else value for value in values]
        found.append(Came(values, _said(outcome), str(series.dtype)))
    return found


def _shape(outcome: Outcome, shape: str) -> tuple[Any, str]:
    assert outcome.answer is not None
    value, told = from_answer(outcome.answer, shape, _no_session)
    return value, _said(outcome, told)


def _no_session() -> None:
    raise AssertionError("no Spark session is needed here")


def _of_arrow(table: pa.Table, said: str) -> list[Came]:
    return [
        Came(python_values(column), said, str(column.type), column) for column in table.columns[1:]
    ]


def _shown(outcome: Outcome, path: str) -> list[Came]:
    answer = outcome.answer
    assert answer is not None
    if path == "shown":
        rows = [
            [None if (t := cell_text(value, column.type)) == "NULL" and not isinstance(value, str)
             else t for value, column in zip(row, answer.columns, strict=True)]
            for row in outcome.table.rows
        ]  # fmt: skip
    else:
        held = HeldResults({})
        name = held.hold(outcome.value, answer.columns, None)
        assert name is not None
        # By both columns, so that each of them is looked at.
        if path == "sorted":
            held.page(name, Wanted(sort=1, search="a"))
        rows, found = held.page(name, Wanted(sort=0, limit=500))
        assert found == len(rows)
    assert texts(outcome.table.rows, answer.columns)
    return [
        Came([row[number] for row in rows], _said(outcome), answer.columns[number].type)
        for number in range(1, len(answer.columns))
    ]
