"""How executors reach the drivers of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .server import SERVER_LABEL, Manifest, Server


def driver_service(server: Server, owner: Mapping[str, Any]) -> Manifest:
    """Return the headless Service that gives the pod a name for executors of this cluster.

    It lists no ports: a headless Service passes nothing on, its name means the pod's address.
    The pod is found before it is ready, for sessions that start with the server.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": server.metadata(server.service, owner),
        "spec": {
            "clusterIP": "None",
            "selector": {SERVER_LABEL: server.pod},
            "publishNotReadyAddresses": True,
        },
    }


def node_port_service(server: Server, ports: Sequence[int], owner: Mapping[str, Any]) -> Manifest:
    """Return the Service that opens ports of the pod on its node, for executors elsewhere.

    A driver tells executors the port that it listens on, so inside and outside are the same; and
    the node that is told passes to its own pod alone, with the executor's address left as it is.
    """
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": server.metadata(server.service, owner),
        "spec": {
            "type": "NodePort",
            "externalTrafficPolicy": "Local",
            "selector": {SERVER_LABEL: server.pod},
            "publishNotReadyAddresses": True,
            "ports": [
                {"name": f"p{port}", "port": port, "targetPort": port, "nodePort": port}
                for port in ports
            ],
        },
    }
