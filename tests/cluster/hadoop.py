"""A real Hadoop, HDFS and YARN, as on a company's network: on the machine, in the node's network.

Pods reach it by the node's address, and it reaches them by ports of the node.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyspark
from support.hadoop import LOG4J, end_server, java_home, server_command, write_site
from support.lodge import wait_for
from support.witnesses import witness

from cluster.kubernetes import Cluster
from cluster.kubernetes.names import ADDRESS

_HDFS = "org.apache.hadoop.hdfs.server"
_YARN = "org.apache.hadoop.yarn.server"
_NAMES, _MANAGER, _WEB = f"{ADDRESS}:9820", f"{ADDRESS}:8032", f"{ADDRESS}:8088"
#: Spark's jars on the machine, where a company has them on its nodes.
JARS = f"local:{Path(pyspark.__file__).parent}/jars/*"


@dataclass(frozen=True)
class Hadoop:
    """A running Hadoop.

    Parameters
    ----------
    conf
        The folder of its clients' configuration.
    """

    cluster: Cluster
    conf: Path

    def applications(self) -> list[dict[str, Any]]:
        """Return what YARN knows of applications."""
        found: list[dict[str, Any]] = (self._asked("apps").get("apps") or {}).get("app", [])
        return found

    def ready(self) -> bool:
        """Tell whether a node has reported."""
        nodes = (self._asked("nodes").get("nodes") or {}).get("node", [])
        return any(node["state"] == "RUNNING" for node in nodes)

    def _asked(self, what: str) -> dict[str, Any]:
        with self.cluster.network(), contextlib.suppress(httpx.HTTPError, json.JSONDecodeError):
            url = f"http://{_WEB}/ws/v1/cluster/{what}"
            answer: dict[str, Any] = httpx.get(url, timeout=10, trust_env=False).json()
            return answer
        return {}


@contextlib.contextmanager
def hadoop(cluster: Cluster, folder: Path) -> Iterator[Hadoop]:
    """Run HDFS and YARN with a node of each, and end them."""
    conf = folder / "conf"
    conf.mkdir()
    write_site(conf / "core-site.xml", {"fs.defaultFS": f"hdfs://{_NAMES}"})
    write_site(conf / "hdfs-site.xml", _hdfs(folder))
    write_site(conf / "yarn-site.xml", _yarn(folder))
    # Only the servers read these.
    servers = shutil.copytree(conf, folder / "servers")
    root = "yarn.scheduler.capacity"
    queue = {f"{root}.root.queues": "default", f"{root}.root.default.capacity": "100"}
    queue[f"{root}.maximum-am-resource-percent"] = "0.8"
    write_site(servers / "capacity-scheduler.xml", queue)
    (servers / "log4j2.properties").write_text(LOG4J)
    running = Hadoop(cluster, conf)
    with contextlib.ExitStack() as stack:
        formatting = _start(cluster, folder, f"{_HDFS}.namenode.NameNode", "-format", "-force")
        assert formatting.wait(60) == 0, f"see the logs in {folder}"
        programs = (
            f"{_HDFS}.namenode.NameNode",
            f"{_HDFS}.datanode.DataNode",
            f"{_YARN}.resourcemanager.ResourceManager",
            f"{_YARN}.nodemanager.NodeManager",
        )
        for name in programs:
            stack.callback(end_server, _start(cluster, folder, name))
        with witness("Hadoop", folder):
            wait_for(running.ready, 90, "a NodeManager that runs")
            yield running


def _hdfs(folder: Path) -> dict[str, str]:
    return {
        "dfs.namenode.name.dir": f"file://{folder}/names",
        "dfs.datanode.data.dir": f"file://{folder}/data",
        "dfs.namenode.http-address": f"{ADDRESS}:9870",
        "dfs.datanode.address": f"{ADDRESS}:9866",
        "dfs.datanode.http.address": f"{ADDRESS}:9864",
        "dfs.datanode.ipc.address": f"{ADDRESS}:9867",
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.permissions.enabled": "false",
        "dfs.replication": "1",
    }


def _yarn(folder: Path) -> dict[str, str]:
    rm, nm = "yarn.resourcemanager", "yarn.nodemanager"
    return {
        f"{rm}.hostname": ADDRESS,
        f"{rm}.address": _MANAGER,
        f"{rm}.webapp.address": _WEB,
        f"{rm}.am.max-attempts": "1",
        f"{nm}.hostname": ADDRESS,
        f"{nm}.address": f"{ADDRESS}:8041",
        f"{nm}.localizer.address": f"{ADDRESS}:8040",
        f"{nm}.webapp.address": f"{ADDRESS}:8042",
        f"{nm}.resource.memory-mb": "4096",
        f"{nm}.resource.cpu-vcores": "8",
        f"{nm}.vmem-check-enabled": "false",
        f"{nm}.pmem-check-enabled": "false",
        f"{nm}.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
        f"{nm}.local-dirs": str(folder / "nm-local"),
        f"{nm}.log-dirs": str(folder / "nm-logs"),
        "yarn.scheduler.minimum-allocation-mb": "128",
        "yarn.scheduler.maximum-allocation-mb": "2048",
    }


def _start(cluster: Cluster, folder: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    with (folder / f"{name.rpartition('.')[2]}.log").open("ab") as output:
        return cluster.in_node(
            server_command(folder / "servers", name, *arguments),
            env={**cluster.environment, "JAVA_HOME": java_home()},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
