"""What nobody knows any more in a real cluster is found and removed, and nothing else is."""

from __future__ import annotations

import sys

from support.lodge import wait_for

from cluster.kubernetes import Cluster
from cluster.pods import pod, ready, start

REAP = """
import asyncio, datetime, logging, sys
from kubernetes_asyncio import client, config
from lodge_spawner.reaper import reap
async def ask(servers):
    print(sorted(servers))
    if sys.argv[2] == 'silent':
        raise ConnectionRefusedError
    return {('ada', '')}
async def main():
    await config.load_kube_config()
    now = datetime.datetime.now(datetime.UTC)
    async with client.ApiClient() as api:
        await reap(api, sys.argv[1], now, ask, grace_s=0)
logging.basicConfig(level="INFO", format="%(message)s")
asyncio.run(main())
"""


def test_orphans_are_removed_and_the_log_says_why(cluster: Cluster, namespace: str) -> None:
    def labels(server: str, instance: str = namespace) -> dict[str, str]:
        return {"lodge/instance": instance, "lodge/server": server}

    def secret(name: str, user: str = "", **metadata: object) -> dict[str, object]:
        notes = {"hub.jupyter.org/username": user} if user else {}
        metadata = {"name": name, "annotations": notes, **metadata}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}

    executor = {"lodge/instance": namespace, "lodge/driver": "gone"}
    start(
        cluster,
        namespace,
        pod("alive", labels=labels("alive")),
        pod("executor", labels=executor),
        secret("alive-lodge", labels=labels("alive")),
        # A start that has no pod yet: the hub knows of it.
        secret("soon-lodge", "ada", labels=labels("soon")),
        secret("gone-lodge", "bob", labels=labels("gone")),
        secret("another", labels=labels("gone", "another-installation")),
        secret("plain"),
    )
    ready(cluster, namespace, "alive")

    def left() -> list[str]:
        return cluster.kubectl("-n", namespace, "get", "pods,secrets", "-o", "name").split()

    before = left()
    done = cluster.run_in_node([sys.executable, "-c", REAP, namespace, "silent"])
    assert "ConnectionRefusedError" in done.stderr
    assert left() == before
    done = cluster.run_in_node([sys.executable, "-c", REAP, namespace, "answers"])
    assert done.stdout == "[('ada', ''), ('bob', '')]\n"
    assert done.stderr.splitlines() == [
        f"Removed the Secret {namespace}/gone-lodge: its pod gone is gone",
        f"Removed the Pod {namespace}/executor: its driver's pod gone is gone",
    ]
    expected = ["pod/alive", *(f"secret/{name}" for name in ("alive-lodge", "another"))]
    expected += ["secret/plain", "secret/soon-lodge"]
    wait_for(lambda: left() == expected, 60, "the executor is gone")
