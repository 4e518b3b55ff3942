"""What holds for a user's whole namespace."""

from __future__ import annotations

from collections.abc import Mapping

from .rights import RESOURCES, VERBS
from .server import INSTANCE_LABEL, Manifest

#: Pods that a session could ask for must not get out of their container.
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


#: What the hub does in a user's namespace, by group of the API. It can only give drivers rights
#: that it has itself, which are those on its four first resources.
_HUB_RESOURCES = {
    "": [*RESOURCES, "secrets", "serviceaccounts", "resourcequotas", "events"],
    "networking.k8s.io": ["networkpolicies"],
    "rbac.authorization.k8s.io": ["roles", "rolebindings"],
}


def premade_namespace(
    namespace: str, account: str, account_namespace: str, instance: str = "lodge"
) -> list[Manifest]:
    """Return a user's namespace and the hub's rights in it, for an admin to make.

    Parameters
    ----------
    namespace
        Its name, as the hub's `user_namespace_template` has it.
    account, account_namespace
        The service account that the hub runs as.
    instance
        Name of this installation.
    """
    metadata = _metadata("lodge-hub", namespace, instance)
    group = "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", "name": account, "namespace": account_namespace}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": namespace, "labels": {**RESTRICTED, INSTANCE_LABEL: instance}},
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [
                {"apiGroups": [each], "resources": resources, "verbs": VERBS}
                for each, resources in _HUB_RESOURCES.items()
            ],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "lodge-hub"},
            "subjects": [subject],
        },
    ]


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
