"""A hub that is killed while it starts and stops servers: nobody lost, nothing left."""

from __future__ import annotations

from functools import partial

import pytest
from support.lodge import wait_for

from cluster import spawner_hub
from cluster.kubernetes import Cluster
from cluster.spawner_hub import PODS, SMALL, STANDALONE, Hub

PROFILES = {
    "spark": SMALL | {"spark": PODS},
    "outside": SMALL | {"spark": STANDALONE},
}


def uid(cluster: Cluster, hub: Hub, user: str) -> str:
    pod = cluster.get("-n", hub.namespace(user), "pod", hub.pod(user))
    return str(pod["metadata"]["uid"])


def going(cluster: Cluster, hub: Hub, user: str) -> bool:
    pods = cluster.get("-n", hub.namespace(user), "pods")["items"]
    return any("deletionTimestamp" in each["metadata"] for each in pods)


def settled(hub: Hub, user: str) -> bool:
    return hub.server(user) in ("", "ready")


def test_a_killed_hub_loses_nobody_and_leaves_nothing(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    users = ("ada", "bob", "cyd", "dan")
    with spawner_hub.serving(cluster, folder, PROFILES, *users) as hub:
        assert hub.spawn("bob", "spark").get("ready")
        assert hub.spawn("cyd", "outside").get("ready")
        before = uid(cluster, hub, "bob")
        # Ada's pod is made, Dan's hardly.
        hub.begin("ada", "spark")
        wait_for(lambda: hub.names("ada", "pods"), 30, "Ada's pod")
        made = uid(cluster, hub, "ada")
        hub.begin("dan", "outside")
        wait_for(lambda: hub.names("dan", "secrets"), 30, "Dan's Secret")
        hub.kill()
        hub.start()
        for user in users:
            wait_for(partial(settled, hub, user), 90, f"{user} is {hub.server(user)}")
        # Who was starting is served by the same pod, who was running has never noticed.
        assert (hub.server("ada"), uid(cluster, hub, "ada")) == ("ready", made)
        assert (hub.server("bob"), uid(cluster, hub, "bob")) == ("ready", before)
        assert hub.names("ada", "services") == [f"{hub.pod('ada')}-spark"]
        hub.begin_stop("cyd")
        wait_for(lambda: going(cluster, hub, "cyd"), 30, "Cyd's pod is stopped")
        hub.kill()
        hub.start()
        wait_for(lambda: hub.server("cyd") == "", 60, f"Cyd's server is {hub.server('cyd')}")
        assert hub.server("bob") == "ready"
        for user in ("ada", "bob", "dan"):
            if hub.server(user):
                hub.stop(user)
        for user in users:
            wait_for(partial(hub.nothing_left, user), 60, f"{user}'s are gone")


def test_what_the_hub_has_forgotten_is_removed_and_the_log_says_why(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("hub")
    with spawner_hub.serving(cluster, folder, PROFILES, "ada", "bob") as hub:
        assert hub.spawn("ada", "spark").get("ready")
        hub.kill()
        (folder / "hub.sqlite").unlink()
        hub.start()
        wait_for(lambda: hub.nothing_left("ada"), 90, "all of Ada's server is gone")
        where = f"{hub.namespace('ada')}/{hub.pod('ada')}"
        why = "the hub runs no such server of ada"
        wait_for(lambda: f"Removed the Pod {where}: {why}" in hub.log.read_text(), 10)
