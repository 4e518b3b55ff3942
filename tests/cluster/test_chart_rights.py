"""What the chart makes of the hub's rights, without a release of it."""

from __future__ import annotations

from typing import Any

import yaml  # type: ignore[import-untyped]

from cluster.installed import CHART
from cluster.kubernetes import Cluster

GIVEN = {"publicUrl": "https://lodge.example.com", "identity.publicUrl": "https://id.example.com"}


def rendered(cluster: Cluster, premade: bool) -> list[dict[str, Any]]:
    told = [f"--set={key}={value}" for key, value in GIVEN.items()]
    told.append(f"--set=singleuser.premadeNamespaces={str(premade).lower()}")
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
