"""All that one start of a server needs on Kubernetes: pure, made before the first request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import tomli_w

from . import manifests
from .environment import credentials_of, lodge_environment
from .manifests.policies import Destination, Executors, Reach, SparkPorts
from .manifests.server import FILES, Manifest, Server
from .profiles import Profile
from .spark import driver_environment, properties_text
from .spark_cluster import NODE_ADDRESS, TEMPLATE, session_properties

_PROPERTIES = "spark-defaults.conf"
_SOURCES = "sources.toml"
#: Before the names of Hadoop's files in the Secret, which has no folders.
_HADOOP = "hadoop-"
_USUAL_PORTS = {"kylin": 7070, "mysql": 3306, "postgres": 5432}


@dataclass(frozen=True)
class Plan:
    """What is made for one server.

    Parameters
    ----------
    server
        Its names and labels, and whose it is.
    profile
        What was chosen.
    reach
        Whom servers may speak with, beside what the profile adds.
    sources
        The SQL sources, as in ``lodge.toml``.
    uid, gid
        The ids that the server's and the executors' processes run as.
    ports
        What Spark's drivers listen on; None where executors are in the pod itself.
    hadoop
        The files of Hadoop's configuration, by name.
    tolerations
        Taints of nodes that server and executors bear.
    pull_secrets
        Names of the Secrets that their images are fetched with.
    """

    server: Server
    profile: Profile
    reach: Reach
    sources: Mapping[str, Any] = field(default_factory=dict)
    uid: int = 1000
    gid: int = 100
    ports: SparkPorts | None = None
    hadoop: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Manifest] = ()
    pull_secrets: Sequence[str] = ()

    def namespace(self) -> list[Manifest]:
        """Return what the user's namespace holds where executors are pods."""
        if self.profile.spark.mode != "pods":
            return []
        name, instance = self.server.namespace, self.server.instance
        return [
            manifests.everything_closed(name, instance),
            *manifests.rights(name, instance),
            # An empty one takes back what another profile had set.
            manifests.quota(name, self.profile.quota, instance),
        ]

    def secret(self) -> Manifest:
        """Return the Secret that everything else hangs on."""
        spark = self.profile.spark
        made = session_properties(spark, self.server, self.profile.image, self.ports)
        files = {_PROPERTIES: properties_text(made), _SOURCES: tomli_w.dumps(self._sources())}
        if spark.mode == "pods":
            nodes = manifests.Nodes(self.profile.node_selector, self.tolerations, self.pull_secrets)
            template = manifests.executor_template(self.server, self.uid, self.gid, nodes)
            # JSON is YAML; Spark reads either.
            files[TEMPLATE] = _json(template)
        files |= {_HADOOP + name: text for name, text in self.hadoop.items()}
        return manifests.private_files(self.server, files, credentials_of(self._sources()))

    def policies(self, owner: Manifest) -> list[Manifest]:
        """Return the policies of the pod and of its executors."""
        mine = (Destination(each.network, tuple(each.ports)) for each in self.profile.egress)
        reach = Reach(
            hub=self.reach.hub,
            hub_ports=self.reach.hub_ports,
            dns=self.reach.dns,
            api_server=self.reach.api_server,
            destinations=(*self.reach.destinations, *mine, *self._addresses()),
        )
        spark, ports = self.profile.spark, self.ports
        if ports is None:
            return [manifests.server_policy(self.server, reach, None, owner)]
        executors = Executors(ports, spark.mode == "pods", tuple(spark.networks))
        made = [manifests.server_policy(self.server, reach, executors, owner)]
        if executors.pods:
            made.append(manifests.executor_policy(self.server, reach, ports, owner))
        return made

    def environment(self) -> dict[str, Any]:
        """Return the variables of the server, with references where they hold passwords."""
        made: dict[str, Any] = {
            **lodge_environment(self.server.user, self.server.instance, f"{FILES}/{_SOURCES}"),
            **driver_environment(f"{FILES}/{_PROPERTIES}", self.profile.spark.limits),
        }
        for name in credentials_of(self._sources()):
            reference = {"name": self.server.secret, "key": name}
            made[name] = {"name": name, "valueFrom": {"secretKeyRef": reference}}
        if self.hadoop:
            made["HADOOP_CONF_DIR"] = f"{FILES}/hadoop"
            # A cluster without Kerberos believes it; one with it takes the ticket's.
            made["HADOOP_USER_NAME"] = self.server.user
        if self.profile.spark.mode == "outside":
            address = {"fieldRef": {"fieldPath": "status.hostIP"}}
            made[NODE_ADDRESS] = {"name": NODE_ADDRESS, "valueFrom": address}
            if self.profile.spark.python:
                made["PYSPARK_PYTHON"] = self.profile.spark.python
        return made

    def volumes(self) -> tuple[list[Manifest], list[Manifest]]:
        """Return the pod's further volumes and where its container sees them."""
        names = [_PROPERTIES, _SOURCES, *([TEMPLATE] if self.profile.spark.mode == "pods" else [])]
        items = [{"key": name, "path": name} for name in names]
        items += [{"key": _HADOOP + name, "path": f"hadoop/{name}"} for name in self.hadoop]
        secret = {"secretName": self.server.secret, "items": items, "defaultMode": 0o440}
        volumes: list[Manifest] = [{"name": "lodge", "secret": secret}]
        mounts: list[Manifest] = [{"name": "lodge", "mountPath": FILES, "readOnly": True}]
        for number, volume in enumerate(self.profile.volumes):
            name = f"volume-{number}"
            claim = {"claimName": volume.claim, "readOnly": volume.read_only}
            volumes.append({"name": name, "persistentVolumeClaim": claim})
            mounts.append({"name": name, "mountPath": volume.path, "readOnly": volume.read_only})
        return volumes, mounts

    def _sources(self) -> dict[str, Any]:
        """Return the sources of the profile."""
        allowed = self.profile.sources
        if allowed is None:
            return dict(self.sources)
        named = {
            name: source
            for name, source in self.sources.get("sources", {}).items()
            if name in allowed
        }
        default = self.sources.get("default")
        return {"sources": named} | ({"default": default} if default in named else {})

    def _addresses(self) -> list[Destination]:
        """Return the sources that are named by their address: a policy knows no other names."""
        found = []
        for source in self._sources().get("sources", {}).values():
            port = source.get("port") or _USUAL_PORTS.get(source.get("type", ""))
            try:
                address = str(ip_address(source.get("host", "")))
            except ValueError:
                continue
            found.append(Destination(address, (port,) if port else ()))
        return found


def _json(manifest: Manifest) -> str:
    return json.dumps(manifest, indent=1)


def overrides(profile: Profile) -> dict[str, Any]:
    """Return KubeSpawner's settings of a profile, all of them: none stays from another one."""
    gpu = {profile.gpu_resource: str(profile.gpu)} if profile.gpu else {}
    return {
        "image": profile.image,
        "cpu_guarantee": _number(profile.cpu),
        "cpu_limit": _number(profile.cpu_limit),
        "mem_guarantee": profile.memory,
        "mem_limit": profile.memory_limit,
        "extra_resource_guarantees": gpu,
        "extra_resource_limits": gpu,
        "node_selector": dict(profile.node_selector),
    }


def _number(quantity: str) -> float:
    if quantity.endswith("m"):
        return float(quantity[:-1]) / 1000
    return float(quantity)
