"""A Hive metastore service out of PySpark's own jars.

Run as ``python -m lodge_hub.metastore SETTINGS.json``; with ``--check`` before it the database is
looked at and nothing served. Hive 2.3's own main class listens on every
interface and has no setting for that, so the server is put together here over Py4J, from the same
classes, around a socket that is bound to one address. The JVM ends when this process does, because
its standard input closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape

from lodge_spawner.local_settings import write_private

from .hive_guard import compiled, guarded
from .hive_jvm import launch
from .metastore_copy import serve_copies

_CHECK_TABLES = """\
SELECT SYSCS_UTIL.SYSCS_CHECK_TABLE(s.SCHEMANAME, t.TABLENAME)
FROM SYS.SYSSCHEMAS s JOIN SYS.SYSTABLES t ON s.SCHEMAID = t.SCHEMAID WHERE t.TABLETYPE = 'T'
"""

#: What a call may hold: bytes of a text, and items of a list. More is refused before it is read.
_LONGEST_TEXT, _LONGEST_LIST = 4_000_000, 1_000_000

_LOG4J = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.conf.name = org.apache.hadoop.hive.conf.HiveConf
logger.conf.level = error
"""


@dataclass(frozen=True)
class MetastoreSettings:
    """What the service is started with.

    Parameters
    ----------
    folder
        Its own folder: Derby database, configuration, log.
    warehouse
        Folder of managed tables.
    host, port
        Where it listens.
    spark_home, java_home
        Where jars and Java are.
    homes
        Folder of the homes of users who have Unix accounts of their own; each is kept to their
        own tables. Empty: users can't be told apart, and everybody may do everything.
    keeper
        Where Lodge is asked to give tables' folders to users: a Unix socket.
    """

    folder: str
    warehouse: str
    host: str
    port: int
    spark_home: str
    java_home: str
    homes: str = ""
    keeper: str = ""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read settings that :meth:`save` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def save(self, path: Path, owner: tuple[int, int] | None = None) -> None:
        """Write the settings for an owner alone (user and group id; None: the writer)."""
        write_private(path, json.dumps(asdict(self)), owner=owner)


def hive_site(settings: MetastoreSettings) -> str:
    """Return the service's ``hive-site.xml``.

    The service makes new tables' folders, and the user whose session asked for the table fills
    them. Where users have accounts of their own the guard has each given to its user; elsewhere
    folders get mode 1777 (the warehouse's own, by the open mask).
    """
    values = {
        "javax.jdo.option.ConnectionURL": f"{_database(settings)};create=true",
        "datanucleus.schema.autoCreateAll": "true",
        # Asking Derby for the columns of each table is a third of a second of each start.
        "datanucleus.rdbms.initializeColumnInfo": "NONE",
        "hive.metastore.schema.verification": "false",
        # BoneCP, its default, is not among the jars: a database could not be dropped without one.
        "datanucleus.connectionPoolingType": "HikariCP",
        # A database of its own is there or is not: ten tries would take half a minute.
        "hive.hmshandler.retry.attempts": "2",
        "hive.hmshandler.retry.interval": "200ms",
        "hive.metastore.warehouse.dir": f"file:{settings.warehouse}",
        "fs.permissions.umask-mode": "002" if settings.homes else "000",
        # What it would take over from the folder above is set when a folder is given to its user.
        "hive.warehouse.subdir.inherit.perms": "false" if settings.homes else "true",
    }
    properties = "".join(
        f"<property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in values.items()
    )
    return f"<configuration>\n{properties}</configuration>\n"


def serve(settings: MetastoreSettings) -> None:
    """Serve until the process is ended.

    Raises
    ------
    SystemExit
        The database can't be opened; the message says why and what to do.
    """
    from py4j.protocol import Py4JJavaError

    if settings.keeper:
        # A socket's address holds 107 bytes, a path may be longer: it is asked from its folder.
        os.chdir(Path(settings.keeper).parent)
    jvm = _launch(settings)
    metastore = jvm.org.apache.hadoop.hive.metastore
    thrift = jvm.org.apache.thrift
    # What needs nothing of each other is made ready side by side: sessions wait for it.
    with ThreadPoolExecutor() as beside:
        database = beside.submit(_connect, jvm, f"{_database(settings)};create=true")
        door = beside.submit(compiled, jvm) if settings.homes else None
        conf = jvm.org.apache.hadoop.hive.conf.HiveConf()
        handler = metastore.HiveMetaStore.HMSHandler("lodge", conf, False)
        try:
            database.result().close()
            proxied = metastore.RetryingHMSHandler.getProxy(conf, handler, False)
        except Py4JJavaError as error:
            sys.exit(
                f"The Hive metastore's database, {settings.folder}/database, can't be opened "
                f"({_root_of(error)}): stop Lodge and run `lodge doctor --repair`, which restores "
                "the newest whole backup where it is damaged."
            )
        if door is None:
            processor = metastore.TSetIpAddressProcessor(proxied)
        else:
            keeper = Path(settings.keeper).name
            processor = guarded(door.result(), proxied, settings.warehouse, settings.homes, keeper)
    serve_copies(jvm, Path(settings.folder))
    listening = jvm.java.net.ServerSocket()
    if settings.keeper:
        # Lodge keeps the port for this account.
        reuse = jvm.java.net.StandardSocketOptions.SO_REUSEPORT
        listening.setOption(reuse, True)
    listening.bind(jvm.java.net.InetSocketAddress(settings.host, settings.port), 128)
    socket = thrift.transport.TServerSocket(listening)
    arguments = (
        thrift.server.TThreadPoolServer.Args(socket)
        .processor(processor)
        .transportFactory(thrift.transport.TTransportFactory())
        .protocolFactory(
            thrift.protocol.TBinaryProtocol.Factory(False, True, _LONGEST_TEXT, _LONGEST_LIST)
        )
        .minWorkerThreads(8)
        .maxWorkerThreads(200)
    )
    thrift.server.TThreadPoolServer(arguments).serve()


def check(settings: MetastoreSettings) -> str:
    """Return what keeps the database from being read; "" where nothing does."""
    from py4j.protocol import Py4JJavaError

    jvm = _launch(settings)
    try:
        connection = _connect(jvm, _database(settings))
        rows = connection.createStatement().executeQuery(_CHECK_TABLES)
        while rows.next():
            rows.getInt(1)
    except Py4JJavaError as error:
        return _root_of(error)
    finally:
        # Derby says by an error that it has let go of its files.
        with contextlib.suppress(Py4JJavaError):
            _connect(jvm, "jdbc:derby:;shutdown=true")
    return ""


def _database(settings: MetastoreSettings) -> str:
    return f"jdbc:derby:;databaseName={settings.folder}/database"


def _connect(jvm: Any, address: str) -> Any:
    return jvm.java.sql.DriverManager.getConnection(address)


def _root_of(error: Any) -> str:
    """Return what is at the root of an error of Java's, in one line."""
    root = error.java_exception
    while (cause := root.getCause()) is not None:
        root = cause
    return str(root.toString()).partition("\n")[0]


def _launch(settings: MetastoreSettings) -> Any:
    """Start the JVM and return its view."""
    folder = Path(settings.folder)
    configuration = folder / "conf"
    configuration.mkdir(exist_ok=True)
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    (configuration / "hive-site.xml").write_text(hive_site(settings), encoding="utf-8")
    log4j = configuration / "log4j2.properties"
    log4j.write_text(_LOG4J, encoding="utf-8")
    return launch(
        Path(settings.spark_home),
        Path(settings.java_home),
        configuration,
        [
            f"-Djava.io.tmpdir={temporary}",
            f"-Dlog4j2.configurationFile={log4j}",
            f"-Dderby.stream.error.file={folder}/derby.log",
        ],
    )


def main(arguments: list[str]) -> int:
    """Serve, or check the database and exit with 3 where it can't be opened."""
    settings = MetastoreSettings.load(Path(arguments[-1]))
    if arguments[0] != "--check":
        serve(settings)
        return 0
    if damage := check(settings):
        sys.stdout.write(f"{damage}\n")
    return 3 if damage else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
