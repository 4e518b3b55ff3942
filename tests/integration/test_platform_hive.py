"""Hive tables belong to somebody: what users can do to the catalogue, tried from two accounts."""

import asyncio
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lodge_hub.machine.state import Kept
from lodge_hub.machine.warehouse import Warehouse
from lodge_hub.metastore_copy import ask_for_copy
from lodge_spawner import Account, demote, user_environment
from support.hive import Metastore, RefusedError, User, metastore
from support.lodge import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")

#: Words of the rules, not of the metastore or the client.
RULE = re.compile(r"may not|is not open to users|can't have a table|No database can|The folder")


@pytest.fixture(scope="module")
def hive() -> Iterator[Metastore]:
    with metastore() as running:
        yield running


@pytest.fixture(scope="module")
def ada(hive: Metastore) -> Iterator[User]:
    with hive.user(hive.accounts.ensure("ada")) as user:
        user.ask("client.create_table(table('ada', 'orders'))")
        user.ask("client.add_partition(partition('ada', 'orders', 'first'))")
        user.ask("client.create_table(table('default', 'notes'))")
        user.ask("client.create_function(function('ada', 'f'))")
        yield user


@pytest.fixture(scope="module")
def grace(hive: Metastore) -> Iterator[User]:
    with hive.user(hive.accounts.ensure("grace")) as user:
        yield user


def refused(user: User, code: str) -> str:
    with pytest.raises(RefusedError) as error:
        user.ask(code)
    said = str(error.value)
    assert RULE.search(said), said
    return said


def test_everybody_has_a_schema_and_reads_all(hive: Metastore, ada: User, grace: User) -> None:
    assert {"ada", "grace", "default"} <= set(grace.ask("client.get_all_databases()"))
    assert grace.ask("client.get_database('grace').getOwnerName()") == grace.account.login
    assert ada.ask("client.get_database('ada').getLocationUri()") == f"file:{hive.warehouse}/ada.db"
    assert grace.ask("client.get_table('ada', 'orders').getTableName()") == "orders"
    assert grace.ask("client.get_partition_names('ada', 'orders', -1)") == ["part=first"]


def test_an_owner_is_who_is_really_there(ada: User) -> None:
    ada.ask("client.set_ugi('root', [])")
    for database, name in (("ada", "orders"), ("default", "notes")):
        owner = ada.ask(f"client.get_table('{database}', '{name}').getOwner()")
        assert owner == ada.account.login


#: A line of /proc/net/tcp: a connection from 127.0.0.1:40000 to :9083 of the user 1001.
LINE = (
    "  7: 0100007F:9C40 0100007F:237B 01 00000000:00000000 00:00000000 00000000  1001        0 4711"
)


@pytest.mark.parametrize(
    ("line", "uid"),
    [
        (LINE, 1001),
        (LINE.replace("0100007F", "0000000000000000FFFF00000100007F"), 1001),
        # The other end of the same connection, which is the metastore's own.
        (LINE.replace("0100007F:9C40 0100007F:237B", "0100007F:237B 0100007F:9C40"), -1),
        # What is closed already, waits, or is torn down is told as root's.
        (LINE.replace("1001        0 4711", "   0        0 0"), -1),
        (LINE.replace(" 01 ", " 06 ").replace("1001", "   0"), -1),
        (LINE.replace("9C40", "9C41"), -1),
        ("", -1),
    ],
)
def test_a_connection_is_its_open_socket_s(ada: User, line: str, uid: int) -> None:
    assert ada.ask(f"uid_of('  sl  local_address rem_address   st', {line!r})") == uid


@pytest.mark.parametrize(
    "code",
    [
        "client.drop_table('ada', 'orders', True)",
        "client.drop_table('ADA ', 'Orders', False)",
        "client.drop_table('default', 'notes', True)",
        "client.drop_database('ada', True, True)",
        "client.drop_database('default', True, True)",
        "client.alter_database('ada', client.get_database('ada'))",
        "client.create_table(table('ada', 'mine'))",
        "client.alter_table('ada', 'orders', changed('ada', 'orders', x='y'))",
        "client.alter_table('ada', 'orders', table('grace', 'orders'))",
        "client.alter_table('ada', 'orders', table('ada', 'orders', owner='x'))",
        "client.alter_table_with_cascade('ada', 'orders', table('ada', 'o'), True)",
        "client.add_partition(partition('ada', 'orders', 'p'))",
        "client.add_partitions([partition('ada', 'orders', 'p')])",
        (
            "client.add_partitions_req(api.AddPartitionsRequest("
            "'ada', 'orders', [partition('ada', 'orders', 'p')], True))"
        ),
        "client.append_partition('ada', 'orders', ['p'])",
        "client.append_partition_by_name('ada', 'orders', 'part=p')",
        "client.alter_partition('ada', 'orders', partition('ada', 'orders', 'first'))",
        "client.alter_partitions('ada', 'orders', [partition('ada', 'orders', 'first')])",
        "client.rename_partition('ada', 'orders', ['first'], partition('ada', 'orders', 'p'))",
        "client.drop_partition('ada', 'orders', ['first'], True)",
        "client.drop_partition_by_name('ada', 'orders', 'part=first', True)",
        "client.exchange_partition({'part': 'first'}, 'ada', 'orders', 'grace', 'x')",
        "client.delete_table_column_statistics('ada', 'orders', 'n')",
        (
            "client.update_table_column_statistics(api.ColumnStatistics("
            "api.ColumnStatisticsDesc(True, 'ada', 'orders'), []))"
        ),
        "client.drop_function('ada', 'f')",
        "client.alter_function('ada', 'f', function('ada', 'f'))",
        "client.create_function(function('default', 'f'))",
        "client.create_role(api.Role('r', 1, 'grace'))",
        "client.grant_privileges(api.PrivilegeBag([]))",
        "client.add_token('a', 'b')",
        "client.add_master_key('k')",
        "client.get_master_keys()",
        "client.setMetaConf('hive.metastore.try.direct.sql', 'false')",
        "client.get_config_value('javax.jdo.option.ConnectionPassword', '')",
        (
            "client.get_partitions_by_expr(api.PartitionsByExprRequest("
            "'ada', 'orders', jvm.java.nio.ByteBuffer.allocate(8)))"
        ),
        "client.get_fields('ada', 'orders')",
        "client.create_table_with_constraints(table('grace', 'c'), [], [])",
        "client.create_database(api.Database('global_temp', '', None, {}))",
    ],
)
def test_what_is_anothers_stays(ada: User, grace: User, code: str) -> None:
    refused(grace, code)
    assert ada.ask("client.get_table('ada', 'orders').getOwner()") == ada.account.login
    assert ada.ask("client.get_table('ada', 'orders').getParameters().get('x')") is None
    assert ada.ask("client.get_partition_names('ada', 'orders', -1)") == ["part=first"]
    assert ada.ask("client.get_all_tables('default')") == ["notes"]
    assert ada.ask("client.get_functions('ada', '*')") == ["f"]


def test_a_refusal_says_whom_to_ask(ada: User, grace: User) -> None:
    dropped = refused(grace, "client.drop_table('ada', 'orders', True)")
    assert "MetaException" in dropped
    assert (
        "grace may not drop the table ada.orders: it belongs to ada. Ask ada to do it, or copy it "
        "to a table of your own." in dropped
    )
    written = refused(grace, "client.append_partition('ada', 'orders', ['p'])")
    assert "Ask ada to name grace in the property lodge.writers of the database ada, or" in written
    assert "is not open to users of Lodge" in refused(grace, "client.add_master_key('k')")


@pytest.mark.parametrize(
    "place",
    [
        "{warehouse}/ada.db/orders",
        "{warehouse}/grace.db",
        "{warehouse}/grace.db/../ada.db/new",
        "{warehouse}/grace.db/other",
        "{warehouse}",
        "{homes}/ada/data",
        "{homes}/grace",
        "{homes}/grace/../ada/data",
        "/etc/lodge",
        "file:///tmp/x",
        "FILE:/tmp/x",
    ],
)
def test_tables_lie_where_they_may(hive: Metastore, grace: User, place: str) -> None:
    where = place.format(warehouse=hive.warehouse, homes=hive.settings.homes)
    for code in (
        f"client.create_table(table('grace', 't', '{where}', kind='EXTERNAL_TABLE'))",
        f"client.create_table(table('grace', 't', path='{where}'))",
        f"client.create_database(api.Database('more', '', '{where}', {{}}))",
    ):
        assert "can't have a table in" in refused(grace, code)


def test_a_table_moves_and_its_partitions_too(hive: Metastore, ada: User, grace: User) -> None:
    home = hive.settings.homes + "/grace/data"
    # As Spark keeps a table of its own kinds that lies elsewhere.
    placeholder = f"{hive.warehouse}/grace.db/out-__PLACEHOLDER__"
    kept = f"table('grace', 'out', '{placeholder}', '{{}}', kind='EXTERNAL_TABLE')"
    grace.ask(f"client.create_table({kept.format(home)})")
    grace.ask("client.append_partition('grace', 'out', ['a'])")
    elsewhere = f"{hive.warehouse}/ada.db/orders/part=first"
    for code in (
        f"client.add_partition(partition('grace', 'out', 'b', '{elsewhere}'))",
        f"client.alter_partition('grace', 'out', partition('grace', 'out', 'a', '{elsewhere}'))",
        f"client.alter_table('grace', 'out', table('grace', 'out', '{elsewhere}'))",
        f"client.alter_table('grace', 'out', {kept.format(elsewhere)})",
    ):
        assert "can't have a table in" in refused(grace, code)
    grace.ask("client.create_table(table('grace', 'first'))")
    moved = f"table('grace', 'second', '{hive.warehouse}/grace.db/first')"
    grace.ask(f"client.alter_table('grace', 'first', {moved})")
    assert (hive.warehouse / "grace.db" / "second").is_dir()
    grace.ask("client.drop_table('grace', 'second', True)")
    assert not (hive.warehouse / "grace.db" / "second").exists()


def test_a_folder_of_somebody_else_or_a_link_is_no_tables(
    hive: Metastore, ada: User, grace: User
) -> None:
    taken = hive.warehouse / "taken"
    taken.mkdir()
    os.chown(taken, ada.account.uid or 0, 0)
    (hive.warehouse / "linked").symlink_to(hive.warehouse / "ada.db")
    os.chown(hive.warehouse / "linked", grace.account.uid or 0, 0, follow_symlinks=False)
    assert "somebody else" in refused(grace, "client.create_table(table('default', 'taken'))")
    assert "is a link" in refused(grace, "client.create_table(table('default', 'linked'))")
    ada.ask("client.create_table(table('default', 'taken'))")
    ada.ask("client.drop_table('default', 'taken', True)")


def test_the_owner_of_a_database_lets_others_write(hive: Metastore, ada: User, grace: User) -> None:
    ada.ask("client.create_table(table('ada', 'common'))")
    told = "client.alter_table('ada', 'common', changed('ada', 'common', {}))"
    opened = "client.alter_database('ada', opened('ada', '{}'))"
    ada.ask(opened.format("linus, grace"))
    folder = hive.warehouse / "ada.db"
    assert writes(grace, folder / "common")
    grace.ask("client.append_partition('ada', 'common', ['p'])")
    grace.ask("client.create_table(table('ada', 'beside'))")
    grace.ask(told.format("rows='7'"))
    assert ada.ask("client.get_table('ada', 'common').getOwner()") == ada.account.login
    refused(grace, "client.drop_table('ada', 'common', True)")
    refused(grace, told.format("EXTERNAL='TRUE'"))
    refused(grace, "client.alter_table('ada', 'common', table('grace', 'common'))")
    refused(grace, opened.format("grace"))
    ada.ask(opened.format(""))
    refused(grace, "client.append_partition('ada', 'common', ['q'])")
    assert not writes(grace, folder / "common")
    assert writes(ada, folder / "beside")
    for name in ("common", "beside"):
        ada.ask(f"client.drop_table('ada', '{name}', True)")
        assert not (folder / name).exists()


def test_folders_are_whose_tables_they_hold(hive: Metastore, ada: User, grace: User) -> None:
    ada.ask("client.create_table(table('default', 'filled'))")
    ada.ask("client.append_partition('default', 'filled', ['p'])")
    folder = hive.warehouse / "filled"
    for path in (hive.warehouse / "ada.db", folder, folder / "part=p"):
        assert path.stat().st_uid == ada.account.uid
        assert writes(ada, path)
        assert not writes(grace, path)
    ada.ask("client.drop_table('default', 'filled', True)")
    assert not folder.exists()


@pytest.fixture
def keeper(hive: Metastore) -> Warehouse:
    return Warehouse(hive.warehouse, hive.accounts.ensure("service:metastore"), hive.accounts)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("make grace {warehouse}/ada.db/made", "Permission denied"),
        ("make grace {warehouse}/link/made", "Permission denied"),
        ("make grace {warehouse}/file/made", "Not a directory"),
        ("remove grace {warehouse}/of-ada", "Operation not permitted"),
        ("remove grace {warehouse}/link/conf", "Not a directory"),
        ("remove grace {homes}/ada", "Permission denied"),
        ("remove grace {folder}/conf", "Permission denied"),
        ("remove grace {warehouse}/nosuch/x", "done"),
        ("move grace {warehouse}/of-ada {warehouse}/taken-over", "Operation not permitted"),
        ("move grace {warehouse}/of-grace {warehouse}/ada.db/x", "Permission denied"),
        ("move grace {warehouse}/of-grace {warehouse}/of-ada", "its new place is taken"),
        ("move grace {warehouse}/link/conf {warehouse}/of-grace/conf", "Not a directory"),
        ("open grace {warehouse}/link", "Not a directory"),
        ("open grace {warehouse}/../metastore", "no folder of the warehouse"),
        ("open grace {folder}", "no folder of the warehouse"),
        ("open grace {warehouse}", "no user's"),
        ("make service:metastore {warehouse}/made", "no such user"),
        ("make nobody {warehouse}/made", "no such user"),
        ("make grace", "nothing that Lodge does"),
        ("give grace {warehouse}/of-ada", "not what the metastore made"),
        ("give grace {warehouse}", "not what the metastore made"),
        ("give grace {warehouse}/link", "Not a directory"),
        ("give grace {folder}", "no folder of the warehouse"),
    ],
)
def test_lodge_does_for_users_what_they_may(
    hive: Metastore, ada: User, grace: User, keeper: Warehouse, asked: str, reason: str
) -> None:
    names = ("link", "file", "of-grace", "of-ada")
    link, file, *folders = (hive.warehouse / name for name in names)
    places = {"warehouse": hive.warehouse, "homes": hive.settings.homes}
    line = asked.format(**places, folder=hive.settings.folder).replace(" ", "\0")
    try:
        # Whoever may write in the warehouse has led it to a folder that is the metastore's.
        link.symlink_to(hive.settings.folder)
        file.touch()
        for folder, user in zip(folders, (grace, ada), strict=True):
            folder.mkdir()
            os.chown(folder, user.account.uid or 0, user.account.gid or 0)
        before = sorted(hive.warehouse.rglob("*"))
        assert reason in asyncio.run(keeper.answer(line))
        assert sorted(hive.warehouse.rglob("*")) == before
        assert Path(hive.settings.folder, "conf").is_dir()
        assert Path(hive.settings.homes, "ada").is_dir()
    finally:
        link.unlink()
        file.unlink()
        for folder in folders:
            folder.rmdir()


def test_no_link_leads_the_metastore_to_what_is_anothers(
    hive: Metastore, ada: User, grace: User
) -> None:
    ada.ask("client.create_table(table('ada', 'linked'))")
    ada.ask("client.append_partition('ada', 'linked', ['p'])")
    ada.ask("client.append_partition('ada', 'linked', ['q'])")
    before = sorted((hive.warehouse / "ada.db").rglob("*"))
    grace.ask("client.create_table(table('grace', 'linked'))")
    grace.ask("client.create_table(table('grace', 'conf'))")
    grace.ask("client.append_partition('grace', 'linked', ['p'])")
    grace.ask("client.append_partition('grace', 'linked', ['q'])")
    own, aside = hive.warehouse / "grace.db", hive.warehouse / "aside"
    try:
        # Her database's folder is hers, and so is its name.
        by(grace, "mv", str(own), str(aside))
        by(grace, "ln", "-s", "ada.db", str(own))
        moved = f"table('default', 'linked', '{own}/linked')"
        for code in (
            "client.drop_partition('grace', 'linked', ['p'], True)",
            "client.rename_partition('grace', 'linked', ['q'], partition('grace', 'linked', 'r'))",
            "client.append_partition('grace', 'linked', ['s'])",
            f"client.alter_table('grace', 'linked', {moved})",
        ):
            with pytest.raises(RefusedError):
                grace.ask(code)
        grace.ask("client.drop_table('grace', 'linked', True)")
        assert sorted((hive.warehouse / "ada.db").rglob("*")) == before
        by(grace, "ln", "-sfn", hive.settings.folder, str(own))
        grace.ask("client.drop_table('grace', 'conf', True)")
        assert Path(hive.settings.folder, "conf", "hive-site.xml").is_file()
    finally:
        own.unlink()
        aside.rename(own)
    ada.ask("client.drop_table('ada', 'linked', True)")
    shutil.rmtree(own / "linked")
    (own / "conf").rmdir()


def test_what_the_metastore_made_before_is_given_to_whom_it_belongs(
    hive: Metastore, ada: User
) -> None:
    account = hive.accounts.ensure("linus")
    root = Account("root", "root", 0, 0, "root", Path("/root"))
    with hive.user(root) as platform:
        # Lodge itself is not guarded: it finds what an earlier one has left.
        platform.ask(f"client.create_table(table('default', 'old', owner='{account.login}'))")
        platform.ask("client.append_partition('default', 'old', ['p'])")
        platform.ask("client.create_table(table('default', 'lodges'))")
    folder, other = hive.warehouse / "old", hive.warehouse / "lodges"
    folder.chmod(0o1777)
    service = other.stat().st_uid
    assert folder.stat().st_uid == service
    with hive.user(account) as linus:
        linus.ask("client.get_all_databases()")
        wait_for(lambda: folder.stat().st_uid == account.uid, 30, "the folder is given")
        wait_for(lambda: (folder / "part=p").stat().st_uid == account.uid, 30, "partitions, too")
        assert writes(linus, folder / "part=p")
        assert not writes(ada, folder)
        assert other.stat().st_uid == service
        linus.ask("client.drop_table('default', 'old', True)")
    assert not folder.exists()
    with hive.user(root) as platform:
        platform.ask("client.drop_table('default', 'lodges', True)")


def test_a_view_has_no_folder(hive: Metastore, ada: User, grace: User) -> None:
    elsewhere = f"{hive.warehouse}/ada.db/orders"
    view = f"table('grace', 'seen', {elsewhere!r}, kind='VIRTUAL_VIEW')"
    assert "can't have a table in" in refused(grace, f"client.create_table({view})")
    grace.ask("client.create_table(table('grace', 'seen', kind='VIRTUAL_VIEW'))")
    for changed in (view, view.replace("VIRTUAL_VIEW", "MANAGED_TABLE")):
        refused(grace, f"client.alter_table('grace', 'seen', {changed})")
    grace.ask("client.drop_table('grace', 'seen', True)")


def by(user: User, *command: str) -> None:
    """Run a command as a user."""
    subprocess.run(command, preexec_fn=demote(user.account), check=True)


def test_lodge_opens_what_is_in_a_database_and_follows_no_link(
    hive: Metastore, ada: User, grace: User, keeper: Warehouse, tmp_path: Path
) -> None:
    database, outside = hive.warehouse / "ada.db", tmp_path / "outside"

    def opens(names: str) -> str:
        return asyncio.run(keeper.answer(f"open\0{names}\0{database}"))

    outside.mkdir()
    deep = database.joinpath("deep", *["d"] * 200)
    deep.mkdir(parents=True)
    (database / "deep" / "link").symlink_to(outside)
    try:
        assert opens("grace,nosuch") == "done"
        assert writes(grace, database / "deep" / "d")
        assert not writes(grace, deep)
        assert "system.posix_acl_access" not in os.listxattr(outside)
        assert opens("") == "done"
        assert not writes(grace, database / "deep" / "d")
    finally:
        shutil.rmtree(database / "deep")


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


def writes(user: User, folder: Path) -> bool:
    """Return whether a user can write and remove a file and a folder there, as Spark does."""
    code = "import os, sys; os.umask(0o2); os.chdir(sys.argv[1]); os.mkdir('_x'); os.rmdir('_x')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        preexec_fn=demote(user.account),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0


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
