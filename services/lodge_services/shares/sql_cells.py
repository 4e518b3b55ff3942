"""Which SQL sources and tables a notebook's `%%sql` cells name, as far as a look at them tells.

Statements are in the dialects of many databases and often half-finished, so they are not parsed:
names are taken where they follow the words that tables follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..render.outputs import text_of
from ..texts import folded

MOST = 50
"""Sources and tables of a notebook that are kept."""

LONGEST = 255
"""Characters of a name that is kept."""

LOOKED_AT = 100_000
"""Characters of a notebook's `%%sql` cells that are looked at."""

_SOURCE = re.compile(r"\s--source(?:\s+|=)(?P<name>\"[^\"]*\"|'[^']*'|[^\s\"']+)")
# What is not closed goes to the end: nothing is looked at twice.
_NO_CODE = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^'\\]|''|\\.)*(?:'|\Z)", re.DOTALL)
# Here FROM is followed by a value.
_FUNCTION = re.compile(r"\b(?:extract|trim|substring|overlay)\s*\([^()]*\)", re.IGNORECASE)
_DISTINCT = re.compile(r"\bdistinct\s+from\b", re.IGNORECASE)
_PART = r"(?:[^\W\d]\w*|\"[^\"\n]+\"|`[^`\n]+`|\[[^\[\]\n]+\])"
_NAME = rf"{_PART}(?:\s*\.\s*{_PART}){{0,3}}"
_NAMED = re.compile(_NAME)
_PIECE = re.compile(_PART)
_BEFORE = re.compile(
    r"\b(?:(?P<list>from)|join|into|update|table)\s+(?:if\s+(?:not\s+)?exists\s+)?", re.IGNORECASE
)
_NEXT = re.compile(r"(?:\s+(?:as\s+)?[^\W\d]\w*)?\s*,\s*", re.IGNORECASE)
_WITH = re.compile(
    rf"(?<!\w)(?P<name>{_PART})\s*(?:\([^()]*\)\s*)?\bas\s*(?:(?:not\s+)?materialized\s*)?\(",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:(?:global|local|temp|temporary|unlogged|transient|external"
    r"|recursive|materialized)\s+)*(?:table|view)\s+(?:if\s+not\s+exists\s+)?"
    rf"(?P<name>{_NAME})",
    re.IGNORECASE,
)
#: Names that a program gives, to Spark's sessions and to what they keep.
_GIVEN = re.compile(
    r"\.(?:create(?:OrReplace)?(?:Global)?TempView|registerTempTable|saveAsTable|writeTo)"
    r"\(\s*[rf]?(?P<sign>[\"'])(?P<name>[^\"'\n]+)(?P=sign)"
)
_CALL = re.compile(r"\s*\(")
_NO_TABLES = frozenset(
    ("select", "values", "lateral", "unnest", "only", "table", "set", "overwrite", "where", "with")
)


@dataclass(frozen=True, order=True)
class SqlName:
    """A source that a notebook names, and a table that it reads there or writes.

    Attributes
    ----------
    source
        Name of the source; "" is the reader's default one.
    table
        Name of the table; "" where a cell names none.
    """

    source: str
    table: str


def sql_names(notebook: Mapping[str, Any]) -> Sequence[SqlName]:
    """Return what a notebook's cells name, in their order, each once."""
    found: dict[SqlName, None] = {}
    left = LOOKED_AT
    for cell in notebook.get("cells", []):
        text = text_of(cell.get("source")).lstrip() if cell.get("cell_type") == "code" else ""
        if text.split(None, 1)[:1] != ["%%sql"]:
            continue
        head, _, body = text[:left].partition("\n")
        left -= len(text[:left])
        named = _SOURCE.search(head)
        source = named["name"].strip("\"'")[:LONGEST] if named else ""
        tables = dict.fromkeys(tables_in(body))
        for table in tables or ([""] if source else []):
            found.setdefault(SqlName(source, table))
    return list(found)[:MOST]


def tables_needed(notebook: Mapping[str, Any]) -> Sequence[SqlName]:
    """Return the tables that have to be there before a notebook runs: not those that it makes."""
    made = {
        _plain(one["name"])
        for cell in notebook.get("cells", [])
        for text in [text_of(cell.get("source"))[:LOOKED_AT]]
        for one in (*_MADE.finditer(text), *_GIVEN.finditer(text))
    }
    return [one for one in sql_names(notebook) if one.table and one.table not in made]


def tables_in(statement: str) -> Iterator[str]:
    """Yield the names of tables in a statement, folded and without quotes.

    >>> list(tables_in('SELECT * FROM shop.orders o, "Items" JOIN x ON 1 = 1'))
    ['shop.orders', 'items', 'x']
    """
    code = _NO_CODE.sub(" ", statement)
    code = _DISTINCT.sub(" ", _FUNCTION.sub(" ", code))
    own = {_plain(one["name"]) for one in _WITH.finditer(code)}
    for before in _BEFORE.finditer(code):
        place = before.end()
        while (named := _NAMED.match(code, place)) is not None:
            name = _plain(named[0])
            if name in _NO_TABLES:
                break
            if name not in own and (not _CALL.match(code, named.end()) or not before["list"]):
                yield name[:LONGEST]
            further = _NEXT.match(code, named.end()) if before["list"] else None
            if further is None:
                break
            place = further.end()


def _plain(name: str) -> str:
    parts = (part.strip('"`[]') for part in _PIECE.findall(name))
    return folded(".".join(parts))
