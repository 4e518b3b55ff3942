"""Tables that a fork's reader can't reach: DuckDB and SQLite files, and a database that hangs."""

from __future__ import annotations

import html
import re
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lodge_server.share import fork as forks
from lodge_server.share.lacking import absent
from lodge_server.sql.worker import TIMEOUT_S
from lodge_server.testing import FakeService
from nbformat.v4 import new_code_cell, new_notebook

SOURCES = """
default = "flights"
[sources.flights]
type = "duckdb"
path = "{folder}/flights.duckdb"
[sources.notes]
type = "sqlite"
path = "{folder}/notes.db"
[sources.silent]
type = "postgres"
host = "127.0.0.1"
port = {port}
user = "ada"
"""


@pytest.fixture
def lodge_environment(fake: FakeService, tmp_path: Path) -> Iterator[dict[str, str]]:
    with duckdb.connect(str(tmp_path / "flights.duckdb")) as db:
        db.execute("CREATE TABLE Flights (carrier VARCHAR)")
        db.execute('CREATE TABLE "Odd Name" (a INTEGER)')
        db.execute("CREATE SCHEMA ops")
        db.execute("CREATE VIEW ops.late AS SELECT * FROM Flights")
        db.execute("CREATE TABLE doomed (a INTEGER)")
        db.execute("CREATE VIEW broken AS SELECT * FROM doomed")
        db.execute("DROP TABLE doomed")
    with closing(sqlite3.connect(tmp_path / "notes.db")) as db:
        db.execute("CREATE TABLE 备注 (id INTEGER)")
        db.execute('CREATE TABLE "a.b" (id INTEGER)')
    # It takes connections and never says a word, as a hung database does.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = SOURCES.format(folder=tmp_path, port=silent.getsockname()[1])
        (tmp_path / "sources.toml").write_text(text)
        yield {
            "LODGE_USER": fake.user,
            "LODGE_SHARES_URL": fake.url + "shares/",
            "JUPYTERHUB_API_TOKEN": fake.token,
            "LODGE_SOURCES": str(tmp_path / "sources.toml"),
        }


@pytest.fixture
def _patience(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give processes time to start on a machine that is busy."""
    monkeypatch.setattr(forks, "absent", partial(absent, patience=60.0))
    catalog = server.app.web_app.settings["lodge_cores"].sql._catalog
    monkeypatch.setattr(catalog, "_timeout", 60.0)


async def fork(server: Any, fake: FakeService, *tables: tuple[str, str]) -> tuple[int, str]:
    fake.tables = [{"source": source, "table": table} for source, table in tables]
    notebook = new_notebook(cells=[new_code_cell("1")])
    made = fake.post_shares({"title": "T", "notebook": notebook}, "grace")
    response = await server.ask("GET", "lodge/fork", ticket=fake.make_ticket(made["id"]))
    return response.code, html.unescape(re.sub(r"<[^>]*>", "\n", response.body.decode()))


@pytest.mark.usefixtures("_patience")
async def test_those_that_are_not_there_are_named(server: Any, fake: FakeService) -> None:
    code, page = await fork(
        server,
        fake,
        *[("", "flights"), ("", "odd name"), ("flights", "ops.late"), ("flights", "main.flights")],
        *[
            ("", "nowhere"),
            ("flights", "ops.nowhere"),
            ("", "broken"),
            ("", "x'; drop table y"),
        ],
        *[("notes", "备注"), ("notes", "a.b"), ("notes", "main.备注"), ("notes", "gone")],
        ("unknown", "x"),
    )
    assert code == 200
    assert [line for line in page.splitlines() if line.startswith("The table")] == [
        "The table nowhere is not there in your default SQL source, or not yours to read.",
        "The table broken is not there in your default SQL source, or not yours to read.",
        "The table x'; drop table y is not there in your default SQL source, or not yours to read.",
        "The table ops.nowhere of the SQL source flights is not there, or not yours to read.",
        "The table gone of the SQL source notes is not there, or not yours to read.",
    ]


@pytest.mark.usefixtures("_patience")
async def test_where_all_are_there_it_goes_straight_on(server: Any, fake: FakeService) -> None:
    assert (await fork(server, fake, ("", "flights"), ("notes", "备注")))[0] == 302


async def test_a_database_that_hangs_holds_nobody_up(
    server: Any, fake: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "absent", partial(absent, patience=1.0))
    began = time.monotonic()
    # Nothing is said of what did not answer in time.
    assert (await fork(server, fake, ("silent", "x")))[0] == 302
    # By itself such a question ends after ten seconds.
    assert time.monotonic() - began < TIMEOUT_S
