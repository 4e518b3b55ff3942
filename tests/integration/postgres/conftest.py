"""One Postgres for the tests of %%sql on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.databases import PASSWORD, Postgres, running_postgres
from support.sources import postgres_config, run


@pytest.fixture(scope="package")
def server() -> Iterator[Postgres]:
    with running_postgres() as started:
        yield started


@pytest.fixture
def config(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> SourceConfig:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    return postgres_config(server.port)


@pytest.fixture
def source(config: SourceConfig) -> Iterator[RelationalSource]:
    connections = Connections()
    source = connections.get(config)
    run(source, "DROP TABLE IF EXISTS t; CREATE TABLE t (a INT, b VARCHAR(100))")
    run(source, "INSERT INTO t VALUES (1, 'x')")
    yield source
    connections.close()
