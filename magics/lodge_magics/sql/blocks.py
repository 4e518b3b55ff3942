"""Blocks of statements, `BEGIN ... END` and the like, as far as the words of a text tell.

`begin` and `end` may be names of columns as well: what stands before and after them decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lodge_magics.sql.tokens import Kind, Lexis, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Block"]

_ROUTINES = {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE"}
# Words between CREATE and what is created.
_BETWEEN = {"OR", "REPLACE", "AGGREGATE", "TEMPORARY", "TEMP", "CONSTRAINT", "EDITIONABLE"}
_LOOPS = {"IF", "LOOP", "WHILE", "REPEAT", "FOR"}
# After these a statement begins.
_STARTS = {"", ";", ":", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT"}
# Before and after a name, and never before or after a block.
_BEFORE_NAME = {
    *("SELECT", "DISTINCT", "ALL", "BY", "WHERE", "AND", "OR", "NOT", "ON", "SET", "HAVING", "IN"),
    *("BETWEEN", "LIKE", "INTO", "COLUMN", "UPDATE", "JOIN", "CASE", "WHEN", "INTERVAL", "."),
    *",(=<>+-*/%|&^~!@",
}
_AFTER_NAME = {
    *("FROM", "IS", "IN", "LIKE", "BETWEEN", "AND", "OR", "ASC", "DESC", "AS", "THEN", "WHEN"),
    *(".", ","),
    *")=<>+-*/%|&^",
}


class Block:
    """How deep in blocks the tokens so far of a statement are.

    Parameters
    ----------
    lexis
        The dialect's.

    Attributes
    ----------
    depth
        Of the blocks that are open.
    possible
        Whether the statement is one that may hold others.
    """

    def __init__(self, lexis: Lexis) -> None:
        self._lexis = lexis
        self.depth = 0
        self.possible = False
        # Words and signs so far; strings, quoted names and parameters are "?".
        self._said: list[str] = []
        self._kind: str | None = None
        self._brackets = 0

    def note(self, tokens: Sequence[Token], number: int) -> None:
        """Take note of the next token.

        Parameters
        ----------
        tokens
            All there are.
        number
            The place of the token.
        """
        said = _said(tokens[number])
        if said is None:
            return
        before = self._said[-1] if self._said else ""
        if not self.possible:
            self._begin(said, before)
        if self.possible:
            following = next((s for t in tokens[number + 1 :] if (s := _said(t)) is not None), "")
            self._count(said, before, following)
        self._said.append(said)
        self._brackets += said in ("(", "[", "{")
        self._brackets -= said in (")", "]", "}")

    def _begin(self, said: str, before: str) -> None:
        """Tell by its first words whether the statement may hold others."""
        first = self._said[0] if self._said else said
        if first == "CREATE":
            if self._kind is None and self._said and not self._skipped(said, before):
                self._kind = said
                self.possible = said in _ROUTINES
            return
        # A block of Spark or MariaDB may have a label.
        words = [*self._said, said]
        if len(words) > 2 and words[1] == ":":
            words = words[2:]
        if len(words) > 2:
            return
        self.possible = " ".join(words) in self._lexis.blocks
        if self.possible:
            self.depth = 1 if len(words) > 1 else 0

    def _skipped(self, said: str, before: str) -> bool:
        """Tell whether a word stands before what is created: `DEFINER = a@b` and others."""
        if said in _BETWEEN or said in ("DEFINER", "=", "@", "?", "(", ")"):
            return True
        return before in ("=", "@") or (before == "DEFINER")

    def _count(self, said: str, before: str, following: str) -> None:
        if said == "BEGIN":
            if self._lexis.atomic:
                self.depth += following == "ATOMIC"
            elif before not in _BEFORE_NAME and following not in _AFTER_NAME:
                self.depth += 1
        elif said == "CASE":
            self.depth += before != "END"
        elif said in _LOOPS:
            self.depth += before in _STARTS and bool(self.depth or not self._said)
        elif said == "END" and before not in _BEFORE_NAME:
            self.depth = max(0, self.depth - 1)


def _said(token: Token) -> str | None:
    if token.kind in (Kind.SPACE, Kind.COMMENT):
        return None
    if token.kind is Kind.WORD:
        return token.text.upper()
    if token.kind in (Kind.STRING, Kind.NAME, Kind.PARAMETER):
        return "?"
    return token.text
