"""A limit put into a query, so that the database does not compute what nobody looks at."""

from __future__ import annotations

import logging
import operator
from typing import TYPE_CHECKING

from lodge_magics.errors import SqlError
from lodge_magics.language import say
from lodge_magics.sql.parse import Statement
from lodge_magics.sql.tokens import Kind, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlglot import exp

__all__ = ["limited"]

# Where a subquery may not have two columns of one name, and a query in brackets has a limit.
_BRACKETS = ("mysql", "mariadb")
_DIALECTS = {
    "duckdb": "duckdb",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "postgres": "postgres",
    "hive": "spark",
}


def limited(
    statement: Statement,
    kind: str,
    rows: int,
    value_of: Callable[[str], object] | None = None,
) -> Statement:
    """Return the statement with at most `rows` rows in its result.

    The text of the user stays as it is but for the number of a larger limit of its own: a limit is
    put after it, or it becomes a subquery where it ends in a way that no limit can follow.

    Parameters
    ----------
    statement
        From `split_statements`.
    kind
        The type of the source.
    rows
        At least 1.
    value_of
        Returns the Python value of a name; default None, it is not known.

    Raises
    ------
    SqlError
        The statement is no SELECT that only reads.
    """
    if not statement.is_select:
        raise SqlError(
            say(
                "--preview limits a SELECT that only reads, and this {keyword} is none; run it "
                "without --preview.",
                keyword=statement.keyword,
            )
        )
    # Parameters as question marks, which sqlglot knows in every dialect.
    text = "".join("?" if t.kind is Kind.PARAMETER else t.text for t in statement.tokens)
    tree = _parse(text, kind.rpartition("+")[2])
    limit = _piece(f"\nLIMIT {rows}")
    if tree is not None and not _ends_itself(tree):
        return Statement((*statement.tokens, limit))
    place = _place_of_limit(statement.tokens) if tree is not None and _has_limit(tree) else None
    own = None if place is None else _rows(statement.tokens[place], value_of)
    if place is not None and own is not None:
        # As a subquery it would not do everywhere: its columns may have one name, which MySQL
        # refuses and others change.
        tokens = list(statement.tokens)
        tokens[place] = Token(Kind.WORD, str(min(own, rows)))
        return statement if own <= rows else Statement(tuple(tokens))
    if kind.rpartition("+")[2] in _BRACKETS:
        return Statement((_piece("(\n"), *statement.tokens, _piece("\n)"), limit))
    return Statement(
        (_piece("SELECT * FROM (\n"), *statement.tokens, _piece("\n) AS lodge_preview"), limit)
    )


def _rows(token: Token, value_of: Callable[[str], object] | None) -> int | None:
    """Return the number of rows that a LIMIT names, as a number or by a variable."""
    if token.kind is Kind.WORD:
        return int(token.text) if token.text.isdecimal() else None
    value = value_of(token.text[1:]) if value_of is not None else None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def _place_of_limit(tokens: Sequence[Token]) -> int | None:
    """Return the place of the number of rows in the last LIMIT outside of brackets."""
    depth, found = 0, None
    for number, token in enumerate(tokens):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0 and token.kind is Kind.WORD and token.text.upper() == "LIMIT":
            found = number
    if found is None:
        return None
    numbers: list[int] = []
    for number in range(found + 1, len(tokens)):
        token = tokens[number]
        if token.kind in (Kind.SPACE, Kind.COMMENT):
            continue
        if token.kind is Kind.PARAMETER or (token.kind is Kind.WORD and token.text.isdecimal()):
            numbers.append(number)
            continue
        # `LIMIT offset, rows`; after an operator it is more than a number.
        if token.text == "," and len(numbers) == 1:
            continue
        if token.kind is not Kind.WORD or token.text.upper() in ("BY", "PERCENT"):
            return None
        break
    return numbers[-1] if numbers else None


def _piece(text: str) -> Token:
    return Token(Kind.OTHER, text)


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


def _has_limit(tree: exp.Query) -> bool:
    from sqlglot import exp

    return isinstance(tree.args.get("limit"), exp.Limit)
