"""Users' namespaces that an admin has made: the hub needs no rights in the cluster as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from click.testing import CliRunner
from lodge_hub.cli import main
from support.lodge import wait_for

from cluster import spawner_hub
from cluster.kubernetes import Cluster, KubectlError
from cluster.spawner_hub import PODS, SMALL, Hub

PROFILES = {"spark": SMALL | {"spark": PODS}}
SPARK = """
from pyspark.sql import SparkSession
print(SparkSession.builder.getOrCreate().range(1000).repartition(2).count())
"""


def kubeconfig(cluster: Cluster, namespace: str, folder: Path) -> Path:
    """Write what makes a program the service account `hub`."""
    made = yaml.safe_load(cluster.kubeconfig.read_text())
    token = cluster.kubectl("-n", namespace, "create", "token", "hub")
    for user in made["users"]:
        user["user"] = {"token": token}
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(made))
    return file


def of_users(folder: Path, namespace: str, instance: str, *users: str) -> str:
    """Return what an admin makes for users, as `lodge namespace` prints it."""
    settings = folder / "lodge.toml"
    settings.write_text(f"""
[kubernetes]
instance = "{instance}"
namespace = "{namespace}"
premade_namespaces = true
[profiles.spark]
image = "{spawner_hub.IMAGE}"
spark = {{ mode = "pods" }}
""")
    done = CliRunner().invoke(main, ["namespace", *users, "--config", str(settings)])
    assert done.exit_code == 0, done.output
    return done.stdout


def orphan(hub: Hub, user: str) -> dict[str, object]:
    """Return the Secret of a server that is no more, of which its hub knows nothing."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "gone-lodge",
            "namespace": hub.namespace(user),
            "labels": {"lodge/instance": hub.instance, "lodge/server": "gone"},
            "annotations": {
                "hub.jupyter.org/username": user,
                "hub.jupyter.org/servername": "gone",
            },
        },
    }


def test_a_hub_with_rights_in_premade_namespaces_alone_starts_servers_with_executors(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    cluster.kubectl("-n", namespace, "create", "serviceaccount", "hub")
    hub = Hub(cluster, tmp_path, PROFILES, premade=True)
    hub.kubeconfig = kubeconfig(cluster, namespace, tmp_path)
    user_namespace = hub.namespace("ada")
    cluster.apply(of_users(tmp_path, namespace, hub.instance, "ada"))
    try:
        account = f"--as=system:serviceaccount:{namespace}:hub"
        with pytest.raises(KubectlError, match="no"):
            cluster.kubectl("auth", "can-i", "list", "pods", "--all-namespaces", account)
        with hub.running():
            hub.add("ada")
            hub.add("bob")
            # Nobody has made Bob's.
            hub.begin("bob", "spark")
            told = "the hub lacks a right in the cluster"
            wait_for(lambda: told in hub.log.read_text(), 30, told)
            assert hub.spawn("ada", "spark").get("ready"), hub.log.read_text()[-3000:]
            assert hub.run("ada", SPARK).strip() == "1000"
            labels = cluster.get("namespace", user_namespace)["metadata"]["labels"]
            assert labels["pod-security.kubernetes.io/enforce"] == "restricted", json.dumps(labels)
            # What is left behind goes, what runs stays.
            cluster.apply(orphan(hub, "ada"))
            gone = f"Removed the Secret {user_namespace}/gone-lodge: its pod gone is gone"
            wait_for(lambda: gone in hub.log.read_text(), 30, gone)
            assert hub.server("ada") == "ready"
            hub.stop("ada")
            wait_for(lambda: hub.nothing_left("ada"), 60, "all of the server is gone")
            # It has asked of nothing but namespaces, and passed over Bob's.
            assert "Nothing was removed: the cluster said" not in hub.log.read_text()
    finally:
        hub.remove("ada")
