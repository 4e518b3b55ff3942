"""A real standalone Spark cluster on loopback: a master and its workers, out of PySpark's jars."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lodge_spawner.ports import free_port

from support.java import spark_home, spark_program
from support.lodge import wait_for
from support.witnesses import witness

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Attributes
    ----------
    master
        Its address, ``spark://…``.
    """

    master: str


@contextlib.contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Run a master and workers of one core and 1 GiB each, and end them."""
    port, ui = free_port(), free_port()
    master = f"spark://{_HOST}:{port}"
    processes = [
        _start(folder, "master", "master.Master", "--port", str(port), "--webui-port", str(ui))
    ]
    try:
        for number in range(workers):
            options = ("-c", "1", "-m", "1g", "-d", str(folder / f"work-{number}"))
            processes.append(
                _start(
                    *(folder, f"worker-{number}", "worker.Worker", *options),
                    *("--webui-port", str(free_port()), master),
                )
            )
        with witness("the standalone cluster", folder):
            wait_for(lambda: _alive(ui) == workers, 90, f"{workers} workers at {master}")
            yield Cluster(master)
    finally:
        for process in reversed(processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _alive(ui: int) -> int:
    try:
        with urllib.request.urlopen(f"http://{_HOST}:{ui}/json/", timeout=5) as reply:
            text = reply.read().decode()
    except OSError:
        return 0
    found = re.search(r'"aliveworkers"\s*:\s*(\d+)', text)
    return int(found.group(1)) if found else 0


def _start(folder: Path, log: str, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": _HOST,
        # Else the worker looks for a build of Spark to start executors from.
        "SPARK_SCALA_VERSION": _scala(spark_home()),
        "PYSPARK_PYTHON": sys.executable,
    }
    command = spark_program(f"deploy.{name}", "--host", _HOST, *arguments)
    with (folder / f"{log}.log").open("wb") as output:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _scala(home: Path) -> str:
    [jar] = (home / "jars").glob("spark-core_*.jar")
    return jar.name.split("_")[1].split("-")[0]
