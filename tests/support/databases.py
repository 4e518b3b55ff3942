"""Real databases of our own, started in folders of their own and ended with the test."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
from lodge_spawner.ports import free_port

from support.witnesses import witness

PASSWORD = "hush-hush 'x'"


@dataclass(frozen=True)
class Postgres:
    """A running cluster with a database `shop` of a user `u`."""

    port: int

    def admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="admin", password=PASSWORD, dbname="shop",
            autocommit=True,
        )  # fmt: skip


def until(
    work: Callable[[], Any], error: type[Exception] = AssertionError, seconds: float = 30
) -> Any:
    """Try again until the work raises no such error."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        try:
            return work()
        except error:
            if time.monotonic() > deadline:
                raise
            pause.wait(0.05)


def _program(name: str) -> str:
    # Debian keeps the programs of each version in a folder of its own.
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or name


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a private cluster; as root under the account of nobody, for Postgres refuses root."""
    folder = Path(tempfile.mkdtemp(prefix="lodge-postgres-"))
    account: dict[str, Any] = {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data, port = folder / "data", free_port()
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    try:
        subprocess.run(
            [
                _program("initdb"), "-D", str(data), "-U", "admin", "-A", "scram-sha-256",
                f"--pwfile={secret}", "--no-sync", "-E", "UTF8",
            ],
            check=True, capture_output=True, cwd=folder, env=environment, **account,
        )  # fmt: skip
        settings = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder,
            "fsync": "off", "shared_buffers": "16MB", "TimeZone": "Asia/Shanghai",
        }  # fmt: skip
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [_program("postgres"), "-D", str(data), *arguments],
                stdout=log, stderr=log, cwd=folder, env=environment, **account,
            )  # fmt: skip
        try:
            with witness("Postgres", folder / "log"):
                _prepare(port)
                yield Postgres(port)
        finally:
            # The fast way to end, which waits for no client.
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        shutil.rmtree(folder)


def _prepare(port: int) -> None:
    admin = until(
        lambda: psycopg.connect(
            host="127.0.0.1", port=port, user="admin", password=PASSWORD, dbname="postgres",
            autocommit=True,
        ),
        psycopg.OperationalError,
    )  # fmt: skip
    with admin:
        admin.execute(
            psycopg.sql.SQL("CREATE ROLE u LOGIN PASSWORD {}").format(psycopg.sql.Literal(PASSWORD))
        )
        admin.execute("CREATE DATABASE shop OWNER u")


@contextmanager
def running_mariadb(port: int | None = None) -> Iterator[Path]:
    """Start a MariaDB with a database `shop` of a user `u`; gives the path of its socket.

    It listens on the loopback interface as well where a port is given.
    """
    network = ["--skip-networking"] if port is None else [f"--port={port}"]
    folder = Path(tempfile.mkdtemp(prefix="lodge-mariadb-"))
    user = getpass.getuser()
    try:
        subprocess.run(
            [
                "mariadb-install-db", f"--datadir={folder}/data", f"--user={user}",
                "--auth-root-authentication-method=normal", "--skip-test-db",
            ],
            check=True, capture_output=True,
        )  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={folder}/data",
                    f"--socket={folder}/s.sock", f"--user={user}", *network,
                    "--bind-address=127.0.0.1", "--skip-name-resolve",
                    "--innodb-buffer-pool-size=16M", "--sql-mode=",
                ],
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            with witness("MariaDB", folder / "log"):
                _prepare_mariadb(folder)
                yield folder / "s.sock"
        finally:
            process.terminate()
            process.wait(30)
    finally:
        shutil.rmtree(folder)


def _prepare_mariadb(folder: Path) -> None:
    def ready() -> None:
        assert "ready for connections" in (folder / "log").read_text()

    # PyMySQL leaks the socket of a failed connect, so the log is asked first.
    until(ready)
    admin = pymysql.connect(unix_socket=str(folder / "s.sock"), user="root")
    with admin, admin.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
        for host in ("localhost", "127.0.0.1"):
            cursor.execute("CREATE USER u@%s IDENTIFIED BY %s", (host, PASSWORD))
            cursor.execute("GRANT ALL ON shop.* TO u@%s", (host,))
