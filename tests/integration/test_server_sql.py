"""The catalog of SQL sources: real DuckDB and SQLite files, asked through a real server."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from support.server import user_server

pytestmark = pytest.mark.integration

SECRET = "correct-horse"


def _make_files(folder: Path) -> None:
    with duckdb.connect(str(folder / "flights.duckdb")) as db:
        db.execute('CREATE TABLE flights (carrier VARCHAR, day DATE, "order" DECIMAL(9, 2))')
        db.execute(
            "INSERT INTO flights SELECT 'UA', DATE '2013-01-01' + i::INT, i * 1.25 "
            "FROM range(50) t(i)"
        )
        db.execute("INSERT INTO flights VALUES (NULL, NULL, NULL)")
        db.execute('CREATE TABLE "odd/name %41" (a INTEGER)')
        db.execute("CREATE SCHEMA ops")
        db.execute('CREATE VIEW ops.late AS SELECT * FROM flights WHERE "order" > 60')
    with closing(sqlite3.connect(folder / "notes.db")) as db:
        db.execute("CREATE TABLE 备注 (id INTEGER, 说明 TEXT)")
        db.execute("INSERT INTO 备注 VALUES (1, '晚点')")
        db.commit()


def _sources(folder: Path, silent_port: int) -> str:
    return f"""
default = "flights"

[sources.flights]
type = "duckdb"
path = "{folder}/flights.duckdb"
description = "Flights of 2013"

[sources.notes]
type = "sqlite"
path = "{folder}/notes.db"

[sources.silent]
type = "postgres"
host = "127.0.0.1"
port = {silent_port}
user = "ada"
password_env = "SILENT_PASSWORD"

[sources.warehouse]
type = "hive"
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("sql")
    _make_files(folder)
    # It takes connections and never says a word, as a hung database does.
    silent = socket.create_server(("127.0.0.1", 0))
    (folder / "sources.toml").write_text(_sources(folder, silent.getsockname()[1]))
    env = {"LODGE_SOURCES": str(folder / "sources.toml"), "SILENT_PASSWORD": SECRET}
    try:
        with user_server(folder, env) as server:
            yield server.api
    finally:
        silent.close()
        assert SECRET not in (folder / "server.log").read_text()


def ask(api: httpx.Client, path: str, **query: str) -> Any:
    return api.get(f"lodge/api/sql/sources{path}", params=query).raise_for_status().json()


def test_the_sources_are_named_and_nothing_of_how_they_are_reached(api: httpx.Client) -> None:
    items = ask(api, "")["items"]
    assert [(one["name"], one["type"], one["default"]) for one in items] == [
        ("flights", "duckdb", True),
        ("notes", "sqlite", False),
        ("silent", "postgres", False),
        ("warehouse", "hive", False),
    ]
    assert items[0]["description"] == "Flights of 2013"
    assert {key for one in items for key in one} == {"name", "type", "description", "default"}


def test_tables_come_with_their_kind_and_how_they_are_written(api: httpx.Client) -> None:
    found = {one["name"]: (one["kind"], one["sql"]) for one in ask(api, "/flights/tables")["items"]}
    assert found == {
        "flights": ("table", "flights"),
        "odd/name %41": ("table", '"odd/name %41"'),
        "ops.late": ("view", "ops.late"),
    }
    assert ask(api, "/notes/tables")["items"][0]["sql"] == '"备注"'


def test_columns_come_with_their_types(api: httpx.Client) -> None:
    items = ask(api, "/flights/tables/ops.late/columns")["items"]
    assert [(one["name"], one["type"], one["sql"]) for one in items] == [
        ("carrier", "varchar", "carrier"),
        ("day", "date", "day"),
        ("order", "decimal(9,2)", '"order"'),
    ]
    odd = ask(api, "/flights/tables/odd%2Fname%20%2541/columns")["items"]
    assert [one["name"] for one in odd] == ["a"]


def test_a_preview_is_as_long_as_asked_for(api: httpx.Client) -> None:
    seen = ask(api, "/flights/tables/flights/preview", limit="2")
    assert [one["type"] for one in seen["columns"]] == ["varchar", "date", "decimal(9,2)"]
    assert seen["rows"] == [["UA", "2013-01-01", "0.00"], ["UA", "2013-01-02", "1.25"]]
    assert ask(api, "/flights/tables/flights/preview", limit="100")["rows"][-1] == [None] * 3
    assert ask(api, "/notes/tables/备注/preview")["rows"] == [["1", "晚点"]]
    assert ask(api, "/flights/tables/odd%2Fname%20%2541/preview")["rows"] == []
    reply = api.get("lodge/api/sql/sources/flights/tables/flights/preview?limit=1000")
    assert (reply.status_code, reply.json()["reason"]) == (400, "bad_request")


@pytest.mark.parametrize(
    ("path", "status", "reason", "words"),
    [
        ("/flihts/tables", 404, "no_source", "did you mean flights?"),
        ("/flights/tables/fligts/columns", 404, "no_table", "did you mean flights?"),
        ("/flights/tables/x';DROP TABLE flights--/preview", 404, "no_table", "no table"),
        ("/--help/tables", 404, "no_source", "no source --help"),
        ("/warehouse/tables", 409, "ask_a_notebook", "%sql tables --source warehouse"),
    ],
)
def test_what_is_not_there_is_a_sentence(
    api: httpx.Client, path: str, status: int, reason: str, words: str
) -> None:
    reply = api.get(f"lodge/api/sql/sources{path}")
    assert (reply.status_code, reply.json()["reason"]) == (status, reason)
    assert words in reply.json()["message"]


def test_a_silent_source_holds_up_nobody_and_ends_in_a_sentence(api: httpx.Client) -> None:
    headers = dict(api.headers)
    with httpx.Client(base_url=api.base_url, headers=headers, trust_env=False, timeout=60) as other:
        begun = other.build_request("GET", "lodge/api/sql/sources/silent/tables")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(other.send, begun)
            assert ask(api, "/notes/tables", refresh="true")["items"]
            assert not waiting.done()
            reply = waiting.result(60)
    assert reply.status_code in (503, 504)
    assert "silent" in reply.json()["message"]
    assert SECRET not in reply.text
