"""Waiting for what is in memory, and for a port."""

import asyncio
import socket

import pytest
from lodge_spawner.kube_wait import listens, soon
from lodge_spawner.ports import free_port


def test_it_ends_as_soon_as_it_is_so() -> None:
    looks = iter([False, False, True])
    assert asyncio.run(soon(lambda: next(looks), 60))


def test_it_ends_when_the_time_is_over() -> None:
    assert not asyncio.run(soon(lambda: False, 0.2))


def test_what_is_raised_ends_it() -> None:
    def fails() -> bool:
        raise LookupError("no such pod")

    with pytest.raises(LookupError, match="no such pod"):
        asyncio.run(soon(fails, 60))


def test_a_condition_may_have_to_be_waited_for() -> None:
    looks = iter([False, True])

    async def look() -> bool:
        return next(looks)

    assert asyncio.run(soon(look, 60))


def test_a_port_is_known_to_listen() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        assert asyncio.run(listens("127.0.0.1", server.getsockname()[1]))


def test_a_port_that_nobody_has_does_not() -> None:
    assert not asyncio.run(listens("127.0.0.1", free_port()))


def test_a_port_that_drops_what_comes_does_not() -> None:
    # Its queue is full after the first, and what comes then is dropped by the kernel.
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", free_port()))
        server.listen(0)
        with socket.create_connection(server.getsockname()):
            assert not asyncio.run(listens(*server.getsockname()))
