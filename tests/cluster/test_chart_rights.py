"""What the chart makes of rights and secrets, without a release of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import yaml  # type: ignore[import-untyped]
from lodge_hub.settings.shares import Shares

from cluster.installed import CHART
from cluster.kubernetes import Cluster

GIVEN = {"publicUrl": "https://lodge.example.com", "identity.publicUrl": "https://id.example.com"}


def rendered(
    cluster: Cluster, premade: bool = False, more: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    given = {**GIVEN, "singleuser.premadeNamespaces": str(premade).lower(), **(more or {})}
    told = [f"--set={key}={value}" for key, value in given.items()]
    made = cluster.helm("template", "lodge", str(CHART), "--namespace", "team", *told)
    return [each for each in yaml.safe_load_all(made) if each]


def named(made: list[dict[str, Any]]) -> list[str]:
    return [f"{each['kind']}/{each['metadata']['name']}" for each in made]


def test_with_premade_namespaces_nothing_is_made_in_the_cluster_as_a_whole(
    cluster: Cluster,
) -> None:
    words = cluster.kubectl("api-resources", "--namespaced=false", "--no-headers").splitlines()
    everywhere = {line.split()[-1] for line in words}
    assert {"Namespace", "ClusterRole", "ClusterRoleBinding"} <= everywhere
    usual, premade = rendered(cluster, False), rendered(cluster, True)
    assert {each["kind"] for each in usual} & everywhere == {"ClusterRole", "ClusterRoleBinding"}
    assert not {each["kind"] for each in premade} & everywhere
    assert set(named(usual)) - set(named(premade)) == {
        *("ClusterRole/team-lodge-hub", "ClusterRoleBinding/team-lodge-hub"),
    }
    assert {"ServiceAccount/hub", "Role/hub", "RoleBinding/hub"} <= set(named(premade))
    (settings,) = (
        each["data"]["lodge.toml"]
        for each in premade
        if each["kind"] == "ConfigMap" and "lodge.toml" in each["data"]
    )
    assert '"premade_namespaces" = true' in settings


def test_the_secret_of_the_store_of_shares_goes_to_that_part_alone(cluster: Cluster) -> None:
    asked = {
        "shares.storeSecret": "lodge-s3",
        "config.shares.store": "s3://notebooks/team",
        "config.shares.s3.access_key": "lodge",
    }
    made = rendered(cluster, more=asked)
    (text,) = (each["data"]["lodge.toml"] for each in made if "lodge.toml" in each.get("data", {}))
    shares = Shares.model_validate(tomllib.loads(text)["shares"])
    assert shares.s3.secret_file == "/etc/lodge/store/secret"
    holders = {}
    for each in made:
        if each["kind"] == "Deployment":
            pod = each["spec"]["template"]["spec"]
            for volume in pod["volumes"]:
                if volume.get("secret", {}).get("secretName") == "lodge-s3":
                    mounts = {one["name"]: one for one in pod["containers"][0]["volumeMounts"]}
                    holders[each["metadata"]["name"]] = mounts[volume["name"]]["mountPath"]
    assert holders == {"shares": "/etc/lodge/store"}
