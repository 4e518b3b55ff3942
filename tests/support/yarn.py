"""A real YARN on loopback: a ResourceManager with two queues and a NodeManager."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lodge_spawner.ports import free_port

from support.hadoop import LOG4J, end_server, java_home, server_command, write_site
from support.lodge import wait_for
from support.witnesses import witness

_HOST = "127.0.0.1"
_SERVERS = "org.apache.hadoop.yarn.server"
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
    write_site(conf / "core-site.xml", {"fs.defaultFS": "file:///"})
    write_site(conf / "capacity-scheduler.xml", _queues())
    write_site(conf / "yarn-site.xml", _site(folder, manager, web))
    (conf / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
    running = Yarn(conf, f"{_HOST}:{manager}", web)
    processes = [
        _start(folder, conf, f"{_SERVERS}.{name}")
        for name in ("resourcemanager.ResourceManager", "nodemanager.NodeManager")
    ]
    try:
        with witness("YARN", folder):
            wait_for(
                lambda: running.ready() or any(one.poll() is not None for one in processes),
                90,
                "a NodeManager that runs",
            )
            assert running.ready(), "YARN has ended"
            yield running
    finally:
        for process in reversed(processes):
            end_server(process)


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


def _start(folder: Path, conf: Path, name: str) -> subprocess.Popen[bytes]:
    with (folder / f"{name.rpartition('.')[2]}.log").open("wb") as output:
        return subprocess.Popen(
            server_command(conf, name),
            env={**os.environ, "JAVA_HOME": java_home()},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
