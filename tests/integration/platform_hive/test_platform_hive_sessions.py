"""Connections to the metastore, the catalogue as a copy, and a whole session of Spark."""

import json
import os
import socket
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lodge_hub.machine.state import Kept
from lodge_hub.metastore_copy import ask_for_copy
from lodge_spawner import demote, user_environment
from support.hive import Metastore, User
from support.hive_users import catalog

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")

#: Connects more often than the metastore has threads, and says how many connections stay.
CONNECTS = """
import select, socket, sys
open = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(250)]
closed = set()
while len(closed) < 202:
    closed |= set(select.select([one for one in open if one not in closed], [], [])[0])
print(250 - len(closed), flush=True)
sys.stdin.read()
"""
#: Asks something by a connection of its own.
ASKS = """(lambda at: (
    at.open(),
    api.ThriftHiveMetastore.Client(jvm.org.apache.thrift.protocol.TBinaryProtocol(at)).getName(),
    at.close(),
)[1])(jvm.org.apache.thrift.transport.TSocket('127.0.0.1', {port}))"""


def test_nobody_holds_all_connections(hive: Metastore, ada: User) -> None:
    port = hive.settings.port
    crowd = demote(hive.accounts.ensure("crowd"))
    for _ in range(2):  # they are free again when they are closed
        with subprocess.Popen(
            [sys.executable, "-c", CONNECTS, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=crowd,
        ) as running:
            assert running.stdout
            assert running.stdout.readline() == b"48\n"
            assert ada.ask(ASKS.format(port=port).replace("\n", "")) == "lodge"
            running.communicate(b"")


def test_a_call_that_says_it_is_huge_is_not_read(hive: Metastore, ada: User) -> None:
    strict, call = 0x80010000, 1
    with socket.create_connection(("127.0.0.1", hive.settings.port), timeout=30) as asked:
        # The length of its name, of which no byte has come.
        asked.sendall(struct.pack(">II", strict | call, 50_000_000))
        assert asked.recv(1) == b""
    assert ada.ask("client.get_database('ada').getName()") == "ada"


def test_nobody_but_the_metastore_is_answered(hive: Metastore, ada: User) -> None:
    code = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, hive.settings.keeper],
        preexec_fn=demote(ada.account),
        capture_output=True,
        text=True,
    )
    assert "PermissionError" in done.stderr


def test_the_open_catalogue_is_copied_whole(hive: Metastore, ada: User, tmp_path: Path) -> None:
    ada.ask("client.create_table(table('ada', 'copied'))")
    copy = ask_for_copy(Path(hive.settings.folder))
    assert Kept("metastore", "The database", copy, "derby").damage() == ""
    settings = tmp_path / "copied.json"
    replace(hive.settings, folder=str(copy.parent)).save(settings)
    command = [sys.executable, "-m", "lodge_hub.metastore", "--check", str(settings)]
    assert subprocess.run(command).returncode == 0
    assert any(b"copied" in path.read_bytes() for path in copy.rglob("*.dat"))
    ada.ask("client.drop_table('ada', 'copied', True)")


SESSION = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").getOrCreate()
def told(text):
    try:
        return [list(row) for row in spark.sql(text).collect()]
    except Exception as error:
        return str(error)
import json
print("TOLD " + json.dumps([told(line) for line in STATEMENTS]))
"""
#: What a user does in a session, and the rows that come of it; "" where there are none.
STATEMENTS = {
    "CREATE TABLE grace.parquet USING parquet AS SELECT 1 AS n, 'a' AS part": [],
    "INSERT INTO grace.parquet VALUES (2, 'b')": [],
    "CREATE TABLE parts (n INT, part STRING) USING parquet PARTITIONED BY (part)": [],
    "INSERT INTO parts VALUES (1, 'a'), (2, 'b')": [],
    "INSERT OVERWRITE parts PARTITION (part = 'a') VALUES (3)": [],
    "ANALYZE TABLE parts COMPUTE STATISTICS FOR ALL COLUMNS": [],
    "SELECT * FROM parts WHERE part = 'a'": [[3, "a"]],
    "CREATE TABLE grace.hives STORED AS parquet AS SELECT 1 AS n": [],
    "ALTER TABLE grace.parquet RENAME TO grace.renamed": [],
    "ALTER TABLE grace.renamed ADD COLUMNS (more INT)": [],
    "SELECT count(*) FROM grace.renamed": [[2]],
    "CREATE TABLE grace.away (n INT) USING parquet LOCATION '{home}/away'": [],
    "INSERT INTO grace.away VALUES (1)": [],
    "CREATE TABLE grace.kept (Day DATE, At TIMESTAMP_NTZ, s STRUCT<A: BIGINT>) "
    "USING parquet PARTITIONED BY (Day) LOCATION '{home}/kept'": [],
    "CREATE VIEW grace.seen AS SELECT n FROM grace.hives": [],
    "SELECT * FROM grace.seen": [[1]],
    "DROP VIEW grace.seen": [],
    # Of a table that the metastore made the folder of, and of one that the session made it of.
    "CREATE TABLE empty (n INT) USING parquet": [],
    "INSERT INTO empty VALUES (1)": [],
    "INSERT OVERWRITE empty VALUES (2)": [],
    "SELECT * FROM empty": [[2]],
    "CREATE TABLE made USING parquet AS SELECT 1 AS n": [],
    "INSERT OVERWRITE made VALUES (2)": [],
    "TRUNCATE TABLE made": [],
    "SELECT count(*) FROM made": [[0]],
    "INSERT OVERWRITE grace.hives VALUES (2), (3)": [],
    "SELECT count(*) FROM grace.hives": [[2]],
    "CREATE TABLE grace.rows (n INT) PARTITIONED BY (part STRING) STORED AS textfile": [],
    "INSERT INTO grace.rows PARTITION (part = 'a') VALUES (1)": [],
    "INSERT OVERWRITE grace.rows PARTITION (part = 'a') VALUES (2)": [],
    "ALTER TABLE grace.rows ADD PARTITION (part = 'b')": [],
    "INSERT INTO grace.rows PARTITION (part = 'b') VALUES (3)": [],
    "ALTER TABLE grace.rows DROP PARTITION (part = 'a')": [],
    "SELECT * FROM grace.rows": [[3, "b"]],
    "ALTER TABLE parts DROP PARTITION (part = 'a')": [],
    "ALTER TABLE parts ADD PARTITION (part = 'c')": [],
    "INSERT OVERWRITE parts PARTITION (part = 'c') VALUES (4)": [],
    "SELECT * FROM parts ORDER BY n": [[2, "b"], [4, "c"]],
    "CREATE DATABASE project": [],
    "ALTER DATABASE project SET DBPROPERTIES ('lodge.writers' = 'ada')": [],
    "DROP TABLE grace.renamed": [],
    "DROP TABLE parts": [],
    "DROP TABLE grace.hives": [],
    "DROP TABLE grace.rows": [],
    "DROP TABLE empty": [],
    "DROP TABLE made": [],
    "CREATE TABLE project.rest USING parquet PARTITIONED BY (n) AS SELECT 1 AS m, 2 AS n": [],
    "DROP DATABASE project CASCADE": [],
    "CREATE DATABASE nothing": [],
    "DROP DATABASE nothing": [],
}


def test_a_session_of_spark_does_what_it_did(hive: Metastore, ada: User, grace: User) -> None:
    wanted = {key.format(home=grace.account.home): value for key, value in STATEMENTS.items()}
    code = f"STATEMENTS = {[*wanted, 'DROP TABLE ada.orders']!r}\n{SESSION}"
    environment = user_environment(hive.accounts.settings, grace.account)
    before = sorted(hive.warehouse.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        preexec_fn=demote(grace.account),
        capture_output=True,
        text=True,
    )
    line = next((one for one in done.stdout.splitlines() if one.startswith("TOLD ")), "")
    assert line, done.stderr
    *answers, dropped = json.loads(line.removeprefix("TOLD "))
    assert dict(zip(wanted, answers, strict=True)) == wanted
    assert "grace may not drop the table ada.orders: it belongs to ada." in dropped
    assert sorted(hive.warehouse.rglob("*")) == before
    # What Spark has written of its columns is told to who has no session, too.
    columns = {one["name"]: one["type"] for one in catalog(hive, "columns", "grace.kept")["items"]}
    assert columns == {"At": "timestamp_ntz", "s": "struct<A:bigint>", "Day": "date"}
    assert catalog(hive, "columns", "grace.away")["items"][0]["type"] == "int"
