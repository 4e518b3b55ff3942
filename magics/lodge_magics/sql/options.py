"""The options of `%%sql` and `%sql`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lodge_magics.arguments import Option, parse_arguments
from lodge_magics.errors import OptionError
from lodge_magics.language import say
from lodge_magics.sql.shapes import SHAPES
from lodge_magics.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CatalogOptions", "SqlOptions", "parse_catalog", "parse_options"]

PREVIEW_ROWS = 100
#: Commands of `%sql` with what follows them, and what they show, for the reference.
CATALOG = {
    "sources": ("", "the sources there are, with types and descriptions"),
    "tables": ("[--source NAME]", "tables and views of a source"),
    "columns": ("TABLE [--source NAME]", "the columns of a table with their types"),
}
LEVELS = (
    "DISK_ONLY",
    "DISK_ONLY_2",
    "DISK_ONLY_3",
    "MEMORY_AND_DISK",
    "MEMORY_AND_DISK_2",
    "MEMORY_ONLY",
    "MEMORY_ONLY_2",
    "OFF_HEAP",
)
REFRESH = "refresh"


def _is_level(word: str) -> bool:
    return word.upper() in LEVELS or word == REFRESH


OPTIONS = (
    Option(
        "--source",
        "NAME",
        help="one of the sources of `LODGE_SOURCES`; the default source without it",
    ),
    Option(
        "--preview",
        "[N]",
        optional=str.isdigit,
        help=(
            "at most N rows (100), limited in the database before it computes, and the "
            "result says so; a statement that is no SELECT is refused"
        ),
    ),
    Option(
        "--cache",
        "[LEVEL]",
        optional=_is_level,
        help=(
            "a database: the result is kept as Parquet in `~/.cache/lodge/sql` by source, "
            "text and parameters, and its age is shown. Hive: `persist()` at the level, "
            "such as `MEMORY_ONLY`"
        ),
    ),
    Option(
        "--quiet",
        help="shows nothing of what goes to `VAR`",
    ),
    Option(
        "--param",
        "NAME=EXPR",
        repeated=True,
        raw=True,
        help=(
            "binds the value of a Python expression to `:NAME`, before a variable of that "
            "name; brackets and quotes may hold blanks"
        ),
    ),
    Option(
        "--as",
        "|".join(SHAPES),
        help=(
            "what the result becomes; a database gives `pandas` without it, Hive `spark`, a "
            "lazy DataFrame; `polars` if it is installed"
        ),
    ),
    Option(
        "--explain",
        help="shows the plan of each statement; nothing runs, and `VAR` stays as it was",
    ),
    Option(
        "--refresh",
        help=(
            "asks the database again and keeps the answer in the cache; the same as "
            "`--cache refresh`"
        ),
    ),
)


@dataclass(frozen=True)
class SqlOptions:
    """What a `%%sql` asks for.

    Attributes
    ----------
    variable
        The Python name that takes the result; None shows it only.
    source
        The name of the source; None is the default source.
    preview
        Rows to limit the query to; None (default) is no limit.
    cache
        `None` for no cache, else a storage level of Spark, `refresh`, or the empty string for the
        default.
    quiet
        Whether to show nothing of a result that goes to a variable; default False.
    params
        Python expressions by the name they bind.
    shape
        `pandas`, `arrow`, `polars` or `spark`; None is the source's own.
    explain
        Whether to show the plan and run nothing; default False.
    """

    variable: str | None = None
    source: str | None = None
    preview: int | None = None
    cache: str | None = None
    quiet: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    shape: str | None = None
    explain: bool = False


@dataclass(frozen=True)
class CatalogOptions:
    """What a `%sql` asks for: a command, a table for `columns`, and a source."""

    command: str
    table: str | None = None
    source: str | None = None


def parse_options(line: str) -> SqlOptions:
    """Parse the line of `%%sql`.

    Parameters
    ----------
    line
        The rest of the magic's line.

    Raises
    ------
    OptionError
        An option or its value is wrong.
    """
    given = parse_arguments("%%sql", line, OPTIONS)
    if len(given.words) > 1:
        raise OptionError(
            say(
                "%%sql takes one variable, not {words}; write the SQL on the lines below.",
                words=" ".join(given.words),
            )
        )
    variable = given.words[0] if given.words else None
    if variable is not None and not variable.isidentifier():
        raise OptionError(f"{variable} is no Python name; %%sql keeps the result in a variable.")
    params: dict[str, str] = {}
    for text in given.all("--param"):
        name, equals, expression = text.partition("=")
        if not equals or not name.isidentifier() or not expression.strip():
            raise OptionError(f"--param of %%sql needs NAME=EXPR, not {text}.")
        params[name] = expression
    preview = None
    if "--preview" in given:
        text = given.one("--preview") or str(PREVIEW_ROWS)
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise OptionError(f"--preview of %%sql needs a number of rows, not {text}.")
        preview = int(text)
    cache = None
    if "--cache" in given:
        cache = given.one("--cache") or ""
        if cache and not _is_level(cache):
            raise OptionError(f"--cache of %%sql knows no {cache}{did_you_mean(cache, LEVELS)}")
        cache = cache if cache == REFRESH else cache.upper()
    if "--refresh" in given:
        if cache not in (None, "", REFRESH):
            raise OptionError(f"--refresh asks a database anew; --cache {cache} is Spark's.")
        cache = REFRESH
    shape = given.one("--as")
    if shape is not None and shape not in SHAPES:
        raise OptionError(f"--as of %%sql knows no {shape}{did_you_mean(shape, SHAPES)}")
    return SqlOptions(
        variable,
        given.one("--source"),
        preview,
        cache,
        "--quiet" in given,
        params,
        shape,
        "--explain" in given,
    )


def parse_catalog(line: str) -> CatalogOptions:
    """Parse the line of `%sql`.

    Parameters
    ----------
    line
        The rest of the magic's line.

    Raises
    ------
    OptionError
        The command is unknown or its table is missing.
    """
    given = parse_arguments("%sql", line, (Option("--source", "NAME"),))
    if not given.words:
        raise OptionError(
            say(
                "%sql shows sources, tables or columns TABLE; a query goes into a cell that begins "
                "with %%sql."
            )
        )
    command, *rest = given.words
    if command not in CATALOG:
        raise OptionError(
            f"%sql has no command {command}{did_you_mean(command, CATALOG)} A query goes into a "
            "cell that begins with %%sql."
        )
    if command == "columns":
        if len(rest) != 1:
            raise OptionError("%sql columns needs one table: %sql columns TABLE.")
        return CatalogOptions(command, rest[0], given.one("--source"))
    if rest:
        raise OptionError(f"%sql {command} takes nothing more; drop {rest[0]}.")
    return CatalogOptions(command, None, given.one("--source"))
