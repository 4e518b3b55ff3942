"""%%sql against a real Postgres: interrupts, lost connections, passwords, read-only sources."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from lodge_magics.errors import InterruptedCellError, SourceError, SqlError
from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from lodge_magics.sql.sources.postgres.source import PostgresSource
from lodge_magics.sql.sources.sessions import has_ended
from support.databases import Postgres, until
from support.sources import run

pytestmark = pytest.mark.integration


def test_an_interrupt_cancels_the_query_on_the_server(
    source: RelationalSource, server: Postgres
) -> None:
    with server.admin() as admin:

        def running() -> int:
            found = admin.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE query LIKE %s AND state = 'active' AND pid <> pg_backend_pid()",
                ("%lodge-test%",),
            ).fetchone()
            return int(found[0]) if found else 0

        def expect() -> None:
            assert running() == 1

        def interrupt() -> None:
            until(expect)
            os.kill(os.getpid(), signal.SIGINT)

        run(source, "SET work_mem = '7MB'")
        thread = threading.Thread(target=interrupt)
        thread.start()
        began = time.monotonic()
        with pytest.raises(InterruptedCellError, match="the query has been stopped"):
            run(source, "SELECT pg_sleep(60), 'lodge-test' AS mark")
        assert time.monotonic() - began < 30
        thread.join()
        assert running() == 0
    # The connection and its state live on.
    assert run(source, "SHOW work_mem").value.iloc[0, 0] == "7MB"


def test_a_lost_connection_is_opened_again(source: RelationalSource, server: Postgres) -> None:
    number = int(run(source, "SELECT pg_backend_pid() AS pid").value.pid[0])
    with server.admin() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", (number,))
    with pytest.raises(SqlError, match="The query failed on shop: "):
        run(source, "SELECT 1")
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_an_idle_connection_that_the_server_closed_is_made_anew(
    source: RelationalSource, server: Postgres
) -> None:
    assert isinstance(source, PostgresSource)
    with server.admin() as admin:

        def hang_up() -> None:
            number = source._connection.info.backend_pid
            admin.execute("SELECT pg_terminate_backend(%s)", (number,))
            until(lambda: _expect(has_ended(source._connection)))

        hang_up()
        outcome = run(source, "INSERT INTO t VALUES (2, 'y')")
        assert outcome.table.notes[0] == (
            "The server had closed the idle connection, so this is a new one."
        )
        assert outcome.table.notes[1].startswith("1 row affected")
        hang_up()
        assert "t" in [table.name for table in source.tables()]
        run(source, "BEGIN; DELETE FROM t; ROLLBACK")
        hang_up()
        assert len(run(source, "SELECT * FROM t").value) == 2
        for text in ("SET work_mem = '7MB'", "CREATE TEMP TABLE mine (a INT)", "BEGIN"):
            run(source, text)
            hang_up()
            with pytest.raises(SqlError, match="the server has closed the idle connection, and"):
                run(source, "DELETE FROM t")
            assert len(run(source, "SELECT * FROM t").value) == 2
        # What a server says on its own is no end.
        run(source, "LISTEN news")
        admin.execute("NOTIFY news")
        until(lambda: _expect(has_ended(source._connection)))
        assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def _expect(found: bool) -> None:
    assert found


def test_the_password_is_never_told(config: SourceConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "wrong-secret")
    with pytest.raises(SourceError) as caught:
        Connections().get(config)
    assert str(caught.value).startswith("The source shop cannot be reached: ")
    assert "password authentication failed" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    away = SourceConfig("away", "postgres", {"host": "127.0.0.1", "port": 1, "user": "u"})
    with pytest.raises(SourceError, match=r"cannot be reached: .*refused") as caught:
        Connections().get(away)
    assert "\n" not in str(caught.value)


def test_read_only(config: SourceConfig) -> None:
    connections = Connections()
    reader = SourceConfig("r", "postgres", {**config.settings, "read_only": True})
    with pytest.raises(SqlError, match="read-only transaction"):
        run(connections.get(reader), "CREATE TABLE no (a INT)")
    connections.close()
