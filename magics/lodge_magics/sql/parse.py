"""Statements of a cell: where each ends, and whether it asks, changes or does something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lodge_magics.sql.tokens import Kind, Lexis, Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Statement", "split_statements"]

_ASKING = {
    *("SELECT", "VALUES", "TABLE", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "SUMMARIZE"),
    *("PIVOT", "UNPIVOT"),
}
_CHANGING = {"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"}
_LIMITED = {"SELECT", "VALUES", "TABLE", "FROM", "WITH"}
_BODIES = {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"}
_BLOCKS = {"IF", "LOOP", "WHILE", "REPEAT", "FOR"}


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes
    ----------
    tokens
        Its tokens, without the semicolon and without space at both ends.
    """

    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The statement as written."""
        return "".join(token.text for token in self.tokens)

    @property
    def words(self) -> Iterator[str]:
        """Its words outside brackets, in capitals."""
        depth = 0
        for token in self.tokens:
            if token.text in ("(", "[", "{"):
                depth += 1
            elif token.text in (")", "]", "}"):
                depth -= 1
            elif token.kind is Kind.WORD and depth <= 0:
                yield token.text.upper()

    @property
    def keyword(self) -> str:
        """Its first word in capitals, whatever bracket it stands in; empty when there is none."""
        for token in self.tokens:
            if token.kind is Kind.WORD:
                return token.text.upper()
        return ""

    @property
    def _after_with(self) -> str:
        """The first word after the common tables of a WITH that begins a statement."""
        return next((word for word in self.words if word in _ASKING | _CHANGING), "")

    @property
    def asks(self) -> bool:
        """Whether it reads and nothing more, as far as its words tell."""
        if self.keyword == "WITH":
            return self._after_with in _ASKING
        if self.keyword == "EXPLAIN":
            return "ANALYZE" not in list(self.words)[1:2]
        return self.keyword in _ASKING and "INTO" not in self.words

    @property
    def changes(self) -> bool:
        """Whether it inserts, updates or deletes rows."""
        if self.keyword == "WITH":
            return self._after_with in _CHANGING
        return self.keyword in _CHANGING

    @property
    def is_select(self) -> bool:
        """Whether a limit can be put on it."""
        return self.keyword in _LIMITED and self.asks


def split_statements(text: str, lexis: Lexis) -> list[Statement]:
    """Split a cell at its semicolons; those in strings, comments and routine bodies do not count.

    Parameters
    ----------
    text
        The body of the cell.
    lexis
        The dialect's.

    Returns
    -------
    list of Statement
        Without those that hold nothing but comments.
    """
    statements: list[Statement] = []
    current: list[Token] = []
    body = _Body()
    for token in tokenize(text, lexis):
        if token.kind is Kind.END and not body.depth:
            _add(statements, current)
            current, body = [], _Body()
            continue
        body.note(token)
        current.append(token)
    _add(statements, current)
    return statements


def _add(statements: list[Statement], tokens: list[Token]) -> None:
    while tokens and tokens[0].kind is Kind.SPACE:
        tokens = tokens[1:]
    while tokens and tokens[-1].kind is Kind.SPACE:
        tokens = tokens[:-1]
    if any(token.kind not in (Kind.SPACE, Kind.COMMENT) for token in tokens):
        statements.append(Statement(tuple(tokens)))


class _Body:
    """How deep in BEGIN ... END of a routine the tokens so far are."""

    def __init__(self) -> None:
        self.depth = 0
        self._words: list[str] = []
        self._creates = False

    def note(self, token: Token) -> None:
        if token.kind is not Kind.WORD:
            if token.kind is Kind.END:
                self._words.append(";")
            return
        word = token.text.upper()
        before = self._words[-1] if self._words else ""
        self._words.append(word)
        if self._words[0] != "CREATE":
            return
        if not self.depth and word in _BODIES:
            self._creates = True
        if not self._creates:
            return
        if word == "BEGIN" or (word == "CASE" and before != "END"):
            self.depth += 1
        elif word == "END":
            self.depth = max(0, self.depth - 1)
        elif word in _BLOCKS and before == "END":
            # END IF closes an IF that was never counted.
            self.depth += 1
