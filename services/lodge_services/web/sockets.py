"""Sockets that a server is handed open, by a supervisor that holds them while it is down."""

from __future__ import annotations

import os
import socket

#: The variable that names the sockets that a process is handed: port and descriptor of each.
HANDED = "LODGE_SOCKETS"


def handed_socket(port: int) -> socket.socket | None:
    """Return the socket of `port` that this process was handed; None where it is to make its own.

    The processes that it starts do not get it.
    """
    for each in os.environ.get(HANDED, "").split():
        name, _, descriptor = each.partition("=")
        if name == str(port):
            found = socket.socket(fileno=int(descriptor))
            found.set_inheritable(False)
            found.setblocking(False)
            return found
    return None
