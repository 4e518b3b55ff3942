"""What holds for a user's whole namespace."""

from __future__ import annotations

from collections.abc import Mapping

from .server import INSTANCE_LABEL, Manifest

#: Pods that a session could ask for must not get out of their container.
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def everything_closed(namespace: str, instance: str = "lodge") -> Manifest:
    """Return the policy that closes every pod of a namespace that no other policy opens.

    A driver may start pods, with labels of its choice: without labels they reach nothing.
    """
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata("lodge-closed", namespace, instance),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def quota(namespace: str, hard: Mapping[str, str], instance: str = "lodge") -> Manifest:
    """Return the quota of a namespace.

    Parameters
    ----------
    namespace
        The user's namespace.
    hard
        The most there may be, by resource: ``{"pods": "20", "requests.memory": "64Gi"}``.
    instance
        Name of this installation.
    """
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": _metadata("lodge", namespace, instance),
        "spec": {"hard": dict(hard)},
    }


def _metadata(name: str, namespace: str, instance: str) -> Manifest:
    labels = {"app.kubernetes.io/managed-by": "lodge", INSTANCE_LABEL: instance}
    return {"name": name, "namespace": namespace, "labels": labels}
