"""A source in a file, of each kind there is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.sources import run


@pytest.fixture(params=["duckdb", "sqlite"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RelationalSource]:
    path = tmp_path / "data"
    if request.param == "sqlite":
        sqlite3.connect(path).close()
    connections = Connections()
    source = connections.get(SourceConfig("data", request.param, {"path": str(path)}))
    run(source, "CREATE TABLE t (a INTEGER, b VARCHAR); INSERT INTO t VALUES (1, 'x'), (NULL, 'y')")
    yield source
    connections.close()
