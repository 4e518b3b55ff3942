"""What an admin sets of the spawner on Kubernetes, and what holds where nothing is set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from kubespawner import KubeSpawner  # type: ignore[import-untyped]
from traitlets import Bool, Dict, Integer, List, TraitError, Unicode, default, validate

from .kube_plan import overrides
from .manifests.namespace import RESTRICTED
from .manifests.server import INSTANCE_LABEL, Manifest
from .profiles import Profile, ProfileError, allowed, load_profiles


class KubeSettings(KubeSpawner):
    """The settings of `lodge_spawner.SparkKubeSpawner`, beside those of KubeSpawner."""

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

    premade_namespaces = Bool(
        False,
        config=True,
        help="""
        Whether an admin makes the users' namespaces, by the names of `user_namespace_template`,
        and gives the hub its rights in each (`lodge_spawner.manifests.premade_namespace`). The hub
        needs no rights in the cluster as a whole then; it watches each namespace apart. False,
        the default: where executors are pods, the hub makes a namespace for each user.
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
        with the cause. 0 ends it at once; volumes are waited for 30 at least, since Kubernetes
        tries them again after 10 to 15. Where a node is being added, the start waits
        `start_timeout`.
        """,
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.premade_namespaces:
            # It has named the namespace; making it, and watching all of them, is what it leaves.
            self.enable_user_namespaces = False

    @default("enable_user_namespaces")
    def _namespaces_default(self) -> bool:
        return self.premade_namespaces or any(
            profile.spark.mode == "pods" for profile in self._profiles.values()
        )

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
    def _pull_secret_names(self) -> list[str]:
        found = self.image_pull_secrets or []
        return [each if isinstance(each, str) else each["name"] for each in found]

    @property
    def _groups(self) -> list[str]:
        return [group.name for group in self.user.groups]

    async def _render_options_form_dynamically(self, current_spawner: Any) -> str:
        """Return the form; nothing, so that the server starts at once, where one is the choice."""
        if len(allowed(self._profiles, self._groups)) == 1:
            return ""
        form: str = await super()._render_options_form_dynamically(current_spawner)
        return form

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
