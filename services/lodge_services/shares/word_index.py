"""The index of words in SQLite: which shares may hold a word.

Three characters in a row are a term of it, whatever they are: parts of words are found, and words
of languages without blanks between them. A word of fewer characters is what terms begin with. It
names some shares too many (those that hold a word's parts elsewhere), never one too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    UnaryExpression,
    column,
    inspect,
    or_,
    select,
    table,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.operators import custom_op

from ..db.engine import Database
from .tables import ShareRow

_WORDS = table("share_words", column("rowid"), column("share_words"))
_TERMS = table("share_words_terms", column("term"), column("doc"))
_NUMBERS = table("share_numbers", column("number"), column("share_id"))

_LAST = "\U0010ffff"
_AS_INDEXED = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
"""Characters that SQLite's tokenizers read as another."""

_ALL_TERMS = 20
"""Characters of a word up to which all its terms are looked for; of a longer one, each third."""


def has_index(database: Database) -> bool:
    """Tell whether the database has this index."""
    if database.engine.dialect.name != "sqlite":
        return False
    return bool(inspect(database.engine).has_table("share_words"))


def may_hold(words: Sequence[tuple[str, Sequence[str]]]) -> Sequence[ColumnElement[bool]]:
    """Return what a row must fulfil to hold all words, as far as the index tells.

    Parameters
    ----------
    words
        Each folded, with the owners whose shares are found by it as well.
    """
    # A short word names many shares, which take longer to read than to look at.
    longest = min(3, max((len(word) for word, _owners in words), default=0))
    used = [(w, owners) for w, owners in words if len(w) >= longest and "\x00" not in w]
    if longest < 3:
        return [_either(_beginning(word), owners) for word, owners in used]
    together = [term for word, owners in used if not owners for term in _terms(word)]
    if together:
        return [ShareRow.id.in_(_matching(together))]
    return [_either(_matching(_terms(word)), owners) for word, owners in used]


def unindexed(key: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a key to sort by that makes SQLite walk no index of it: a plus before it."""
    return UnaryExpression(key.expression, operator=custom_op("+"), type_=key.type)


def _either(found: Select[Any], owners: Sequence[str]) -> ColumnElement[bool]:
    among = ShareRow.id.in_(found)
    return or_(among, ShareRow.owner.in_(owners)) if owners else among


def _matching(terms: Sequence[str]) -> Select[Any]:
    quoted = ('"' + term.replace('"', '""') + '"' for term in terms)
    return (
        select(_NUMBERS.c.share_id)
        .join(_WORDS, _WORDS.c.rowid == _NUMBERS.c.number)
        .where(_WORDS.c.share_words.op("MATCH")(" AND ".join(quoted)))
    )


def _beginning(word: str) -> Select[Any]:
    first = word.translate(_AS_INDEXED)
    documents = select(_TERMS.c.doc).where(
        _TERMS.c.term >= first, _TERMS.c.term <= first + _LAST * 2
    )
    return select(_NUMBERS.c.share_id).where(_NUMBERS.c.number.in_(documents))


def _terms(word: str) -> Sequence[str]:
    last = len(word) - 3
    starts = range(last + 1) if len(word) <= _ALL_TERMS else [*range(0, last, 3), last]
    return [word[start : start + 3] for start in starts]
