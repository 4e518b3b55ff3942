"""A real Spark Connect server on loopback, out of PySpark's jars."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pyspark
from lodge_spawner.ports import free_port

from support.java import QUICK
from support.lodge import wait_for
from support.witnesses import witness


@dataclass(frozen=True)
class ConnectServer:
    """A running server.

    Attributes
    ----------
    port, ui
        Its port, and the one of its Spark UI.
    """

    port: int
    ui: int

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}"

    def active_jobs(self) -> int:
        """How many jobs run on the server, by its REST API."""
        api = f"http://127.0.0.1:{self.ui}/api/v1/applications"
        [application] = httpx.get(api, timeout=30).json()
        jobs = httpx.get(f"{api}/{application['id']}/jobs?status=running", timeout=30).json()
        return len(jobs)


@contextlib.contextmanager
def connect_server(folder: Path) -> Iterator[ConnectServer]:
    """Run a server with two cores, and end it."""
    home = Path(pyspark.__file__).parent
    running = ConnectServer(free_port(), free_port())
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": running.port,
        "spark.ui.port": running.ui,
        "spark.sql.shuffle.partitions": 2,
        "spark.driver.extraJavaOptions": " ".join(QUICK),
        "spark.sql.warehouse.dir": folder / "warehouse",
    }
    command = [str(home / "bin" / "spark-submit"), "--master", "local[2]"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    log = folder / "connect.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "spark-internal"],
            env={
                **os.environ,
                "SPARK_HOME": str(home),
                "SPARK_LOCAL_IP": "127.0.0.1",
                "PYSPARK_PYTHON": sys.executable,
                "SPARK_CONNECT_MODE": "0",
            },
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        with (
            witness("Spark Connect's server", log),
            witness("its tasks", lambda: _tasks(process, log)),
        ):
            wait_for(lambda: _listens(running.port) or process.poll() is not None, 90, "the server")
            assert process.poll() is None, "the server has ended"
            yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _tasks(process: subprocess.Popen[bytes], log: Path) -> str:
    """Return what the threads of the server's tasks and queries are at, and its Python workers."""
    begin = log.stat().st_size
    process.send_signal(signal.SIGQUIT)  # a dump of all threads goes to its log
    wait_for(lambda: b"JNI global ref" in log.read_bytes()[begin:], 10, "the dump")
    threads = log.read_text(errors="replace")[begin:].split("\n\n")
    told = [one for one in threads if '"Executor task' in one or '"SparkConnectExecute' in one]
    workers = [
        f"{child.pid} {' '.join(child.cmdline())}"
        for child in psutil.Process(process.pid).children(recursive=True)
    ]
    return "\n\n".join([*told, *workers])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
