"""Lodge on Kubernetes: what is settled in the pod of one part before it starts.

The parts are the processes of one machine, a pod each: they have the same commands and the same
settings, and find each other by the names of their Services.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lodge_spawner import LocalSettings, SparkSettings, reaper_service
from lodge_spawner.manifests import premade_namespace
from lodge_spawner.manifests.server import Manifest
from lodge_spawner.profiles import Profile
from lodge_spawner.spark import hive_properties, machine_properties
from lodge_spawner.user_namespaces import user_namespace

from . import machine
from .addresses import Addresses, Endpoint
from .folders import DataFolder, FolderError
from .platform import Platform, sources_of
from .roles import SERVICES
from .settings import Settings, SettingsError
from .settings.kubernetes import Kubernetes

#: What the parts' Services and ports are called in the chart.
PROXY_PORT, HUB_PORT, PROXY_API_PORT, SERVICE_PORT, IDENTITY_PORT = 8000, 8081, 8001, 8080, 8002
METASTORE_PORT = 9083
#: The hub's service account in the chart.
HUB_ACCOUNT = "hub"

#: The parts that need Java and Spark: their pods run the servers' image.
WITH_SPARK = ("schedules", "metastore", "samples")


def cluster_of(settings: Settings) -> Kubernetes:
    """Return the settings of Lodge on Kubernetes.

    Raises
    ------
    SettingsError
        They are one machine's.
    """
    if settings.kubernetes is None:
        raise SettingsError(
            "There is no table [kubernetes] in the settings: on one machine `lodge up` runs all "
            "parts."
        )
    return settings.kubernetes


def addresses(settings: Settings, kubernetes: Kubernetes) -> Addresses:
    """Return where the parts listen in their pods, and the names of their Services.

    Raises
    ------
    SettingsError
        The public address, or that of the provider, is missing.
    """
    if not settings.server.public_url:
        raise SettingsError("On Kubernetes server.public_url is needed: browsers come by it.")
    if settings.server.public_url.startswith("http:") and not settings.server.allow_plain_http:
        raise SettingsError(
            f"Passwords and notebooks would cross the network readable by others at "
            f"{settings.server.public_url}: give an address with https, or acknowledge it with "
            "server.allow_plain_http = true."
        )
    if not (settings.identity.issuer or settings.identity.public_url):
        raise SettingsError(
            "On Kubernetes identity.issuer is needed, or identity.public_url for Lodge's own "
            "provider."
        )

    def part(name: str, port: int, scheme: str = "http") -> Endpoint:
        url = f"{scheme}://{name}.{kubernetes.namespace}:{port}"
        return Endpoint("0.0.0.0", port, url)  # noqa: S104 - in a pod of its own

    return Addresses(
        host="0.0.0.0",  # noqa: S104 - in a pod of its own
        port=PROXY_PORT,
        public_url=settings.server.public_url.rstrip("/"),
        identity_port=IDENTITY_PORT,
        issuer=(settings.identity.issuer or settings.identity.public_url).rstrip("/"),
        hub=part("hub", HUB_PORT),
        proxy_api=part("proxy-api", PROXY_API_PORT),
        metastore=part("metastore", METASTORE_PORT, "thrift"),
        services={name: part(name, SERVICE_PORT) for name in SERVICES},
    )


def prepare_part(settings: Settings, folder: DataFolder, name: str) -> Platform:
    """Settle what the part `name` is started with in its pod.

    Raises
    ------
    SettingsError, FolderError
        The settings are a single machine's, or the image lacks Java or Spark.
    """
    kubernetes = cluster_of(settings)
    folder.make()
    java, spark = machine.java_home(settings.spark.java_home), machine.spark_home()
    if name in WITH_SPARK and (java is None or spark is None):
        raise FolderError(f"The part {name} needs Java and Spark: its pod runs another image.")
    where = addresses(settings, kubernetes)
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
                **_hive(settings, folder, where),
                **settings.spark.properties,
            },
            limits=settings.spark.limits,
        ),
        sources=sources_of(settings, Path(kubernetes.samples_dir)),
    )
    return Platform(settings, folder, where, local)


def _hive(settings: Settings, folder: DataFolder, where: Addresses) -> dict[str, str]:
    warehouse = settings.hive.warehouse or f"file:{folder.warehouse}"
    return hive_properties(settings.hive.metastore or where.metastore.url, warehouse)


def spawner_traits(platform: Platform) -> dict[str, Any]:
    """Return the traits of `SparkKubeSpawner`, as JSON has them."""
    settings = platform.settings
    kubernetes = cluster_of(settings)
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


def premade_namespaces(kubernetes: Kubernetes, users: Iterable[str]) -> list[Manifest]:
    """Return the users' namespaces with the hub's rights in them, for an admin to make.

    Raises
    ------
    SettingsError
        The hub makes them itself.
    """
    if not kubernetes.premade_namespaces:
        raise SettingsError(
            "The hub makes the users' namespaces itself, since kubernetes.premade_namespaces is "
            "false. Where an admin is to make them, set it to true, or "
            "singleuser.premadeNamespaces in the values of the chart."
        )
    names = (user_namespace(kubernetes.namespace_template, user) for user in users)
    return [
        manifest
        for name in dict.fromkeys(names)
        for manifest in premade_namespace(
            name, HUB_ACCOUNT, kubernetes.namespace, kubernetes.instance
        )
    ]


def helpers(settings: Settings) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the services that the hub itself runs on Kubernetes, and their roles.

    The reaper removes what servers left behind; the culler stops servers that nobody uses.
    """
    kubernetes = cluster_of(settings)
    if kubernetes.premade_namespaces:
        places = kubernetes.namespace_template
    elif any(profile.spark.mode == "pods" for profile in settings.profiles.values()):
        places = ""
    else:
        # The hub has rights in its own namespace alone, where all servers are then.
        places = kubernetes.namespace
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
    return services, roles


#: The parts that servers speak with, by the label of their pods.
SERVER_PEERS = ("hub", "proxy", *SERVICES, "metastore")


def _network(address: str) -> str:
    return address if "/" in address else f"{address}/{128 if ':' in address else 32}"


def _profile(profile: Profile, platform: Platform) -> Profile:
    """Return the profile with the installation's Spark properties, which its own override."""
    common = {
        **_hive(platform.settings, platform.folder, platform.addresses),
        **platform.settings.spark.properties,
    }
    spark = profile.spark.model_copy(
        update={
            "properties": {**common, **profile.spark.properties},
            "limits": {**platform.settings.spark.limits, **profile.spark.limits},
        }
    )
    return Profile.model_validate({**profile.model_dump(), "spark": spark.model_dump()})
