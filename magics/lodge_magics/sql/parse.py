"""Statements of a cell: where each ends, and whether it asks, changes or does something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lodge_magics.sql.blocks import Block
from lodge_magics.sql.tokens import Kind, Lexis, Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Statement", "split_statements"]

_ASKING = {
    *("SELECT", "VALUES", "TABLE", "FROM", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "SUMMARIZE"),
    *("PIVOT", "UNPIVOT"),
}
_CHANGING = {"INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"}
_LIMITED = {"SELECT", "VALUES", "TABLE", "FROM", "WITH"}


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
        """Whether a limit can be put on it, and nothing is changed if it runs again."""
        return self.keyword in _LIMITED and self.asks and not self._changes_inside

    @property
    def _changes_inside(self) -> bool:
        """Whether a common table is an INSERT or the like, which only WITH can have."""
        if self.keyword != "WITH":
            return False
        seen = [one for one in self.tokens if one.kind not in (Kind.SPACE, Kind.COMMENT)]
        return any(
            before.text == "("
            and one.text.upper() in _CHANGING
            # As the name of a column it is alone in the brackets, or called as a function.
            and after.text not in (",", ")", "(", ".")
            for before, one, after in zip(seen, seen[1:], seen[2:], strict=False)
        )


def split_statements(
    text: str, lexis: Lexis, complete: Callable[[str], bool | None] | None = None
) -> list[Statement]:
    """Split a cell at its semicolons; those in strings, comments and blocks do not count.

    Parameters
    ----------
    text
        The body of the cell.
    lexis
        The dialect's.
    complete
        Asks the database, or its parser, whether a text that may be the beginning of a block is a
        whole statement; None when it can't tell. Default None: the words tell.

    Returns
    -------
    list of Statement
        Without those that hold nothing but comments.
    """
    return _split(tokenize(text, lexis), lexis, complete)


def _split(
    tokens: list[Token], lexis: Lexis, complete: Callable[[str], bool | None] | None
) -> list[Statement]:
    statements: list[Statement] = []
    start, asked = 0, False
    block = Block(lexis)
    closing = _closing(tokens) if lexis.rules else set()
    for number, token in enumerate(tokens):
        if token.kind is not Kind.END or number in closing:
            block.note(tokens, number)
            continue
        whole = None
        if block.possible and complete is not None:
            whole = complete("".join(one.text for one in tokens[start:number]).strip())
            asked = asked or whole is not None
        if block.depth == 0 if whole is None else whole:
            _add(statements, tokens[start:number])
            start, asked, block = number + 1, False, Block(lexis)
        else:
            block.note(tokens, number)
    rest = tokens[start:]
    if asked and any(token.kind is Kind.END for token in rest):
        last = "".join(token.text for token in rest).strip()
        if complete is None or not complete(last):
            # Wrong somewhere: its words tell where it is to end, and the database what is wrong.
            return statements + _split(rest, lexis, None)
    _add(statements, rest)
    return statements


def _closing(tokens: list[Token]) -> set[int]:
    """Return the places of semicolons in brackets: `DO ALSO (SELECT 1; SELECT 2)`."""
    found: set[int] = set()
    opened: list[list[int]] = []
    for number, token in enumerate(tokens):
        if token.text == "(":
            opened.append([])
        elif token.text == ")" and opened:
            found.update(opened.pop())
        elif token.kind is Kind.END and opened:
            opened[-1].append(number)
    return found


def _add(statements: list[Statement], tokens: list[Token]) -> None:
    while tokens and tokens[0].kind is Kind.SPACE:
        tokens = tokens[1:]
    while tokens and tokens[-1].kind is Kind.SPACE:
        tokens = tokens[:-1]
    if any(token.kind not in (Kind.SPACE, Kind.COMMENT) for token in tokens):
        statements.append(Statement(tuple(tokens)))
