"""Free ports on this machine."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port for a server that is about to start.

    The kernel gives it to no outgoing connection: a port of its own choice (bind to 0) lies in
    their range, and any of them may take it before the server has started. And nobody else who asks
    here, in whatever process of this machine, is given it in the next minute: a connection to it is
    left in the state TIME_WAIT, as the package ephemeral-port-reserve does. A server can listen on
    it all the same, for servers set SO_REUSEADDR.
    """
    first = _first_outgoing()
    ports = range(first - min(first // 2, 16000), first)
    for port in random.sample(ports, k=min(len(ports), 200)):
        if _reserve(port, host):
            return port
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def _reserve(port: int, host: str) -> bool:
    """Take a port that nobody has, nor had in the last minute, and leave it in TIME_WAIT."""
    with socket.socket(_family(host)) as server:
        try:
            # Without SO_REUSEADDR this fails for a port in TIME_WAIT as well.
            server.bind((host, port))
            # With it, what is left in TIME_WAIT lets another listen that sets it too.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # And so for one that shares its port with others of its user.
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.listen(1)
            with socket.create_connection((server.getsockname()[0], port), 5) as client:
                # The side that closes first keeps the state: this one.
                server.accept()[0].close()
                client.recv(1)
        except OSError:
            return False
        return True


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether `port` can be listened on."""
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _first_outgoing() -> int:
    try:
        first = int(_OUTGOING.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 32768
    # A machine may give its outgoing connections nearly all ports; nothing is left below then.
    return first if first > 4096 else 32768
