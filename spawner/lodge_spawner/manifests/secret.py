"""The files that a server is started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .server import Manifest, Server


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
