"""What every relational source can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_magics.language import many, say
from lodge_magics.words import one_line

if TYPE_CHECKING:
    import pandas as pd

    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.meter import Meter

__all__ = ["Answer", "Column", "RelationalSource", "Table", "last_of"]


@dataclass(frozen=True)
class Column:
    """A column of a table or of a result.

    Attributes
    ----------
    name
        It may repeat.
    type
        As the source calls it.
    arrow
        The type that its values have in Arrow, a pyarrow.DataType; None follows from the values.
    loose
        Whether the values tell better what type they have, where there are any.
    nan
        Whether a NaN among floats of pandas is a value; else it is what pandas has for NULL.
    """

    name: str
    type: str
    arrow: Any = field(default=None, compare=False)
    loose: bool = field(default=False, compare=False)
    nan: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Table:
    """A table or view: its name as it is written in a query, and what it is."""

    name: str
    kind: str


@dataclass
class Answer:
    """What came of one statement.

    Attributes
    ----------
    columns
        Of its result, empty when it has none.
    frame
        Its rows; None when it has no result.
    affected
        Rows it inserted, updated or deleted; None when the source does not say.
    notes
        What the user should know, for example of values that could not be kept.
    table
        The same rows as Arrow, a pyarrow.Table, where that is what came from the source.
    """

    columns: list[Column] = field(default_factory=list)
    frame: pd.DataFrame | None = None
    affected: int | None = None
    notes: list[str] = field(default_factory=list)
    table: Any = None


def last_of(results: list[Answer]) -> Answer:
    """Return the last of the results of one statement, which says what the others were.

    Parameters
    ----------
    results
        At least one, each with a frame.
    """
    *others, last = results
    for number, answer in enumerate(others, 1):
        rows = many(0 if answer.frame is None else len(answer.frame), "row")
        names = ", ".join(column.name for column in answer.columns)
        last.notes.append(
            say(
                "Result {number} of {count} had {rows} of {names}; the last one counts",
                number=number,
                count=len(results),
                rows=rows,
                names=names,
            )
        )
    return last


class RelationalSource(ABC):
    """A database with one open connection for a kernel.

    `execute` blocks and is called in a thread; `cancel` is called meanwhile from the main thread.

    Parameters
    ----------
    config
        The source as configured.
    """

    # Errors of its driver, told by `sentence`.
    errors: tuple[type[BaseException], ...] = ()

    def __init__(self, config: SourceConfig) -> None:
        self.config = config

    @abstractmethod
    def execute(self, bound: Bound, meter: Meter) -> Answer:
        """Run one statement and fetch all of its result.

        Parameters
        ----------
        bound
            The statement.
        meter
            Told what has been fetched; raises when the rest would not fit into memory.
        """

    @abstractmethod
    def cancel(self) -> None:
        """Stop the statement that is running, on the server."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @abstractmethod
    def tables(self) -> list[Table]:
        """Return the tables and views one can ask."""

    @abstractmethod
    def columns(self, table: str) -> list[Column]:
        """Return the columns of a table; empty when there is no such table."""

    def complete(self, text: str) -> bool | None:
        """Tell whether a text that may be the beginning of a block is a whole statement.

        Parameters
        ----------
        text
            Up to a semicolon, without it.

        Returns
        -------
        bool or None
            None where the database has no way to tell without running it.
        """
        del text
        return None

    def sentence(self, error: BaseException, bound: Bound | None = None) -> tuple[str, str]:
        """Return an error of the driver as one sentence, and lines that show the place.

        Parameters
        ----------
        error
            One of `errors`.
        bound
            The statement that failed; None when it was none.
        """
        del bound
        return one_line(str(error)), ""

    def missing_table(self, error: BaseException) -> str | None:
        """Return the table an error says is missing, or None.

        Parameters
        ----------
        error
            One of `errors`.
        """
        del error
        return None
