"""What the driver of a session may do: start and end executors in its user's namespace."""

from __future__ import annotations

from .server import ACCOUNT, INSTANCE_LABEL, Manifest

#: Spark asks for no more. The clean-up needs ``deletecollection`` on each of them, or it stops
#: with an exception and leaves executors behind.
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "watch"]
RESOURCES = ["configmaps", "persistentvolumeclaims", "pods", "services"]


def rights(namespace: str, instance: str = "lodge") -> list[Manifest]:
    """Return service account, Role and RoleBinding of the drivers in a namespace.

    A Role can't tell pods apart by their labels: the namespace must be one user's alone.

    Parameters
    ----------
    namespace
        The user's namespace.
    instance
        Name of this installation.
    """
    metadata = {
        "name": ACCOUNT,
        "namespace": namespace,
        "labels": {"app.kubernetes.io/managed-by": "lodge", INSTANCE_LABEL: instance},
    }
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata,
            "automountServiceAccountToken": False,
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "Role",
            "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": RESOURCES, "verbs": VERBS}],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}],
        },
    ]
