"""Free ports on this machine."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on and that the kernel gives to no outgoing connection.

    A port of the kernel's own choice (bind to 0) lies in the range of outgoing connections, any of
    which may take it before the server it was meant for has started.
    """
    first = _first_outgoing()
    ports = range(first - min(first // 2, 16000), first)
    for port in random.sample(ports, k=min(len(ports), 200)):
        if is_free(port, host):
            return port
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        chosen: int = probe.getsockname()[1]
        return chosen


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
