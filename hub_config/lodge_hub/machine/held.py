"""Ports of Lodge's parts, held by the supervisor: nobody else can take one that is down."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterable, Iterator, Mapping

from lodge_services.web.sockets import HANDED

#: Connections that wait for a part that is busy, or starts anew.
_BACKLOG = 1024


class HeldPorts:
    """Listening sockets that outlive the processes they are handed to.

    Whoever connects while a part starts anew waits for it. Without this a port is anybody's as
    soon as its part has ended, and whoever listens there next is sent cookies and tokens.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}
        self._reserved: dict[int, socket.socket] = {}

    def hold(self, ports: Mapping[int, str]) -> None:
        """Listen on ports, if that is not done yet.

        Parameters
        ----------
        ports
            The address to listen on, by port.

        Raises
        ------
        OSError
            One of them is in use.
        """
        for port, host in ports.items():
            if port not in self._held:
                self._held[port] = socket.create_server(
                    (host, port),
                    family=socket.AF_INET6 if ":" in host else socket.AF_INET,
                    dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
                    backlog=_BACKLOG,
                )
                self._held[port].setblocking(False)

    def reserve(self, ports: Mapping[int, str], owner: int) -> None:
        """Keep ports for processes of one user, which share them as ``SO_REUSEPORT`` has it.

        Who connects while nothing listens is refused: a socket that is only bound answers nobody.

        Parameters
        ----------
        ports
            The address to listen on, by port.
        owner
            The user's id. Ports are shared among sockets of one user alone (socket(7)).

        Raises
        ------
        OSError
            One of them is in use.
        """
        for port, host in ports.items():
            if port in self._reserved:
                continue
            one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            self._reserved[port] = one
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            os.fchown(one.fileno(), owner, -1)
            one.bind((host, port))

    def descriptors(self, ports: Iterable[int]) -> list[int]:
        """Return what a process is handed."""
        return [self._held[port].fileno() for port in ports]

    def variable(self, ports: Iterable[int]) -> dict[str, str]:
        """Return the variable that tells a process which sockets it is handed."""
        told = " ".join(f"{port}={self._held[port].fileno()}" for port in ports)
        return {HANDED: told} if told else {}

    @contextlib.contextmanager
    def refused(self, ports: Iterable[int]) -> Iterator[None]:
        """Close the connections of those who wait, and of those who come: nobody will answer."""
        loop = asyncio.get_running_loop()
        sockets = [self._held[port] for port in ports]
        for one in sockets:
            loop.add_reader(one, _refuse, one)
        try:
            yield
        finally:
            for one in sockets:
                loop.remove_reader(one)

    def close(self) -> None:
        """Let go of all ports."""
        for sockets in (self._held, self._reserved):
            for one in sockets.values():
                one.close()
            sockets.clear()


def _refuse(listening: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listening.accept()[0].close()
