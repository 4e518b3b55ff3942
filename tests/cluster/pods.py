"""Pods for the tests: each runs a few lines of Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from support.lodge import wait_for

from cluster.kubernetes import Cluster
from cluster.kubernetes.names import PYTHON_IMAGE

PATIENCE = 60.0

SERVE = """
import http.server, pathlib, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'hello from a pod')
    def log_message(self, *_): print(self.client_address[0], flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
http.server.ThreadingHTTPServer(('', 8000), Handler).serve_forever()
"""


def pod(
    name: str,
    script: str = SERVE,
    *,
    labels: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    container: Mapping[str, Any] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    """Return a pod that keeps to the restricted Pod Security level.

    Parameters
    ----------
    name
        Its name.
    script
        What it runs; a web server on port 8000 if not given.
    labels, arguments
        Of the pod; for the script.
    container, spec
        Further fields of the container and the pod.
    """
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    main: dict[str, Any] = {
        "name": "main",
        "image": PYTHON_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", script, *arguments],
        "securityContext": security,
    }
    if script is SERVE:
        main["ports"] = [{"name": "http", "containerPort": 8000}]
        main["readinessProbe"] = {"tcpSocket": {"port": 8000}, "periodSeconds": 1}
    base = {
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 100,
            "fsGroup": 100,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [main | dict(container or {})],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labels or {"app": name})},
        "spec": base | spec,
    }


def start(cluster: Cluster, namespace: str, *manifests: Mapping[str, Any]) -> None:
    """Create objects in a namespace."""
    together = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
    cluster.kubectl("-n", namespace, "create", "-f", "-", stdin=json.dumps(together))


def ready(cluster: Cluster, namespace: str, name: str) -> str:
    """Wait until a pod is Ready and return its address."""

    def address() -> str:
        status = _status(cluster, namespace, name)
        conditions = {each["type"]: each["status"] for each in status.get("conditions", [])}
        ended = status["phase"] in ("Succeeded", "Failed")
        assert not ended, _story(cluster, namespace, name)
        return str(status["podIP"]) if conditions.get("Ready") == "True" else ""

    return _waited(address, cluster, namespace, name)


def said(cluster: Cluster, namespace: str, name: str) -> str:
    """Wait until a pod has ended well and return what it printed."""

    def succeeded() -> str:
        phase = str(_status(cluster, namespace, name)["phase"])
        assert phase != "Failed", _story(cluster, namespace, name)
        return phase if phase == "Succeeded" else ""

    _waited(succeeded, cluster, namespace, name)
    return cluster.kubectl("-n", namespace, "logs", name)


def _status(cluster: Cluster, namespace: str, name: str) -> Any:
    return cluster.get("-n", namespace, "pod", name)["status"]


def _waited(condition: Callable[[], str], cluster: Cluster, namespace: str, name: str) -> str:
    try:
        return str(wait_for(condition, PATIENCE))
    except TimeoutError:
        raise AssertionError(_story(cluster, namespace, name)) from None


def _story(cluster: Cluster, namespace: str, name: str) -> str:
    """Return what is known of a pod that did not do what it should: events and output."""
    log = cluster.run_in_node(["kubectl", "-n", namespace, "logs", name])
    return "\n".join(
        [cluster.kubectl("-n", namespace, "describe", "pod", name), log.stdout, log.stderr]
    )
