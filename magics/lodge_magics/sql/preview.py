"""A limit put into a query, so that the database does not compute what nobody looks at."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lodge_magics.errors import SqlError
from lodge_magics.sql.parse import Statement
from lodge_magics.sql.tokens import Kind, Token

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["limited"]

_DIALECTS = {
    "duckdb": "duckdb",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "postgres": "postgres",
    "hive": "spark",
}


def limited(statement: Statement, kind: str, rows: int) -> Statement:
    """Return the statement with at most `rows` rows in its result.

    The text of the user stays as it is: a limit is put after it, or it becomes a subquery when it
    has a larger limit of its own.

    Parameters
    ----------
    statement
        From `split_statements`.
    kind
        The type of the source.
    rows
        At least 1.

    Raises
    ------
    SqlError
        The statement is no SELECT.
    """
    if not statement.is_select:
        raise SqlError(
            f"--preview limits a SELECT, and this is {_article(statement.keyword)} statement; "
            "run it without --preview."
        )
    # Parameters as question marks, which sqlglot knows in every dialect.
    text = "".join("?" if t.kind is Kind.PARAMETER else t.text for t in statement.tokens)
    tree = _parse(text, kind.rpartition("+")[2])
    limit = _piece(f"\nLIMIT {rows}")
    if tree is not None and not _ends_itself(tree):
        return Statement((*statement.tokens, limit))
    own = _own_limit(tree)
    if own is not None and own <= rows:
        return statement
    return Statement(
        (_piece("SELECT * FROM (\n"), *statement.tokens, _piece("\n) AS lodge_preview"), limit)
    )


def _piece(text: str) -> Token:
    return Token(Kind.OTHER, text)


def _article(keyword: str) -> str:
    return f"an {keyword}" if keyword[:1] in "AEIOU" else f"a {keyword}"


def _parse(text: str, kind: str) -> exp.Query | None:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    before = logger.disabled
    logger.disabled = True  # what sqlglot cannot parse is wrapped; nobody needs its warning
    dialect: str | None = _DIALECTS.get(kind, kind)
    try:
        dialect = dialect if dialect and sqlglot.Dialect.get(dialect) else None
        tree = sqlglot.parse_one(text, dialect=dialect)
    except (SqlglotError, RecursionError):
        return None
    finally:
        logger.disabled = before
    return tree if isinstance(tree, exp.Query) else None


def _ends_itself(tree: exp.Query) -> bool:
    """Whether the query ends with something a LIMIT cannot follow."""
    return any(
        tree.args.get(part) for part in ("limit", "offset", "locks", "into", "sample", "settings")
    )


def _own_limit(tree: exp.Query | None) -> int | None:
    from sqlglot import exp

    limit = tree.args.get("limit") if tree is not None else None
    value = limit.expression if isinstance(limit, exp.Limit) else None
    if isinstance(value, exp.Literal) and not value.is_string and value.name.isdigit():
        return int(value.name)
    return None
