"""Ports that the supervisor holds: nobody takes them, who comes meanwhile waits or is told."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest
from lodge_hub.machine.supervisor import StartError, Supervisor
from lodge_hub.process import ProcessSpec
from lodge_spawner.ports import free_port

SERVES = """
import sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from lodge_services.web.sockets import handed_socket

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler, bind_and_activate=False)
server.socket = handed_socket(int(sys.argv[1]))
server.socket.setblocking(True)
server.serve_forever()
"""


def part(port: int, code: str = SERVES, **more: object) -> ProcessSpec:
    async def ready() -> bool:
        return (await asked(port)).startswith(b"HTTP/1.0 204")

    return ProcessSpec(
        name="part",
        title="The part",
        command=[sys.executable, "-c", code, str(port)],
        environment={"PATH": os.environ["PATH"]},
        ready=ready,
        ports={port: "127.0.0.1"},
        **more,  # type: ignore[arg-type]
    )


async def asked(port: int) -> bytes:
    """Return the first line that a request is answered with; nothing where it is refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        async with asyncio.timeout(20):
            return await reader.readline()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def taken(port: int) -> bool:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            other.bind(("127.0.0.1", port))
            other.listen()
        except OSError:
            return True
        return False


async def test_who_connects_while_a_part_is_down_waits_for_it(tmp_path: Path) -> None:
    port = free_port()
    supervisor = Supervisor(tmp_path, lambda _: None)
    await supervisor.start([part(port)])
    try:
        before = supervisor.pid("part")
        assert before
        os.kill(before, signal.SIGKILL)
        answers = await asyncio.gather(*(asked(port) for _ in range(5)))
        # One may have been accepted by the part that was killed.
        assert sum(answer.startswith(b"HTTP/1.0 204") for answer in answers) >= 4
        assert supervisor.pid("part") not in (None, before)
        assert taken(port)
    finally:
        await supervisor.stop([])
    assert not taken(port)


async def test_nobody_waits_for_a_part_that_keeps_ending(tmp_path: Path) -> None:
    port = free_port()
    supervisor = Supervisor(tmp_path, lambda _: None)
    await supervisor.start([part(port, "raise SystemExit(3)", needed=False)])
    try:
        assert await asked(port) == b""
        assert taken(port)
    finally:
        await supervisor.stop([])


async def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        supervisor = Supervisor(tmp_path, lambda _: None)
        with pytest.raises(StartError, match=f"The part can't be started: of its ports, {port}"):
            await supervisor.start([part(port)])
        await supervisor.stop([])
