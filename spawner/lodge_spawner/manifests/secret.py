"""The files that a server is started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .server import INSTANCE_LABEL, Manifest, Server


def private_files(
    server: Server,
    files: Mapping[str, str],
    credentials: Mapping[str, str],
    owner: Mapping[str, Any] | None = None,
) -> Manifest:
    """Return the Secret with a server's files and the passwords of its sources.

    Parameters
    ----------
    server
        The server.
    files
        Texts by file name: Spark's properties, the sources, the executors' template.
    credentials
        Variables of the server's environment that nobody else is to read.
    owner
        The pod, once there is one.
    """
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": server.metadata(server.secret, owner),
        "type": "Opaque",
        "stringData": {**files, **credentials},
    }


def handed_on(secret: Mapping[str, Any], namespace: str, instance: str) -> Manifest:
    """Return a Secret of Lodge's own namespace as another namespace gets it.

    Parameters
    ----------
    secret
        As it was read, such as one with which images are fetched.
    namespace
        Where it goes.
    instance
        Name of this installation.
    """
    labels = {"app.kubernetes.io/managed-by": "lodge", INSTANCE_LABEL: instance}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret["metadata"]["name"],
            "namespace": namespace,
            "labels": labels,
        },
        "type": secret["type"],
        "data": dict(secret["data"]),
    }
