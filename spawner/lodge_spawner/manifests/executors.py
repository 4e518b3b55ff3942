"""The pods of executors: what Spark starts from."""

from __future__ import annotations

from collections.abc import Mapping

from .server import DRIVER_LABEL, INSTANCE_LABEL, Manifest, Server

#: What the restricted Pod Security level asks of each container.
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}


def executor_template(
    server: Server,
    uid: int,
    gid: int,
    node_selector: Mapping[str, str] | None = None,
) -> Manifest:
    """Return the template of the executor pods of a server.

    Spark adds image, command, resources, variables and the reference to the driver's pod.

    Parameters
    ----------
    server
        The driver's server.
    uid, gid
        The ids that executors run as, those of the server.
    node_selector
        Labels of the nodes that executors may run on.
    """
    labels = {
        "app.kubernetes.io/managed-by": "lodge",
        INSTANCE_LABEL: server.instance,
        DRIVER_LABEL: server.pod,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "serviceAccountName": "default",
            "enableServiceLinks": False,
            "nodeSelector": dict(node_selector or {}),
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": uid,
                "runAsGroup": gid,
                "fsGroup": gid,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{"name": "executor", "securityContext": dict(CONTAINER_SECURITY)}],
        },
    }
