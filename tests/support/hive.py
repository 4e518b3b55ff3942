"""A Hive metastore as Lodge runs it on one machine, and users who speak to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from lodge_hub.machine.warehouse import Warehouse, prepare
from lodge_hub.metastore import MetastoreSettings
from lodge_hub.programs import java_home, spark_home
from lodge_spawner import Account, Accounts, LocalSettings, SparkSettings, demote
from lodge_spawner.ports import free_port
from lodge_spawner.spark import LOCAL_PROPERTIES, hive_properties

from support.java import QUICK
from support.lodge import data_folder, wait_for

#: Asked for a piece of Python a line, it answers with JSON: what came out, or the error's text.
_CLIENT = """
import json, sys
from pathlib import Path
from lodge_hub.hive_guard import load
from lodge_hub.hive_jvm import launch
from py4j.java_collections import JavaList, JavaSet

jvm = launch(Path(sys.argv[1]), Path(sys.argv[2]))
api = jvm.org.apache.hadoop.hive.metastore.api
socket = jvm.org.apache.thrift.transport.TSocket("127.0.0.1", int(sys.argv[3]))
socket.open()
client = api.ThriftHiveMetastore.Client(jvm.org.apache.thrift.protocol.TBinaryProtocol(socket))


def storage(location=None, path=None):
    made = api.StorageDescriptor()
    made.setCols([api.FieldSchema("n", "int", None)])
    made.setLocation(location)
    made.setSerdeInfo(api.SerDeInfo("x", "lib", {"path": path} if path else {}))
    made.setInputFormat("org.apache.hadoop.mapred.TextInputFormat")
    made.setOutputFormat("org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
    made.setBucketCols([])
    made.setSortCols([])
    made.setParameters({})
    return made


def table(database, name, location=None, path=None, kind="MANAGED_TABLE", owner="root"):
    made = api.Table()
    made.setDbName(database)
    made.setTableName(name)
    made.setOwner(owner)
    made.setTableType(kind)
    made.setSd(storage(location, path))
    made.setPartitionKeys([api.FieldSchema("part", "string", None)])
    made.setParameters({"EXTERNAL": "TRUE"} if kind == "EXTERNAL_TABLE" else {})
    return made


def partition(database, name, value, location=None):
    made = api.Partition()
    made.setDbName(database)
    made.setTableName(name)
    made.setValues([value])
    made.setSd(storage(location))
    made.setParameters({})
    return made


def changed(database, name, **properties):
    found = client.get_table(database, name)
    for key, value in properties.items():
        found.getParameters().put(key.replace("__", "."), value)
    return found


def opened(database, names):
    found = client.get_database(database)
    found.getParameters().put("lodge.writers", names)
    return found


def function(database, name):
    kind = api.FunctionType.JAVA
    user = api.PrincipalType.USER
    return api.Function(name, database, "x.Y", "root", user, 0, kind, [])


def uid_of(*table):
    address = jvm.java.net.InetAddress.getByName
    person = load(jvm, "Person").getField("NOBODY").get(None)
    return person.uidOf(list(table), address("127.0.0.1"), 40000, address("127.0.0.1"), 9083)


print("{}", flush=True)
for line in sys.stdin:
    try:
        value = eval(line)
        if not isinstance(value, (str, int, bool, type(None))):
            several = isinstance(value, (JavaList, JavaSet))
            value = sorted(map(str, value)) if several else str(value)
        print(json.dumps({"value": value}), flush=True)
    except Exception as error:
        cause = getattr(error, "java_exception", None)
        print(json.dumps({"error": str(cause.toString() if cause else error)}), flush=True)
"""


class RefusedError(Exception):
    """The metastore did not do it."""


@dataclass(frozen=True)
class User:
    """A user with a connection to the metastore.

    Parameters
    ----------
    account
        The Unix account.
    process
        The client.
    """

    account: Account
    process: subprocess.Popen[str]

    def ask(self, code: str) -> Any:
        """Return what a call of the client comes to.

        Raises
        ------
        RefusedError
            The metastore answered with an error.
        """
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(code + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer.get("value")


@dataclass(frozen=True)
class Metastore:
    """A running metastore.

    Parameters
    ----------
    settings
        What it was started with.
    accounts
        The accounts of its users.
    """

    settings: MetastoreSettings
    accounts: Accounts

    @property
    def warehouse(self) -> Path:
        """The folder of managed tables."""
        return Path(self.settings.warehouse)

    @contextlib.contextmanager
    def user(self, account: Account) -> Iterator[User]:
        """Connect as the Unix account."""
        settings = self.settings
        arguments = (settings.spark_home, settings.java_home, str(settings.port))
        process = subprocess.Popen(
            [sys.executable, "-c", _CLIENT, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=demote(account),
            env={**os.environ, "HOME": str(account.home), "USER": account.login},
        )
        try:
            assert process.stdout
            assert process.stdout.readline() == "{}\n"
            yield User(account, process)
        finally:
            _end(process)


@contextlib.contextmanager
def metastore() -> Iterator[Metastore]:
    """Run a metastore under an account of its own."""
    java, spark = java_home(""), spark_home()
    assert java
    assert spark
    with data_folder("hive") as folder, contextlib.ExitStack() as kept:
        for path in (
            folder,
            folder / "secrets",
            folder / "homes",
            folder / "run",
            folder / "run" / "users",
        ):
            path.mkdir(mode=0o711)
        instance = f"hive-{secrets.token_hex(4)}"
        (folder / "secrets" / "instance").write_text(instance)
        port = free_port()
        address, where = f"thrift://127.0.0.1:{port}", f"file:{folder}/warehouse"
        found = hive_properties(address, where, own_folders=True)
        quick = {"spark.driver.extraJavaOptions": " ".join(QUICK), "spark.ui.enabled": "false"}
        properties = LOCAL_PROPERTIES | found | quick
        spark_settings = SparkSettings(spark, java, Path(sys.executable), properties)
        accounts = Accounts(
            LocalSettings(folder, instance, separate_users=True, spark=spark_settings)
        )
        account = accounts.ensure("service:metastore")
        assert account.owner
        for path, mode in ((folder / "metastore", 0o700), (folder / "warehouse", 0o1777)):
            path.mkdir()
            path.chmod(mode)
            os.chown(path, *account.owner)
        settings = MetastoreSettings(
            folder=str(folder / "metastore"),
            warehouse=str(folder / "warehouse"),
            host="127.0.0.1",
            port=port,
            spark_home=str(spark),
            java_home=str(java),
            homes=str(folder / "homes"),
            keeper=str(folder / "run" / "warehouse.sock"),
        )
        kept.enter_context(_gives_folders(settings, account, accounts))
        settings.save(folder / "metastore.json", account.owner)
        log = folder.parent / "metastore.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "lodge_hub.metastore", str(folder / "metastore.json")],
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=demote(account),
            )
        try:
            wait_for(lambda: process.poll() is not None or _listens(settings.port), 180)
            assert process.poll() is None, log.read_text()
            yield Metastore(settings, accounts)
        finally:
            _end(process)


@contextlib.contextmanager
def _gives_folders(
    settings: MetastoreSettings, account: Account, accounts: Accounts
) -> Iterator[None]:
    """Be the Lodge that gives folders to users."""
    folder = Path(settings.warehouse)
    keeper = Warehouse(folder, account, accounts)
    assert prepare(folder)
    with ThreadPoolExecutor(1) as pool:
        loop = asyncio.new_event_loop()
        stop = asyncio.Event()

        async def serve() -> None:
            async with keeper.listening(Path(settings.keeper)):
                await stop.wait()

        served = pool.submit(loop.run_until_complete, serve())
        try:
            wait_for(lambda: Path(settings.keeper).exists() or served.done(), 10)
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            served.result()
            loop.close()


def _end(process: subprocess.Popen[Any]) -> None:
    """End it with its JVM: an account that has processes can't be removed."""
    below = []
    with contextlib.suppress(psutil.NoSuchProcess):
        below = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    for one in below:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(below)


def _listens(port: int) -> bool:
    return any(
        one.laddr[1:] == (port,) and one.status == "LISTEN" for one in psutil.net_connections("tcp")
    )
