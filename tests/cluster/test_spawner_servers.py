"""What a user sees of starts: phases, several servers, a volume that can't be had."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from support.lodge import wait_for

from cluster import spawner_hub
from cluster.kubernetes import Cluster
from cluster.spawner_hub import PODS, SMALL, STANDALONE, Hub

PROFILES = {
    "spark": SMALL | {"spark": PODS},
    "outside": SMALL | {"spark": STANDALONE},
    "team": SMALL | {"spark": PODS, "volumes": [{"claim": "team", "path": "/team"}]},
}
UNBOUND = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "team"},
    "spec": {
        "storageClassName": "nonesuch",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
# Of the server "late" Kubernetes does not find out for an hour that it has started.
LATE = """
def late(spawner, pod):
    if spawner.name == "late":
        socket = {"port": spawner.port}
        pod.spec.containers[0].startup_probe = {"tcpSocket": socket, "initialDelaySeconds": 3600}
    return pod


c.SparkKubeSpawner.modify_pod_hook = late
"""


@pytest.fixture(scope="module")
def hub(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    with spawner_hub.serving(cluster, folder, PROFILES, "ada", more=LATE) as made:
        yield made


def test_the_page_of_a_start_tells_its_phases_as_they_happen(hub: Hub) -> None:
    hub.begin("ada", "spark")
    told = hub.told("ada")
    hub.stop("ada")
    own = [each["message"] for each in told if "raw_event" not in each]
    begins = ["Server requested", "Your namespace", "The volume of your home"]
    begins += ["What the server may do", "The server waits", "There is a place", "The image is th"]
    begins += ["The container has started", "The server answers", "Server ready at"]
    assert len(own) == len(begins), own
    for message, begin in zip(own, begins, strict=True):
        assert message.startswith(begin)
    percents = [each["progress"] for each in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    # What Kubernetes says is shown beside.
    assert any("raw_event" in each for each in told)


def test_a_server_that_answers_is_up_before_kubernetes_says_so(hub: Hub) -> None:
    last = hub.spawn("ada", "spark", "late")
    assert last.get("ready"), last
    pod = hub.cluster.get("-n", hub.namespace("ada"), "pod", hub.pod("ada", "late"))
    assert not pod["status"]["containerStatuses"][0]["ready"]
    hub.stop("ada", "late")


def test_servers_of_one_user_have_objects_and_ports_of_their_own(hub: Hub) -> None:
    assert hub.spawn("ada", "outside", "one").get("ready")
    assert hub.spawn("ada", "outside", "two").get("ready")
    found = hub.cluster.get("-n", hub.namespace("ada"), "services")["items"]
    services = {each["metadata"]["name"]: each["spec"]["ports"] for each in found}
    pods = [hub.pod("ada", name) for name in ("one", "two")]
    assert sorted(services) == [f"{pod}-spark" for pod in pods]
    ports = [port["nodePort"] for each in services.values() for port in each]
    assert len(ports) == len(set(ports)) == 8
    shown = "import os; print(os.environ['JUPYTERHUB_SERVER_NAME'], os.environ['HOSTNAME'])"
    assert hub.run("ada", shown, name="two").split() == ["two", pods[1]]
    hub.stop("ada", "one")
    assert hub.names("ada", "pods") == pods[1:]
    wait_for(lambda: hub.names("ada", "services") == [f"{pods[1]}-spark"], 30, "one is gone")
    hub.stop("ada", "two")
    wait_for(lambda: hub.nothing_left("ada"), 30, "two is gone")


def test_a_claim_that_stays_unbound_ends_the_start_with_the_cause(hub: Hub) -> None:
    assert hub.spawn("ada", "team").get("failed")
    hub.wait_until_stopped("ada")
    hub.cluster.kubectl("-n", hub.namespace("ada"), "create", "-f", "-", stdin=json.dumps(UNBOUND))
    last = hub.spawn("ada", "team")
    assert last.get("failed"), last
    assert "its claim is missing or unbound" in last["message"]
    assert "Kubernetes says:" in last["message"]
    hub.wait_until_stopped("ada")
