"""The pods of executors: what Spark starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .server import DRIVER_LABEL, INSTANCE_LABEL, Manifest, Server

#: What the restricted Pod Security level asks of each container.
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}


@dataclass(frozen=True)
class Nodes:
    """Which nodes pods run on, and with what they fetch images there.

    Parameters
    ----------
    selector
        Labels of the nodes.
    tolerations
        Taints that the pods bear, as Kubernetes has them.
    pull_secrets
        Names of the Secrets for the images' registry, in the pods' namespace.
    """

    selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Manifest] = ()
    pull_secrets: Sequence[str] = ()


def executor_template(server: Server, uid: int, gid: int, nodes: Nodes) -> Manifest:
    """Return the template of the executor pods of a server.

    Spark adds image, command, resources, variables and the reference to the driver's pod.

    Parameters
    ----------
    server
        The driver's server.
    uid, gid
        The ids that executors run as, those of the server.
    nodes
        Where executors run.
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
            "nodeSelector": dict(nodes.selector),
            "tolerations": list(nodes.tolerations),
            "imagePullSecrets": [{"name": name} for name in nodes.pull_secrets],
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
