"""Lodge on Kubernetes: what is settled in the pod of each part before it starts.

The parts are the processes of one machine, a pod each: they have the same commands and the same
settings, and find each other by the names of their Services.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lodge_spawner import LocalSettings, SparkSettings
from lodge_spawner.profiles import Profile
from lodge_spawner.spark import machine_properties

from .. import programs
from ..addresses import Addresses
from ..deployment import Deployment, Helpers
from ..platform import Platform, hive_tables, sources_of
from ..roles import SERVICES
from ..settings.kubernetes import Kubernetes
from .addresses import (
    HUB_PORT,
    METASTORE_PORT,
    PROXY_PORT,
    SERVICE_PORT,
    cluster_of,
    part_addresses,
)

#: The parts that servers speak with, by the label of their pods.
SERVER_PEERS = ("hub", "proxy", *SERVICES, "metastore")


@dataclass(frozen=True)
class Cluster(Deployment):
    """A Kubernetes, where the chart runs each part in a pod of its own."""

    @property
    def kubernetes(self) -> Kubernetes:
        """The settings of Lodge on Kubernetes."""
        return cluster_of(self.settings)

    @property
    def spawner_config(self) -> Path:
        """The file of the spawner's configuration."""
        return Path(__file__).with_name("spawner_config.py")

    @property
    def named_servers(self) -> int:
        """How many servers a user may have beside the first one."""
        return self.kubernetes.named_servers

    def addresses(self) -> Addresses:
        """Return where the parts listen in their pods, and the names of their Services.

        Raises
        ------
        SettingsError
            The public address, or that of the provider, is missing.
        """
        return part_addresses(self.settings, self.kubernetes)

    def prepare(self) -> Platform:
        """Settle what a part is started with in its pod.

        Raises
        ------
        SettingsError, FolderError
            The settings are a single machine's, or lack an address.
        """
        settings, folder, kubernetes = self.settings, self.folder, self.kubernetes
        folder.make()
        java, spark = programs.java_home(settings.spark.java_home), programs.spark_home()
        where = self.addresses()
        local = LocalSettings(
            data_dir=folder.root,
            instance=kubernetes.instance,
            separate_users=False,
            spark=SparkSettings(
                home=spark or Path(),
                java_home=java or Path(),
                python=Path(sys.executable),
                properties={
                    **machine_properties(settings.spark.master),
                    **hive_tables(settings, folder, where),
                    **settings.spark.properties,
                },
                limits=settings.spark.limits,
            ),
            sources=sources_of(settings, Path(kubernetes.samples_dir)),
        )
        return Platform(settings, folder, where, local)

    def spawner_traits(self, platform: Platform) -> dict[str, Any]:
        """Return the traits of `SparkKubeSpawner`."""
        settings, kubernetes = platform.settings, self.kubernetes
        parts = [{"podSelector": {"matchLabels": {"component": name}}} for name in SERVER_PEERS]
        home = {"matchLabels": {"kubernetes.io/metadata.name": kubernetes.namespace}}
        traits: dict[str, Any] = {
            "instance": kubernetes.instance,
            "user_namespace_template": kubernetes.namespace_template,
            "premade_namespaces": kubernetes.premade_namespaces,
            "profiles": {
                name: _profile(profile, platform).model_dump(exclude_unset=True)
                for name, profile in settings.profiles.items()
            },
            "sources": platform.local.sources,
            "hub_peers": [
                *({"namespaceSelector": home, **part} for part in parts),
                *({"ipBlock": {"cidr": _network(each)}} for each in kubernetes.hub_addresses),
            ],
            "hub_ports": [PROXY_PORT, HUB_PORT, SERVICE_PORT, METASTORE_PORT],
            "node_ports": kubernetes.node_ports,
            "storage_capacity": kubernetes.home_size,
            "start_timeout": kubernetes.start_timeout_s,
            "patience_s": kubernetes.patience_s,
        }
        if kubernetes.storage_class:
            traits["storage_class"] = kubernetes.storage_class
        if kubernetes.api_server:
            traits["api_server"] = kubernetes.api_server
        return traits

    def helpers(self) -> Helpers:
        """Return the services that the hub itself runs on Kubernetes, and their roles.

        The reaper removes what servers left behind; the culler stops servers that nobody uses.
        """
        kubernetes = self.kubernetes
        if kubernetes.premade_namespaces:
            places = kubernetes.namespace_template
        elif any(profile.spark.mode == "pods" for profile in self.settings.profiles.values()):
            places = ""
        else:
            # The hub has rights in its own namespace alone, where all servers are then.
            places = kubernetes.namespace
        # Kubernetes' client takes half a second, which every `lodge` command would wait for.
        from lodge_spawner import reaper_service

        services = reaper_service.services(
            kubernetes.instance, kubernetes.reap_every_s, user_namespaces=places
        )
        roles = reaper_service.roles() if services else []
        if kubernetes.cull_after_s:
            command = [
                *(sys.executable, "-m", "jupyterhub_idle_culler"),
                f"--timeout={kubernetes.cull_after_s}",
                f"--cull-every={kubernetes.cull_every_s}",
            ]
            services.append({"name": "culler", "command": command})
            scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
            roles.append(
                {
                    "name": "culler",
                    "description": "Stops servers that nobody uses",
                    "scopes": scopes,
                    "services": ["culler"],
                }
            )
        return Helpers(services, roles)


def _network(address: str) -> str:
    return address if "/" in address else f"{address}/{128 if ':' in address else 32}"


def _profile(profile: Profile, platform: Platform) -> Profile:
    """Return the profile with the installation's Spark properties, which its own override."""
    common = {
        **hive_tables(platform.settings, platform.folder, platform.addresses),
        **platform.settings.spark.properties,
    }
    spark = profile.spark.model_copy(
        update={
            "properties": {**common, **profile.spark.properties},
            "limits": {**platform.settings.spark.limits, **profile.spark.limits},
        }
    )
    return Profile.model_validate({**profile.model_dump(), "spark": spark.model_dump()})
