"""Which server a manifest is for: its names and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

#: On every object that belongs to a server: the name of its pod.
SERVER_LABEL = "lodge/server"
#: On executors: the name of the pod that their driver runs in.
DRIVER_LABEL = "lodge/driver"
#: On every object of Lodge: which installation made it.
INSTANCE_LABEL = "lodge/instance"
#: On every object that belongs to a server: the hub's name of its user, and the server's own.
USER_ANNOTATION = "hub.jupyter.org/username"
NAME_ANNOTATION = "hub.jupyter.org/servername"
#: Of a pod: which of its server's starts made it.
START_ANNOTATION = "lodge/start"
#: The service account of pods whose sessions start executors.
ACCOUNT = "lodge-driver"
#: Where a server finds the files of its Secret.
FILES = "/etc/lodge"


@dataclass(frozen=True)
class Server:
    """A user's server on Kubernetes.

    Parameters
    ----------
    pod
        The name of its pod, at most 55 characters: suffixes of other objects need the rest.
    namespace
        The pod's namespace.
    instance
        Name of this installation.
    port
        Port that the notebook server listens on.
    user, name
        The hub's name of the user and of the server; the name of a user's first one is empty.
    """

    pod: str
    namespace: str
    instance: str = "lodge"
    port: int = 8888
    user: str = ""
    name: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pod and of the objects beside it."""
        return {
            "app.kubernetes.io/managed-by": "lodge",
            INSTANCE_LABEL: self.instance,
            SERVER_LABEL: self.pod,
        }

    @property
    def annotations(self) -> dict[str, str]:
        """Whose it is, as KubeSpawner says it on pods: labels can't hold every name."""
        both = {USER_ANNOTATION: self.user, NAME_ANNOTATION: self.name}
        return {key: value for key, value in both.items() if value}

    @property
    def secret(self) -> str:
        """The name of its Secret."""
        return f"{self.pod}-lodge"

    @property
    def service(self) -> str:
        """The name of the Service by which executors find its drivers."""
        return f"{self.pod}-spark"

    @property
    def host(self) -> str:
        """The name by which executors of the same cluster find its drivers."""
        return f"{self.service}.{self.namespace}.svc"

    def metadata(self, name: str, owner: Mapping[str, Any] | None = None) -> Manifest:
        """Return the metadata of an object beside the pod.

        Parameters
        ----------
        name
            The object's name.
        owner
            The object it goes with, as `owned_by` makes it; None: nothing removes it.
        """
        made: Manifest = {"name": name, "namespace": self.namespace, "labels": self.labels}
        if self.annotations:
            made["annotations"] = self.annotations
        return made | ({"ownerReferences": [dict(owner)]} if owner else {})


def owned_by(kind: str, name: str, uid: str) -> Manifest:
    """Return a reference to an owner of API version v1 in the same namespace."""
    return {"apiVersion": "v1", "kind": kind, "name": name, "uid": uid}
