"""`--explain`: the plan of a statement, which does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lodge_magics.errors import SqlError
from lodge_magics.language import say
from lodge_magics.sql.parse import Statement
from lodge_magics.sql.tokens import Kind, Token

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["explained", "plan_text"]

_WORDS = {"sqlite": "EXPLAIN QUERY PLAN", "hive": "EXPLAIN FORMATTED", "kylin": "EXPLAIN PLAN FOR"}
# What holds a plan as text that is to be read as it is.
_TEXTS = ("explain_value", "QUERY PLAN", "plan", "PLAN", "Query Plan")


def explained(statement: Statement, kind: str) -> Statement:
    """Return the statement that asks for the plan of another.

    Parameters
    ----------
    statement
        From `split_statements`.
    kind
        The type of the source, or `sqlalchemy+DIALECT`.

    Raises
    ------
    SqlError
        It is neither a query nor a change of rows, or asks for a plan itself.
    """
    if not (statement.is_select or statement.changes):
        raise SqlError(
            say(
                "--explain shows the plan of a query or of a change, and a statement {keyword} has "
                "none; run it without --explain.",
                keyword=statement.keyword,
            )
        )
    words = _WORDS.get(kind.rpartition("+")[2], "EXPLAIN").split()
    head = [token for word in words for token in (Token(Kind.SPACE, " "), Token(Kind.WORD, word))]
    # On a line of its own, so that errors show the user's own lines.
    return Statement((*head[1:], Token(Kind.SPACE, "\n"), *statement.tokens))


def plan_text(frame: pd.DataFrame) -> str:
    """Return the text of a plan; empty where the source gives a table.

    Parameters
    ----------
    frame
        What the source answered.
    """
    for name in _TEXTS:
        if name in frame.columns:
            return "\n".join(str(value) for value in frame[name])
    return ""
