"""Types beside each other, where each query takes its source long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lodge_magics.sql.sources.base import RelationalSource

from support.matrix.agree import agrees, shown_agrees
from support.matrix.kinds import Kind
from support.matrix.paths import PATHS, SHOWN, Came, come_all

__all__ = ["SINGLE", "WHOLE", "Wide", "notes_of", "wide", "written"]

# Of which a table and its pages show all.
_BESIDE = 30


def wide(kinds: list[Kind], rows: list[int] | None = None) -> str:
    """Return a query for the values of several types, a column `x0`, `x1` ... for each.

    Parameters
    ----------
    kinds
        Of one source.
    rows
        Which of the values; default None: all, and NULL in a last row.
    """
    if rows is None:
        rows = list(range(max(len(kind.values) for kind in kinds) + 1))
    queries = []
    for row in rows:
        cells = [f"{kind.value(row)} AS x{number}" for number, kind in enumerate(kinds)]
        queries.append(f"SELECT {row} AS n, {', '.join(cells)}")
    return " UNION ALL ".join(queries)


def written(kinds: list[Kind], query: str) -> str:
    """Return a query for how a source itself writes what comes of `wide`."""
    texts = ", ".join(f"{kind.text.format(f'x{n}')} AS x{n}" for n, kind in enumerate(kinds))
    return f"SELECT {texts} FROM ({query}) AS q ORDER BY n"


def notes_of(said: str, number: int) -> str:
    """Return the notes on one of the columns."""
    return "\n".join(line for line in said.splitlines() if f"x{number} " in f"{line} ")


class Wide:
    """The types of a source, as many as a table shows in each query.

    Parameters
    ----------
    source
        Connected.
    kinds
        Its types.
    ask
        Returns the rows of a query as a plain driver gives them.

    Attributes
    ----------
    parts
        The types of each query.
    texts
        Of each type, how the source itself writes its values, and NULL.
    """

    def __init__(
        self, source: RelationalSource, kinds: list[Kind], ask: Callable[[str], list[Any]]
    ) -> None:
        self.source = source
        self.kinds = kinds
        self.parts = [kinds[first : first + _BESIDE] for first in range(0, len(kinds), _BESIDE)]
        self.texts: list[list[str | None]] = []
        for part in self.parts:
            self.texts += map(list, zip(*ask(written(part, wide(part))), strict=True))
        self._came: dict[tuple[str, int | None], list[Came]] = {}

    def come(self, path: str, row: int | None = None) -> list[Came]:
        """What comes of each type by a path, of all its values or of one."""
        if (path, row) not in self._came:
            rows = None if row is None else [row]
            self._came[path, row] = self._ask(path, lambda part: wide(part, rows))
        return self._came[path, row]

    def _ask(self, path: str, query: Callable[[list[Kind]], str]) -> list[Came]:
        found = []
        for part in self.parts:
            for number, came in enumerate(come_all(self.source, query(part), path)):
                came.said = notes_of(came.said, number)
                found.append(came)
        return found

    def wrong(self, path: str) -> list[str]:
        """What does not arrive by a path as the source writes it."""
        pairs = zip(self.texts, self.come(path), strict=True)
        return self.differing(path, [(texts, came) for texts, came in pairs])

    def wrong_alone(self, path: str) -> list[str]:
        """The same of values each by itself."""
        wrong = []
        for row in range(max(map(len, self.texts)) - 1):
            pairs = zip(self.texts, self.come(path, row), strict=True)
            found = [(texts[row : row + 1] or [None], came) for texts, came in pairs]
            wrong += self.differing(path, found)
        return wrong

    def differing(self, path: str, found: list[tuple[list[str | None], Came]]) -> list[str]:
        """What is not as it is written, of the texts of each type and of what came."""
        wrong = []
        for kind, (texts, came) in zip(self.kinds, found, strict=True):
            # Texts that Spark has no type for are made of values.
            as_text = path in SHOWN or (path == "spark" and " is text" in came.said)
            same = shown_agrees if as_text else agrees
            wrong += [
                f"{kind.name} by {path}: {text!r} came as {value!r} ({came.kind})"
                for text, value in zip(texts, came.values, strict=True)
                if not same(value, text, kind.form, came.said)
            ]
        return wrong

    def changed_if_empty(self, path: str, told_by_values: tuple[str, ...]) -> list[str]:
        """The types that an empty result does not have by a path."""
        none = self._ask(path, lambda part: f"SELECT * FROM ({wide(part, [0])}) AS e WHERE n > 0")
        return [
            f"{kind.name} by {path}: {other.kind}, and {came.kind} with rows"
            for kind, other, came in zip(self.kinds, none, self.come(path, 0), strict=True)
            if other.kind.lower() != came.kind.lower() and not kind.name.startswith(told_by_values)
        ]


#: By which whole results are looked at, and single values.
WHOLE, SINGLE = (*PATHS, *SHOWN), ("pandas", "arrow", "shown")
