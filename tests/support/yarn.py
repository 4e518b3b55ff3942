"""A real YARN on loopback: a ResourceManager with two queues and a NodeManager."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyspark
from lodge_spawner.ports import free_port

from support.lodge import wait_for

_HOST = "127.0.0.1"
_SERVERS = "org.apache.hadoop.yarn.server"
_LOCK = Path(__file__).parents[2] / "scripts" / "jars.lock"
_LOG4J = """
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""
#: The most memory that one container may have, in MiB.
MAXIMUM_MB = 2048


@dataclass(frozen=True)
class Yarn:
    """A running cluster.

    Attributes
    ----------
    conf
        The folder of its settings, for `HADOOP_CONF_DIR`.
    address
        Where the ResourceManager takes applications, ``host:port``.
    """

    conf: Path
    address: str
    _web: int

    def applications(self) -> list[dict[str, Any]]:
        """What the ResourceManager knows of applications, the latest first."""
        found = (self._ask("apps") or {}).get("apps") or {}
        return sorted(found.get("app", []), key=lambda app: app["id"], reverse=True)

    def alive(self) -> list[str]:
        """The ids of applications that have not ended."""
        ended = ("FINISHED", "FAILED", "KILLED")
        return [app["id"] for app in self.applications() if app["state"] not in ended]

    def kill(self, application: str) -> None:
        """Kill an application as its owner does."""
        user = next(app["user"] for app in self.applications() if app["id"] == application)
        request = urllib.request.Request(
            f"{self._base}/apps/{application}/state?user.name={user}",
            data=b'{"state":"KILLED"}',
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=30).close()

    def ready(self) -> bool:
        """Whether a NodeManager has reported."""
        nodes = ((self._ask("nodes") or {}).get("nodes") or {}).get("node", [])
        return any(node["state"] == "RUNNING" for node in nodes)

    @property
    def _base(self) -> str:
        return f"http://{_HOST}:{self._web}/ws/v1/cluster"

    def _ask(self, what: str) -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"{self._base}/{what}", timeout=10) as reply:
                answer: dict[str, Any] = json.load(reply)
                return answer
        except urllib.error.HTTPError as error:
            error.close()
            return None
        except OSError:
            return None


@contextlib.contextmanager
def yarn(folder: Path) -> Iterator[Yarn]:
    """Run a ResourceManager and a NodeManager, and end them."""
    conf = folder / "hadoop"
    conf.mkdir()
    manager, web = free_port(), free_port()
    _write(conf / "core-site.xml", {"fs.defaultFS": "file:///"})
    _write(conf / "capacity-scheduler.xml", _queues())
    _write(conf / "yarn-site.xml", _site(folder, manager, web))
    (conf / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
    running = Yarn(conf, f"{_HOST}:{manager}", web)
    processes = [
        _start(folder, conf, f"{_SERVERS}.{name}")
        for name in ("resourcemanager.ResourceManager", "nodemanager.NodeManager")
    ]
    try:
        wait_for(
            lambda: running.ready() or any(one.poll() is not None for one in processes),
            90,
            f"YARN in {folder}",
        )
        assert running.ready(), f"YARN ended, see the logs in {folder}"
        yield running
    finally:
        for process in reversed(processes):
            _end(process)


def _queues() -> dict[str, str]:
    root = "yarn.scheduler.capacity"
    queues = {
        f"{root}.root.queues": "default,analytics",
        f"{root}.maximum-am-resource-percent": "0.8",
    }
    for name in ("default", "analytics"):
        queues[f"{root}.root.{name}.capacity"] = "50"
        queues[f"{root}.root.{name}.maximum-capacity"] = "100"
        queues[f"{root}.root.{name}.user-limit-factor"] = "4"
    return queues


def _site(folder: Path, manager: int, web: int) -> dict[str, str]:
    rm, nm = "yarn.resourcemanager", "yarn.nodemanager"
    return {
        f"{rm}.hostname": _HOST,
        f"{rm}.address": f"{_HOST}:{manager}",
        f"{rm}.webapp.address": f"{_HOST}:{web}",
        **{
            f"{rm}.{name}.address": f"{_HOST}:{free_port()}"
            for name in ("scheduler", "resource-tracker", "admin")
        },
        **{
            f"{nm}.{name}": f"{_HOST}:{free_port()}"
            for name in ("address", "localizer.address", "webapp.address")
        },
        f"{rm}.am.max-attempts": "1",
        f"{nm}.resource.memory-mb": "3072",
        f"{nm}.resource.cpu-vcores": "8",
        f"{nm}.vmem-check-enabled": "false",
        f"{nm}.pmem-check-enabled": "false",
        f"{nm}.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
        f"{nm}.local-dirs": str(folder / "nm-local"),
        f"{nm}.log-dirs": str(folder / "nm-logs"),
        "yarn.scheduler.minimum-allocation-mb": "128",
        "yarn.scheduler.maximum-allocation-mb": str(MAXIMUM_MB),
    }


def _write(file: Path, settings: dict[str, str]) -> None:
    properties = "".join(
        f"<property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in settings.items()
    )
    file.write_text(f"<configuration>\n{properties}</configuration>\n", encoding="utf-8")


def _jars() -> list[str]:
    """The jars that `make setup-test` fetched, and PySpark's own."""
    home = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    cache = Path(os.environ.get("LODGE_CACHE", f"{home}/lodge"))
    names = [line.split()[1].split(":") for line in _LOCK.read_text(encoding="utf-8").splitlines()]
    jars = [cache / "jars" / f"{artifact}-{version}.jar" for _, artifact, version in names]
    for jar in jars:
        assert jar.exists(), f"{jar} is missing; `make setup-test` fetches it"
    return [*map(str, jars), f"{Path(pyspark.__file__).parent}/jars/*"]


def _start(folder: Path, conf: Path, name: str) -> subprocess.Popen[bytes]:
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    assert program is not None
    command = [program, "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    command += ["-cp", ":".join([str(conf), *_jars()])]
    command += [f"--add-opens=java.base/java.{one}=ALL-UNNAMED" for one in ("lang", "io")]
    with (folder / f"{name.rpartition('.')[2]}.log").open("wb") as output:
        return subprocess.Popen(
            [*command, name],
            # Containers take Java from here.
            env={**os.environ, "JAVA_HOME": str(Path(program).resolve().parents[1])},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    # In order first: a NodeManager ends its containers, which are sessions of their own.
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
