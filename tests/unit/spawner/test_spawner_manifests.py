"""The manifests beside a server's pod, against golden files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from lodge_spawner import manifests
from lodge_spawner.manifests.policies import Destination, Executors, Reach, SparkPorts

GOLDEN = Path(__file__).parent / "golden"
SERVER = manifests.Server("jupyter-ada", "lodge-ada")
OWNER = manifests.owned_by("Secret", SERVER.secret, "0c2b")
PORTS = SparkPorts(30000, 30100, sessions=16, executor=30200)
REACH = Reach(
    hub=(
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "lodge"}},
            "podSelector": {"matchLabels": {"component": "hub"}},
        },
    ),
    dns=({"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}},),
    api_server=(Destination("10.96.0.1", (443,)), Destination("10.88.0.11", (6443,))),
    destinations=(Destination("0.0.0.0/0", (5432,)),),
)
PULL_SECRET = {
    "metadata": {"name": "registry", "namespace": "lodge", "uid": "7"},
    "type": "kubernetes.io/dockerconfigjson",
    "data": {".dockerconfigjson": "e30="},
}

MADE: dict[str, Callable[[], Any]] = {
    "secret": lambda: manifests.private_files(
        SERVER, {"sources.toml": 'default = "flights"\n'}, {"FLIGHTS_PASSWORD": "geheim"}
    ),
    "driver-service": lambda: manifests.driver_service(SERVER, OWNER),
    "node-port-service": lambda: manifests.node_port_service(SERVER, [30500, 30501], OWNER),
    "policy-alone": lambda: manifests.server_policy(SERVER, Reach()),
    "policy-with-pods": lambda: manifests.server_policy(SERVER, REACH, Executors(PORTS), OWNER),
    "policy-with-executors-outside": lambda: manifests.server_policy(
        SERVER, REACH, Executors(PORTS, pods=False, networks=("10.20.0.0/16",)), OWNER
    ),
    "policy-of-executors": lambda: manifests.executor_policy(SERVER, REACH, PORTS, OWNER),
    "rights": lambda: manifests.rights("lodge-ada"),
    "premade": lambda: manifests.premade_namespace("lodge-ada", "hub", "lodge"),
    "closed": lambda: manifests.everything_closed("lodge-ada"),
    "quota": lambda: manifests.quota("lodge-ada", {"pods": "20", "requests.memory": "64Gi"}),
    "executor-template": lambda: manifests.executor_template(
        SERVER,
        1000,
        100,
        manifests.Nodes({"pool": "spark"}, [{"key": "spark", "operator": "Exists"}], ["registry"]),
    ),
    "handed-on": lambda: manifests.handed_on(PULL_SECRET, "lodge-ada", "lodge"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_manifest_is_as_its_golden_file_has_it(name: str) -> None:
    assert MADE[name]() == yaml.safe_load((GOLDEN / f"{name}.yaml").read_text())


def test_each_golden_file_is_of_a_manifest() -> None:
    assert {path.stem for path in GOLDEN.glob("*.yaml")} == set(MADE)


def test_names_fit_where_the_pod_has_the_longest_name() -> None:
    server = manifests.Server("p" * 55, "lodge")
    assert max(len(server.secret), len(server.service), len(f"{server.pod}-server")) <= 63


@pytest.mark.parametrize(
    ("network", "closed"),
    [
        ("0.0.0.0/0", ["169.254.169.254/32"]),
        ("169.254.0.0/16", ["169.254.169.254/32"]),
        ("::/0", ["fd00:ec2::254/128"]),
        ("10.0.0.0/8", None),
    ],
)
def test_the_metadata_address_stays_closed(network: str, closed: list[str] | None) -> None:
    policy = manifests.server_policy(SERVER, Reach(destinations=(Destination(network),)))
    (rule,) = policy["spec"]["egress"]
    assert rule["to"][0]["ipBlock"].get("except") == closed
