"""The options of `%%sql` and `%sql`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lodge_magics.arguments import Option, parse_arguments
from lodge_magics.errors import OptionError
from lodge_magics.sql.shapes import SHAPES
from lodge_magics.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CatalogOptions", "SqlOptions", "parse_catalog", "parse_options"]

PREVIEW_ROWS = 100
CATALOG = ("sources", "tables", "columns")
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
    Option("--source", "NAME"),
    Option("--preview", "[N]", optional=str.isdigit),
    Option("--cache", "[LEVEL]", optional=_is_level),
    Option("--quiet"),
    Option("--param", "NAME=EXPR", repeated=True, raw=True),
    Option("--as", "|".join(SHAPES)),
    Option("--explain"),
    Option("--refresh"),
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
            f"%%sql takes one variable, not {' '.join(given.words)}; write the SQL on the lines "
            "below."
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
            "%sql shows sources, tables or columns TABLE; a query goes into a cell that begins "
            "with %%sql."
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
