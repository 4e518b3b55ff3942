"""Ports for servers that are yet to start."""

from __future__ import annotations

import socket
from pathlib import Path

from lodge_spawner.ports import free_port, is_free


def test_no_outgoing_connection_can_take_a_port_meant_for_a_server() -> None:
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    assert all(1024 < free_port() < int(outgoing.split()[0]) for _ in range(50))


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    port = free_port()
    assert is_free(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_free(port)
