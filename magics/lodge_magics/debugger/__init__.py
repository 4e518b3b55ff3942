"""Keeps the debugger's ports to the user who debugs.

debugpy listens on the loopback, where every account of the machine can connect, and asks nobody
who they are: whoever comes could run code in the kernel. Here each listener of its looks who holds
the other end, which the system tells of a connection within one machine.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

__all__ = ["close_to_others"]

_TABLES = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}
_MARK = "_lodge_closed"


def close_to_others() -> None:
    """Let debugpy, once it is loaded, listen for this user's own processes alone.

    Its adapter, which it starts as a process, is started by way of this package and does the same.
    Where the system doesn't tell of connections (not Linux), nothing is changed.
    """
    if "debugpy" not in sys.modules or not Path(_TABLES[socket.AF_INET]).exists():
        return
    from debugpy import adapter
    from debugpy.common import sockets

    if hasattr(sockets, _MARK):
        return
    make: Any = sockets.create_server

    def create_server(*arguments: Any, **named: Any) -> socket.socket:
        return _Listener.of(make(*arguments, **named))

    sockets.create_server = create_server
    # debugpy runs the folder of this file.
    adapter.__file__ = __file__
    setattr(sockets, _MARK, True)


class _Listener(socket.socket):
    """A listening socket that closes connections of other users' processes."""

    @classmethod
    def of(cls, made: socket.socket) -> _Listener:
        """Take a listening socket over."""
        patience = made.gettimeout()
        listener = cls(made.family, made.type, made.proto, made.detach())
        listener.settimeout(patience)
        return listener

    def accept(self) -> tuple[socket.socket, Any]:
        """Wait for a connection of this user's."""
        while True:
            connection, address = super().accept()
            if is_own(connection):
                return connection, address
            connection.close()


def is_own(connection: socket.socket) -> bool:
    """Tell whether a process of this user holds the other end of a connection.

    Parameters
    ----------
    connection
        Over TCP, within this machine.
    """
    if connection.family not in _TABLES:
        return False
    try:
        # From the other end's side.
        wanted = [_written(connection.getpeername()), _written(connection.getsockname())]
        table = Path(_TABLES[connection.family]).read_text(encoding="ascii")
    except OSError:
        return False
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted:
            return int(fields[7]) == os.geteuid()
    return False


def _written(address: tuple[Any, ...]) -> str:
    """Return an address as the system's table has it: words of 32 bits in the machine's order."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    packed = socket.inet_pton(family, address[0])
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{address[1]:04X}"
