"""Texts with values as the drivers below SQLAlchemy take them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.sql.bind import bind
from lodge_magics.sql.parse import split_statements
from lodge_magics.sql.sources.alchemy_text import for_driver
from lodge_magics.sql.styles import ALCHEMY
from lodge_magics.sql.tokens import lexis_of
from sqlalchemy.engine.default import DefaultDialect

VALUES = {"lodge_0": 1, "lodge_1": "x"}


@pytest.mark.parametrize(
    ("style", "text", "values"),
    [
        ("qmark", "a = ? AND '100% :lodge_0' <> ? OR ? = 1", (1, "x", 1)),
        ("format", "a = %s AND '100%% :lodge_0' <> %s OR %s = 1", (1, "x", 1)),
        ("numeric", "a = :1 AND '100% :lodge_0' <> :2 OR :1 = 1", (1, "x")),
        ("numeric_dollar", "a = $1 AND '100% :lodge_0' <> $2 OR $1 = 1", (1, "x")),
        ("named", "a = :lodge_0 AND '100% :lodge_0' <> :lodge_1 OR :lodge_0 = 1", VALUES),
        ("pyformat", "a = %(lodge_0)s AND '100%% :lodge_0' <> %(lodge_1)s OR %(lodge_0)s = 1",
         VALUES),
    ],
)  # fmt: skip
def test_a_driver_gets_markers_of_its_own(style: str, text: str, values: Any) -> None:
    given = "a = :lodge_0 AND '100% \\:lodge_0' <> :lodge_1 OR :lodge_0 = 1"
    assert for_driver(given, VALUES, style) == (text, values)


# Of a bracket after a percent sign SQLAlchemy makes the beginning of a marker of its own.
@given(st.text(alphabet=":\\%'lodge_01 ?$)s", max_size=30))
def test_a_text_is_as_sqlalchemy_makes_it(inside: str) -> None:
    quoted = "'" + inside.replace("'", "''") + "'"
    (statement,) = split_statements(f"SELECT {quoted}, :a", lexis_of("sqlalchemy"))
    bound = bind(statement, ALCHEMY, {"a": 5}.__getitem__)
    for style in ("qmark", "format", "named", "pyformat"):
        made, _ = for_driver(bound.text, bound.named, style)
        theirs = sqlalchemy.text(bound.text).compile(dialect=DefaultDialect(paramstyle=style))
        assert made == str(theirs)


def test_a_bracket_after_a_percent_sign_is_text() -> None:
    assert for_driver("SELECT '%(', :lodge_0", {"lodge_0": 5}, "qmark") == ("SELECT '%(', ?", (5,))
