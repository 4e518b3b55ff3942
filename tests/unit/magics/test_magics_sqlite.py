"""What is particular to files of SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.sources import run


@pytest.fixture(params=["sqlite", "sqlalchemy"])
def lite(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RelationalSource]:
    path = tmp_path / "data"
    sqlite3.connect(path).close()
    settings = {"path": str(path)} if request.param == "sqlite" else {"url": f"sqlite:///{path}"}
    connections = Connections()
    yield connections.get(SourceConfig("data", request.param, settings))
    connections.close()


def test_a_text_that_is_none_in_utf_8_arrives_as_its_bytes(lite: RelationalSource) -> None:
    """Any program may write such a text, and one of them costs the others nothing."""
    run(lite, "CREATE TABLE t (a, b)")
    texts = "('caf\u00e9', 1), (CAST(X'636166E9' AS TEXT), 2), (X'00FF', 3), (NULL, 4)"
    text = "SELECT a, b FROM t ORDER BY b"
    returned = run(lite, f"INSERT INTO t VALUES {texts} RETURNING a, b", "df")
    for outcome in (returned, run(lite, text, "df"), run(lite, f"PRAGMA table_info(t); {text}")):
        frame = outcome.answer.frame if outcome.answer else None
        assert frame is not None
        assert frame.iloc[:, 0].tolist() == ["caf\u00e9", b"caf\xe9", b"\x00\xff", None]
        assert {type(one) for one in frame.iloc[:, 0]} == {str, bytes, type(None)}
        assert "1 of a are no text in UTF-8 and are bytes now." in outcome.table.notes
    assert run(lite, "SELECT b FROM t ORDER BY b", "df").table.notes[0].startswith("4 rows")
