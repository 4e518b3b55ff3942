"""Ports for servers that are yet to start."""

from __future__ import annotations

import socket
import subprocess
import sys
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


def test_a_port_is_given_to_one_who_asks_in_any_process() -> None:
    # Few ports, so that they would soon be given twice.
    script = (
        "import random; random.sample = lambda ports, k: list(ports)[:120];"
        "from lodge_spawner.ports import free_port; print(*(free_port() for _ in range(50)))"
    )
    asked = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) for _ in range(2)
    ]
    given = [port for process in asked for port in process.communicate()[0].split()]
    assert len(set(given)) == len(given) == 100


def test_a_server_can_listen_on_the_port_that_it_was_given() -> None:
    for _ in range(20):
        socket.create_server(("127.0.0.1", free_port())).close()
