"""What one start of a server makes: properties, files, variables, ports."""

import json
from dataclasses import replace
from typing import Any

import pytest
from lodge_spawner.kube_plan import Plan, overrides
from lodge_spawner.manifests import Server, owned_by
from lodge_spawner.manifests.policies import Reach
from lodge_spawner.node_ports import candidates, is_taken
from lodge_spawner.profiles import Profile
from lodge_spawner.spark_cluster import pod_ports, session_properties

SERVER = Server("jupyter-ada", "lodge-ada", user="ada")
SOURCES = {
    "default": "flights",
    "sources": {
        "flights": {"type": "postgres", "host": "10.1.2.3", "user": "a", "password_env": "PW"},
        "hr": {"type": "mysql", "host": "hr.example.org", "user": "b", "password_env": "HR_PW"},
    },
}
OUTSIDE = {"mode": "outside", "master": "spark://m:7077", "networks": ["10.9.0.0/16"]}


def plan(**profile: Any) -> Plan:
    made = Profile.model_validate({"image": "server:1", **profile})
    ports = None if made.spark.mode == "local" else pod_ports(made.spark.sessions)
    return Plan(SERVER, made, Reach(), SOURCES, ports=ports)


def test_a_session_with_pods_finds_its_way_back_by_the_service() -> None:
    made = plan(spark={"mode": "pods", "sessions": 4, "properties": {"spark.x": "y"}})
    found = session_properties(made.profile.spark, SERVER, "server:1", made.ports)
    assert found["spark.master"] == "k8s://https://kubernetes.default.svc:443"
    assert found["spark.driver.host"] == "jupyter-ada-spark.lodge-ada.svc"
    assert found["spark.kubernetes.driver.pod.name"] == "jupyter-ada"
    assert found["spark.port.maxRetries"] == "3"
    assert found["spark.x"] == "y"
    assert found["spark.authenticate"] == "true"
    assert "share/lodge/spark-classes.jsa" in found["spark.driver.defaultJavaOptions"]


def test_a_session_with_executors_outside_names_the_node() -> None:
    made = plan(spark=OUTSIDE | {"queue": "analytics", "python": "/opt/python3"})
    found = session_properties(made.profile.spark, SERVER, "server:1", made.ports)
    assert found["spark.driver.host"] == "${env:LODGE_NODE_ADDRESS}"
    assert found["spark.yarn.queue"] == "analytics"
    variables = made.environment()
    assert variables["PYSPARK_PYTHON"] == "/opt/python3"
    assert variables["LODGE_NODE_ADDRESS"]["valueFrom"]["fieldRef"]["fieldPath"] == "status.hostIP"


def test_a_local_session_listens_on_loopback_alone() -> None:
    found = session_properties(plan().profile.spark, SERVER, "server:1", None)
    assert found["spark.master"] == "local[*]"
    assert found["spark.driver.bindAddress"] == "127.0.0.1"
    assert plan().namespace() == []


def test_passwords_are_in_the_secret_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PW", "geheim")
    monkeypatch.setenv("HR_PW", "not for them")
    made = plan(sources=["flights"], spark={"mode": "pods"})
    assert made.secret()["stringData"]["PW"] == "geheim"
    assert "not for them" not in json.dumps(made.secret())
    assert "hr" not in made.secret()["stringData"]["sources.toml"]
    assert "geheim" not in json.dumps(made.environment())
    volumes, _ = made.volumes()
    assert "PW" not in [item["key"] for item in volumes[0]["secret"]["items"]]


def test_the_files_of_hadoop_are_in_the_secret_and_in_a_folder_of_the_server() -> None:
    made = replace(plan(spark=OUTSIDE), hadoop={"yarn-site.xml": "<configuration/>"})
    assert made.secret()["stringData"]["hadoop-yarn-site.xml"] == "<configuration/>"
    volumes, _ = made.volumes()
    items = volumes[0]["secret"]["items"]
    assert {"key": "hadoop-yarn-site.xml", "path": "hadoop/yarn-site.xml"} in items
    variables = made.environment()
    assert variables["HADOOP_CONF_DIR"] == "/etc/lodge/hadoop"
    assert variables["HADOOP_USER_NAME"] == "ada"


def test_a_source_that_is_named_by_its_address_is_in_reach() -> None:
    policy, *_ = plan().policies(owned_by("Secret", "s", "1"))
    (rule,) = policy["spec"]["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "10.1.2.3/32"}}]
    assert rule["ports"] == [{"protocol": "TCP", "port": 5432}]


def test_a_profile_sets_all_that_another_may_have_set() -> None:
    rich = Profile(image="a", cpu="500m", gpu=2, node_selector={"pool": "gpu"})
    assert overrides(rich)["extra_resource_limits"] == {"nvidia.com/gpu": "2"}
    assert overrides(rich)["cpu_guarantee"] == 0.5
    assert set(overrides(rich)) == set(overrides(Profile(image="b")))


def test_ranges_of_node_ports_never_overlap() -> None:
    ranges = list(candidates(31000, 31032, sessions=4))
    numbers = [port for each in ranges for port in each.numbers()]
    assert len(ranges) == 4
    assert len(numbers) == len(set(numbers))
    assert min(numbers) >= 31000
    assert max(numbers) <= 31032


def test_a_taken_port_is_told_from_other_refusals() -> None:
    message = '{"message": "spec.ports[0].nodePort: provided port is already allocated"}'
    assert is_taken(422, message)
    assert not is_taken(422, '{"message": "not in the valid range"}')
    assert not is_taken(500, message)
