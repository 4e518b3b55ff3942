"""The spawner on Kubernetes: a pod for each server, with Spark in reach of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner  # type: ignore[import-untyped]
from traitlets import Dict, Integer, List, TraitError, Unicode, default, validate

from . import kube_api, manifests
from .diagnosis import SpawnError, cause, refused
from .kube_plan import Plan, overrides
from .manifests.namespace import RESTRICTED
from .manifests.policies import Destination, Reach
from .manifests.server import ACCOUNT, INSTANCE_LABEL, Manifest, Server
from .node_ports import candidates, is_taken, no_free_ports
from .profiles import Profile, ProfileError, allowed, chosen, load_profiles
from .spark_cluster import pod_ports


class SparkKubeSpawner(KubeSpawner):
    """Start a user's server as a pod from which Spark sessions reach their executors.

    Everything that KubeSpawner can be told holds here too. Where a profile runs executors as
    pods, each user has a namespace of their own (`enable_user_namespaces`).
    """

    profiles = Dict(
        config=True,
        help="""
        The kinds of servers that users may start, by their name in links: tables as
        `lodge_spawner.profiles.Profile` describes them. Users choose among those of their
        groups; the first is the default. Empty, the default: `image` and the other settings of
        KubeSpawner, and sessions that compute in the server itself.
        """,
    )

    sources = Dict(
        config=True,
        help="""
        The SQL sources, as in `lodge.toml`: `{"default": name, "sources": {name: {...}}}`.
        Passwords are taken from the hub's environment, by the variable that `password_env`
        names. Empty, the default: none.
        """,
    )

    instance = Unicode(
        "lodge",
        config=True,
        help="""
        Name of this installation, a label's value: every object that is made carries it. Two
        installations in one cluster need different names.
        """,
    )

    home = Unicode(
        "/home/lodge",
        config=True,
        help="""
        Where the user's home volume appears in the server. It is kept when servers stop and
        when they are deleted; `storage_capacity` is its size.
        """,
    )

    hub_peers = List(
        Dict(),
        config=True,
        help="""
        The hub and its proxy, as peers of a NetworkPolicy: who reaches servers, and whom servers
        reach. The default: pods of the hub's namespace labelled `component: hub` or `proxy`.
        """,
    )

    hub_ports = List(
        Integer(),
        [8000, 8081],
        config=True,
        help="The TCP ports of the hub and its proxy, on their pods, that servers reach.",
    )

    dns_peers = List(
        Dict(),
        config=True,
        help="""
        The cluster's DNS, as peers of a NetworkPolicy. The default: pods labelled
        `k8s-app: kube-dns` in `kube-system`.
        """,
    )

    api_server = List(
        Unicode(),
        config=True,
        help="""
        Addresses of the cluster's API server, `ADDRESS:PORT`, that servers reach whose executors
        are pods: of its Service, and of what stands behind it (`kubectl get endpoints
        kubernetes`), as networks see the one or the other. The default: the Service's.
        """,
    )

    node_ports = List(
        Integer(),
        [31000, 32767],
        minlen=2,
        maxlen=2,
        config=True,
        help="""
        First and last of the node ports that drivers take whose executors are outside. They
        must lie in the cluster's range of node ports.
        """,
    )

    patience_s = Integer(
        30,
        config=True,
        help="""
        Seconds that a pod may wait for room on a node or for a volume before its start ends
        with the cause. 0 ends it at once. Where a node is being added, the start waits
        `start_timeout`.
        """,
    )

    @default("enable_user_namespaces")
    def _namespaces_default(self) -> bool:
        return any(profile.spark.mode == "pods" for profile in self._profiles.values())

    @default("user_namespace_labels")
    def _namespace_labels_default(self) -> dict[str, str]:
        return {**RESTRICTED, INSTANCE_LABEL: self.instance}

    @default("hub_peers")
    def _hub_peers_default(self) -> list[Manifest]:
        hub = {"matchLabels": {"kubernetes.io/metadata.name": self._namespace_default()}}
        labels = ({"component": "hub"}, {"component": "proxy"})
        return [{"namespaceSelector": hub, "podSelector": {"matchLabels": each}} for each in labels]

    @default("dns_peers")
    def _dns_peers_default(self) -> list[Manifest]:
        system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
        pods = {"matchLabels": {"k8s-app": "kube-dns"}}
        return [{"namespaceSelector": system, "podSelector": pods}]

    @default("api_server")
    def _api_server_default(self) -> list[str]:
        host = os.environ.get("KUBERNETES_SERVICE_HOST")
        port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
        return [f"{host}:{port}"] if host else []

    @default("delete_grace_period")
    def _grace_default(self) -> int:
        # Spark gives its executors back in that time; a server without Spark needs none of it.
        return 30

    @default("delete_pvc")
    def _delete_pvc_default(self) -> bool:
        return False

    @default("storage_pvc_ensure")
    def _storage_default(self) -> bool:
        return True

    @default("storage_capacity")
    def _capacity_default(self) -> str:
        return "10Gi"

    @default("volumes")
    def _volumes_default(self) -> list[Manifest]:
        return [{"name": "home", "persistentVolumeClaim": {"claimName": "{pvc_name}"}}]

    @default("volume_mounts")
    def _mounts_default(self) -> list[Manifest]:
        return [{"name": "home", "mountPath": self.home}]

    @default("cmd")
    def _cmd_default(self) -> list[str]:
        return ["jupyterhub-singleuser"]

    @default("uid")
    def _uid_default(self) -> int:
        return 1000

    @default("gid")
    def _gid_default(self) -> int:
        return 100

    @default("fs_gid")
    def _fs_gid_default(self) -> int:
        return 100

    @default("pod_security_context")
    def _pod_security_default(self) -> Manifest:
        return {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}

    @default("container_security_context")
    def _container_security_default(self) -> Manifest:
        return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

    @default("profile_list")
    def _profile_list_default(self) -> Any:
        return type(self)._choices if self.profiles else []

    @validate("profiles")
    def _valid_profiles(self, proposal: Mapping[str, Any]) -> dict[str, Profile]:
        try:
            return load_profiles(proposal["value"])
        except ProfileError as error:
            raise TraitError(str(error)) from error

    @property
    def _profiles(self) -> dict[str, Profile]:
        found: dict[str, Profile] = self.profiles
        return found

    @property
    def _groups(self) -> list[str]:
        return [group.name for group in self.user.groups]

    def _choices(self) -> list[dict[str, Any]]:
        """Return the profiles of the user's groups as KubeSpawner's form has them."""
        return [
            {
                "slug": slug,
                "display_name": profile.name,
                "description": profile.description,
                "kubespawner_override": overrides(profile),
            }
            for slug, profile in allowed(self._profiles, self._groups).items()
        ]

    # --- Start.

    _plan: Plan | None = None
    _secret: Manifest
    _starting = False
    _doubted_since: float | None = None

    async def load_user_options(self) -> None:
        """Take over what the user chose, after the check that the user may have it."""
        self._profile = Profile(image=self.image or "none")
        if self._profiles:
            options: dict[str, Any] = dict(self.user_options or {})  # type: ignore[has-type]
            wanted = options.get("profile")
            try:
                slug, self._profile = chosen(self._profiles, self._groups, wanted)
            except ProfileError as error:
                raise SpawnError(str(error)) from error
            self.user_options = {**options, "profile": slug}
        await super().load_user_options()
        if self._profile.spark.mode == "pods":
            self.service_account = ACCOUNT
            self.automount_service_account_token = True

    async def _start(self) -> Any:
        self._starting, self._doubted_since, self._plan = True, None, None
        try:
            return await super()._start()
        except Exception as error:
            # The hub stops only what has a pod.
            await self._remove_secret()
            found = refused(error.status, error.body) if isinstance(error, ApiException) else None
            if found is None:
                raise
            raise found.error() from error
        finally:
            self._starting = False

    async def get_pod_manifest(self) -> Any:
        """Return the pod, once what it mounts is there."""
        self._plan = plan = await self._prepare()
        pod = await super().get_pod_manifest()
        pod.metadata.labels.update(plan.server.labels)
        volumes, mounts = plan.volumes()
        pod.spec.volumes = [*(pod.spec.volumes or []), *volumes]
        container = pod.spec.containers[0]
        container.volume_mounts = [*(container.volume_mounts or []), *mounts]
        # Links to all Services of a namespace would be variables without number.
        pod.spec.enable_service_links = False
        if container.startup_probe is None:
            # A server that ends before it listens is told at once, not after `http_timeout`.
            probe = {"tcpSocket": {"port": self.port}, "periodSeconds": 1, "failureThreshold": 900}
            container.startup_probe = probe
        return pod

    def get_env(self) -> dict[str, Any]:
        """Return the environment of the server."""
        env: dict[str, Any] = super().get_env()
        return env | (self._plan.environment() if self._plan else {})

    async def _prepare(self) -> Plan:
        """Make what must be there before the pod, and return the plan of the server."""
        server = Server(self.pod_name, self.namespace, self.instance, self.port)
        mode = self._profile.spark.mode
        ports = pod_ports(self._profile.spark.sessions) if mode == "pods" else None
        plan = Plan(
            *(server, self.user.name, self._profile, self._reach(), self.sources),
            *(self.uid, self.gid, ports),
        )
        await asyncio.gather(*(self._apply(each) for each in plan.namespace()))
        if mode == "outside":
            plan, owner = await self._with_node_ports(plan)
        else:
            owner = await self._apply_secret(plan)
        await asyncio.gather(*(self._apply(each) for each in plan.policies(owner)))
        return plan

    async def _apply_secret(self, plan: Plan) -> Manifest:
        """Make the Secret, with nothing that it goes with as yet; return it as an owner."""
        self._secret = plan.secret()
        made = await self._apply(self._secret)
        return manifests.owned_by("Secret", plan.server.secret, made["metadata"]["uid"])

    async def _with_node_ports(self, plan: Plan) -> tuple[Plan, Manifest]:
        """Return the plan with node ports that are this server's now, and the Secret."""
        first, last = self.node_ports
        for ports in candidates(first, last, self._profile.spark.sessions):
            tried = replace(plan, ports=ports)
            owner = await self._apply_secret(tried)
            service = manifests.node_port_service(plan.server, ports.numbers(), owner)
            try:
                await self._apply(service)
            except ApiException as error:
                if not is_taken(error.status, error.body):
                    raise
            else:
                return tried, owner
        raise SpawnError(no_free_ports(first, last))

    def _reach(self) -> Reach:
        addresses = (address.rpartition(":") for address in self.api_server)
        return Reach(
            hub=tuple(self.hub_peers),
            hub_ports=tuple(self.hub_ports),
            dns=tuple(self.dns_peers),
            api_server=tuple(Destination(host, (int(port),)) for host, _, port in addresses),
        )

    async def _make_create_pod_request(self, pod: Any, request_timeout: int) -> bool:
        """Create the pod; let what was made before go with it, and make its Service."""
        made: bool = await super()._make_create_pod_request(pod, request_timeout)
        plan = self._plan
        if not made or plan is None:
            return made
        found = await self.api.read_namespaced_pod(self.pod_name, self.namespace)
        owner = manifests.owned_by("Pod", self.pod_name, found.metadata.uid)
        owned = self._secret["metadata"] | {"ownerReferences": [owner]}
        todo: list[Awaitable[Any]] = [self._apply(self._secret | {"metadata": owned})]
        if plan.profile.spark.mode == "pods":
            todo.append(self._apply(manifests.driver_service(plan.server, owner)))
        await asyncio.gather(*todo)
        return True

    def is_pod_running(self, pod: Any) -> bool:
        """Tell whether a pod is running; while it starts, end with the cause where it can't.

        Raises
        ------
        SpawnError
            The pod can't start.
        """
        if self._starting and pod is not None and "deletionTimestamp" not in pod["metadata"]:
            self._doubt(pod)
        running: bool = super().is_pod_running(pod)
        return running

    def _doubt(self, pod: Mapping[str, Any]) -> None:
        found = cause(pod, self.events)
        if found is None:
            self._doubted_since = None
            return
        now = asyncio.get_running_loop().time()
        if self._doubted_since is None:
            self._doubted_since = now
        if found.lasting or now - self._doubted_since >= self.patience_s:
            raise found.error()

    async def stop(self, now: bool = False) -> None:
        """Stop the server; what was made for it goes too."""
        await super().stop(now=now)
        # While it starts, a pod of that name stood in the way; what was made is for the next one.
        if not self._starting:
            await self._remove_secret()

    async def _remove_secret(self) -> None:
        server = Server(self.pod_name, self.namespace, self.instance)
        secret = {"kind": "Secret", "metadata": server.metadata(server.secret)}
        try:
            await kube_api.remove(self.api.api_client, secret, self.k8s_api_request_timeout)
        except ApiException as error:
            if error.status != 404:
                raise

    async def _apply(self, manifest: Manifest) -> Manifest:
        timeout_s = self.k8s_api_request_retry_timeout
        return await kube_api.apply(self.api.api_client, manifest, timeout_s)
