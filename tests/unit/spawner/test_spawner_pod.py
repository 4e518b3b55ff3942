"""The pod of a server: a function of settings and profile, whenever it is asked for."""

import json
from typing import Any

import pytest
from lodge_spawner import SparkKubeSpawner
from lodge_spawner.manifests.server import FILES
from lodge_spawner.spark_cluster import TEMPLATE
from traitlets.config import Config


@pytest.fixture(autouse=True)
def _without_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request be made: KubeSpawner looks for a cluster when it is made."""
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    monkeypatch.setattr("kubespawner.spawner.shared_client", lambda _: None)


def spawner(**settings: Any) -> SparkKubeSpawner:
    """Return a spawner of a user who has chosen nothing, without a cluster."""
    config = Config({"SparkKubeSpawner": {"image": "server:1", "namespace": "lodge", **settings}})
    return SparkKubeSpawner(config=config, _mock=True)


def plain(part: Any) -> Any:
    """Return what the API server would be sent."""
    return part.to_dict() if hasattr(part, "to_dict") else part


async def test_a_pod_is_told_before_anything_was_chosen() -> None:
    pod = await spawner().get_pod_manifest()
    (container,) = pod.spec.containers
    assert container.image == "server:1"
    assert {each.name: each.value for each in container.env}["LODGE_SOURCES"].startswith(FILES)
    assert pod.spec.enable_service_links is False
    assert {"name": "lodge", "mountPath": FILES, "readOnly": True} in container.volume_mounts


async def test_it_is_the_same_each_time() -> None:
    one = spawner(profiles={"pods": {"image": "server:2", "spark": {"mode": "pods"}}})
    assert plain(await one.get_pod_manifest()) == plain(await one.get_pod_manifest())


@pytest.mark.parametrize(
    ("setting", "value", "found"),
    [
        (
            "volumes",
            [{"name": "data", "emptyDir": {}}],
            lambda pod: [plain(each)["name"] for each in pod.spec.volumes] == ["data", "lodge"],
        ),
        (
            "volume_mounts",
            [{"name": "data", "mountPath": "/data"}],
            lambda pod: "/data" in str(plain(pod.spec.containers[0].volume_mounts[0])),
        ),
        (
            "init_containers",
            [{"name": "first", "image": "busybox"}],
            lambda pod: plain(pod.spec.init_containers[0])["name"] == "first",
        ),
        (
            "extra_containers",
            [{"name": "beside", "image": "busybox"}],
            lambda pod: [plain(each)["name"] for each in pod.spec.containers[1:]] == ["beside"],
        ),
        (
            "environment",
            {"TEAM": {"valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}},
            lambda pod: "TEAM" in [plain(each)["name"] for each in pod.spec.containers[0].env],
        ),
        (
            "tolerations",
            [{"key": "gpu", "operator": "Exists"}],
            lambda pod: plain(pod.spec.tolerations[0])["key"] == "gpu",
        ),
        (
            "node_affinity_required",
            [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}],
            lambda pod: "zone" in str(plain(pod.spec.affinity)),
        ),
        (
            "pod_anti_affinity_preferred",
            [
                {
                    "weight": 1,
                    "podAffinityTerm": {
                        "labelSelector": {"matchLabels": {"component": "hub"}},
                        "topologyKey": "kubernetes.io/hostname",
                    },
                }
            ],
            lambda pod: "kubernetes.io/hostname" in str(plain(pod.spec.affinity)),
        ),
    ],
)
async def test_what_kubespawner_can_be_told_stands_in_it(
    setting: str, value: Any, found: Any
) -> None:
    assert found(await spawner(**{setting: value}).get_pod_manifest())


async def test_what_was_chosen_stands_in_it_once_it_is_loaded() -> None:
    profiles = {"big": {"image": "server:2", "spark": {"mode": "pods"}, "groups": []}}
    one = spawner(profiles=profiles)
    one.user.groups = []
    one.user_options = {"profile": "big"}
    await one.load_user_options()
    pod = await one.get_pod_manifest()
    assert pod.spec.containers[0].image == "server:2"
    assert pod.spec.automount_service_account_token
    items = pod.spec.volumes[-1]["secret"]["items"]
    assert [each["key"] for each in items] == ["spark-defaults.conf", "sources.toml", TEMPLATE]


async def test_a_server_is_told_its_profile_and_those_of_its_user() -> None:
    profiles = {
        "small": {"image": "server:1", "name": "Small"},
        "gpu": {"image": "server:2", "name": "GPU {x}"},
        "closed": {"image": "server:3", "groups": ["elsewhere"]},
    }
    one = spawner(profiles=profiles)
    assert "LODGE_PROFILE" not in one.get_env()
    one.user.groups = []
    one.user_options = {"profile": "gpu"}
    await one.load_user_options()
    env = one.get_env()
    assert env["LODGE_PROFILE"] == "gpu"
    assert json.loads(env["LODGE_PROFILES"]) == {"small": "Small", "gpu": "GPU {x}"}


def test_a_link_can_name_the_profile() -> None:
    one = spawner(profiles={"small": {"image": "server:1"}, "gpu": {"image": "server:2"}})
    # As the hub hands on what stands behind `opt-` in a link.
    assert one.options_from_query({"profile": ["gpu"]}) == {"profile": "gpu"}
