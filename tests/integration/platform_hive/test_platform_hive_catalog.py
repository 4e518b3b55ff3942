"""Hive tables told by their metastore, to who has started no session of Spark."""

import os
import socket
from pathlib import Path

import pytest
from lodge_spawner.ports import free_port
from support.hive import Metastore, User
from support.hive_users import catalog

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")


def test_tables_are_listed_with_those_of_other_databases(hive: Metastore, ada: User) -> None:
    ada.ask("client.create_table(table('ada', 'seen', kind='VIRTUAL_VIEW'))")
    items = {one["name"]: (one["kind"], one["sql"]) for one in catalog(hive, "tables")["items"]}
    assert items["notes"] == ("table", "notes")
    assert items["ada.orders"] == ("table", "ada.orders")
    assert items["ada.seen"] == ("view", "ada.seen")
    mine = [one["name"] for one in catalog(hive, "tables", database="ada")["items"]]
    assert mine[:2] == ["orders", "seen"]
    assert "default.notes" in mine
    ada.ask("client.drop_table('ada', 'seen', False)")


def test_columns_come_with_those_of_partitions(hive: Metastore, ada: User) -> None:
    items = catalog(hive, "columns", "ada.orders")["items"]
    assert [(one["name"], one["type"]) for one in items] == [("n", "int"), ("part", "string")]
    error = catalog(hive, "columns", "ada.ordres")["error"]
    assert (error["reason"], "did you mean ada.orders?" in error["message"]) == ("no_table", True)
    rows = catalog(hive, "preview", "ada.orders")["error"]
    assert rows["reason"] == "ask_a_notebook"
    assert "%%sql --source warehouse --preview" in rows["message"]


def test_what_is_not_there_is_missing(hive: Metastore, ada: User) -> None:
    names = ["notes", "ada.orders", "default.notes", "spark_catalog.ada.orders", "orders", "no.way"]
    # Of a table of another catalog the metastore knows nothing.
    asked = [*names, "lake.ada.orders"]
    assert catalog(hive, "missing", *asked) == {"missing": ["orders", "no.way"]}


def test_a_metastore_that_is_away_or_is_none_is_told(hive: Metastore, tmp_path: Path) -> None:
    nobody = free_port()
    said = catalog(hive, "tables", port=nobody)["error"]
    assert said["reason"] == "source_failed"
    assert f"did not answer (127.0.0.1:{nobody}" in said["message"]
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        pid = os.fork()
        if not pid:
            try:
                one, _ = other.accept()
                one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                one.close()
            finally:
                os._exit(0)
        said = catalog(hive, "tables", port=port)["error"]
        os.waitpid(pid, 0)
    assert said["reason"] == "source_failed"


def test_without_a_metastore_a_session_has_to_be_asked(hive: Metastore) -> None:
    said = catalog(hive, "tables", port=0)["error"]
    assert said["reason"] == "ask_a_notebook"
    assert "%sql tables --source warehouse" in said["message"]
