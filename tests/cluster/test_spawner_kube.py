"""Servers on a real Kubernetes: Spark from pods, what is closed, what is left, what can fail."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from support.lodge import wait_for

from cluster import spawner_hub
from cluster.kubernetes import Cluster
from cluster.kubernetes.names import ADDRESS, PYTHON_IMAGE
from cluster.spawner_hub import PODS, SMALL

PROFILES = {
    "spark": SMALL | {"spark": PODS, "quota": {"pods": "8"}},
    "missing": SMALL | {"image": "lodge.test/nonesuch:1"},
    "huge": SMALL | {"cpu": "900", "cpu_limit": "900"},
    "crash": SMALL | {"image": PYTHON_IMAGE},
    "full": SMALL | {"spark": PODS, "quota": {"pods": "0"}},
    "theirs": SMALL | {"groups": ["elsewhere"]},
}

SESSION = """
import socket, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
counted = spark.range(100_000).selectExpr('id % 7 k').groupBy('k').count().count()
hosts = spark.sparkContext.parallelize(range(8), 8).map(lambda _: socket.gethostname()).distinct()
print(counted, len(hosts.collect()), spark.sparkContext.master, flush=True)
sys.stdin.read()
"""

CALL = """
import json, ssl, sys, urllib.error, urllib.request
folder = '/var/run/secrets/kubernetes.io/serviceaccount'
context = ssl.create_default_context(cafile=folder + '/ca.crt')
headers = {'Authorization': 'Bearer ' + open(folder + '/token').read(),
           'Content-Type': 'application/json'}
for method, path, body in json.loads(sys.argv[1]):
    url = 'https://kubernetes.default.svc' + path
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        print(urllib.request.urlopen(request, context=context, timeout=20).status)
    except urllib.error.HTTPError as error:
        print(error.code)
"""

CONNECT = """
import socket, sys
for address in sys.argv[1:]:
    host, port = address.rsplit(':', 1)
    try:
        socket.create_connection((host, int(port)), 3).close()
        print('open')
    except OSError:
        print('closed')
"""


@pytest.fixture(scope="module")
def hub(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[spawner_hub.Hub]:
    folder = tmp_path_factory.mktemp("hub")
    with spawner_hub.serving(cluster, folder, PROFILES, "ada", "bob") as made:
        yield made


@pytest.fixture
def ada(hub: spawner_hub.Hub) -> Iterator[spawner_hub.Hub]:
    """A hub where Ada's server runs, with executors as pods."""
    last = hub.spawn("ada", "spark")
    assert last.get("ready"), (last, hub.log.read_text()[-3000:])
    yield hub
    hub.stop("ada")


def test_a_plain_session_in_a_pod_has_executors_that_go_with_the_server(
    cluster: Cluster, hub: spawner_hub.Hub
) -> None:
    assert hub.spawn("ada", "spark").get("ready")
    with (hub.folder / "session.log").open("w") as errors:
        process = cluster.in_node(
            ["kubectl", *hub.command("ada", SESSION)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        assert process.stdout is not None
        said = process.stdout.readline()
        log = (hub.folder / "session.log").read_text()
        assert said.split() == ["7", "2", "k8s://https://kubernetes.default.svc:443"], log
        assert len(hub.names("ada", "pods")) == 3
        hub.stop("ada")
        wait_for(lambda: not hub.names("ada", "pods"), 60, "no executor is left")
    wait_for(lambda: hub.nothing_left("ada"), 60, "all of the server is gone")
    # What the user has made stays.
    assert hub.names("ada", "persistentvolumeclaims")


def test_one_user_can_do_nothing_to_another(cluster: Cluster, ada: spawner_hub.Hub) -> None:
    assert ada.spawn("bob", "spark").get("ready")
    theirs = f"/api/v1/namespaces/{ada.namespace('bob')}/pods"
    own = f"/api/v1/namespaces/{ada.namespace('ada')}"
    pod = {"metadata": {"name": "mine"}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}
    attempts = [
        ("GET", theirs, None),
        ("POST", theirs, pod),
        ("DELETE", f"{theirs}/{ada.pod('bob')}", None),
        ("POST", f"{theirs}/{ada.pod('bob')}/exec?command=id&stdout=1", None),
        ("GET", f"/api/v1/namespaces/{ada.namespace('bob')}/secrets", None),
        # In the own namespace: pods, but none that gets out of its container, and no Secrets.
        ("GET", f"{own}/pods", None),
        ("POST", f"{own}/pods", pod),
        ("GET", f"{own}/secrets", None),
    ]
    said = ada.run("ada", CALL, json.dumps(attempts)).split()
    assert said == ["403"] * 5 + ["200", "403", "403"]
    address = cluster.get("-n", ada.namespace("bob"), "pod", ada.pod("bob"))["status"]["podIP"]
    tried = [f"{address}:8888", "169.254.169.254:80", f"{ADDRESS}:8081", f"{ADDRESS}:10250"]
    assert ada.run("ada", CONNECT, *tried).split() == ["closed", "closed", "open", "closed"]
    ada.stop("bob")


def test_a_pod_holds_no_more_than_it_needs(cluster: Cluster, ada: spawner_hub.Hub) -> None:
    pod = cluster.get("-n", ada.namespace("ada"), "pod", ada.pod("ada"))
    (container,) = pod["spec"]["containers"]
    assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    shown = "import os; print(os.getuid(), oct(os.stat('/etc/lodge/sources.toml').st_mode)[-3:])"
    assert ada.run("ada", shown).split() == ["1000", "440"]


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("missing", "The image lodge.test/nonesuch:1 can't be fetched"),
        ("huge", "No node of the cluster has room for the server"),
        ("crash", "The server's container can't be made"),
        ("full", "exceed the quota of your namespace"),
        ("theirs", "The profile theirs can't be used"),
        ("nonesuch", "The profile nonesuch can't be used"),
    ],
)
def test_a_start_that_can_not_work_ends_with_its_cause(
    cluster: Cluster, hub: spawner_hub.Hub, profile: str, said: str
) -> None:
    last = hub.spawn("bob", profile)
    assert last.get("failed"), last
    assert said in last["message"]
    if profile not in ("theirs", "nonesuch"):
        assert "Kubernetes says:" in last["message"]
    hub.wait_until_stopped("bob")
    wait_for(lambda: not hub.names("bob", "secrets"), 30, "no Secret is left")
