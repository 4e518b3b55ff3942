"""The debugger's ports answer the user who debugs, and nobody else."""

from __future__ import annotations

import os
import socket
import sys
import threading

import pytest
from lodge_magics.debugger import _Listener, is_own
from support.accounts import as_account

_CONNECT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as one:
    one.settimeout(10)
    try:
        one.sendall(b"hello")
        print(one.recv(5))
    except OSError as error:
        print(type(error).__name__)
"""


@pytest.fixture(params=["127.0.0.1", "::1"])
def listener(request: pytest.FixtureRequest) -> socket.socket:
    """A listener of the debugger's, which sends back what comes."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    made = socket.socket(family)
    made.bind((request.param, 0))
    made.settimeout(10)
    made.listen()
    return _Listener.of(made)


def connect(listener: socket.socket, uid: int) -> str:
    host, port = listener.getsockname()[:2]
    command = [sys.executable, "-c", _CONNECT, host, str(port)]
    done = as_account(uid, *command)
    return done.stdout.strip() + done.stderr


def test_own_processes_are_answered(listener: socket.socket) -> None:
    assert listener.gettimeout() == 10
    with listener, socket.create_connection(listener.getsockname()[:2], 10) as one:
        other, _ = listener.accept()
        with other:
            assert is_own(other)
            one.sendall(b"hello")
            assert other.recv(5) == b"hello"


@pytest.mark.skipif(os.geteuid() != 0, reason="another account needs root")
def test_processes_of_others_get_nothing(listener: socket.socket) -> None:
    accepted: list[socket.socket] = []

    def accept() -> None:
        accepted.append(listener.accept()[0])

    thread = threading.Thread(target=accept)
    thread.start()
    with listener:
        assert connect(listener, 65534) in ("b''", "ConnectionResetError")
        assert accepted == []
        with socket.create_connection(listener.getsockname()[:2], 10):
            thread.join(10)
    assert len(accepted) == 1
    for one in accepted:
        one.close()


def test_a_connection_that_nothing_is_known_of_is_not_own() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert not is_own(one)
