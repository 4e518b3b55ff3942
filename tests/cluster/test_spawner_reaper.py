"""What a killed hub leaves in a real cluster is found and removed, and nothing else is."""

from __future__ import annotations

import sys

from support.lodge import wait_for

from cluster.kubernetes import Cluster
from cluster.pods import pod, ready, start

REAP = """
import asyncio, datetime, logging, sys
from kubernetes_asyncio import client, config
from lodge_spawner.reaper import reap
async def main():
    await config.load_kube_config()
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    async with client.ApiClient() as api:
        await reap(api, sys.argv[1], later)
logging.basicConfig(level="INFO", format="%(message)s")
asyncio.run(main())
"""


def test_orphans_are_removed_and_the_log_says_why(cluster: Cluster, namespace: str) -> None:
    def labels(server: str, instance: str = namespace) -> dict[str, str]:
        return {"lodge/instance": instance, "lodge/server": server}

    def secret(name: str, **metadata: object) -> dict[str, object]:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, **metadata}}

    executor = {"lodge/instance": namespace, "lodge/driver": "gone"}
    start(
        cluster,
        namespace,
        pod("alive", labels=labels("alive")),
        pod("executor", labels=executor),
        secret("alive-lodge", labels=labels("alive")),
        secret("gone-lodge", labels=labels("gone")),
        secret("another", labels=labels("gone", "another-installation")),
        secret("plain"),
    )
    ready(cluster, namespace, "alive")
    done = cluster.run_in_node([sys.executable, "-c", REAP, namespace])
    assert done.stderr.splitlines() == [
        f"Removed the Secret {namespace}/gone-lodge: its pod gone is gone",
        f"Removed the Pod {namespace}/executor: its driver's pod gone is gone",
    ]

    def left() -> list[str]:
        return cluster.kubectl("-n", namespace, "get", "pods,secrets", "-o", "name").split()

    expected = ["pod/alive", "secret/alive-lodge", "secret/another", "secret/plain"]
    wait_for(lambda: left() == expected, 60, "the executor is gone")
