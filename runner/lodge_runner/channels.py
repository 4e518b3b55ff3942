"""The sockets between the runner and a kernel."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal

import zmq

from lodge_runner.wire import Wire

if TYPE_CHECKING:
    from lodge_runner.wire import Message

Channel = Literal["shell", "control", "iopub"]

_NOBLOCK = int(zmq.NOBLOCK)
_RETRY_MS = 5  # how often to look for a kernel that hasn't made its sockets yet


class Channels:
    """Shell, control and IOPub of one kernel.

    ZeroMQ's own thread reads IOPub into a queue without a bound, whatever the runner is doing:
    with the usual bound of 1000 messages it would drop output as soon as handling falls behind.

    Parameters
    ----------
    addresses
        ZeroMQ address by channel.
    key
        Shared secret of the connection.
    """

    def __init__(self, addresses: dict[str, str], key: bytes) -> None:
        self._wire = Wire(key)
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        for name, kind in (("shell", zmq.DEALER), ("control", zmq.DEALER), ("iopub", zmq.SUB)):
            socket = self._context.socket(kind)
            socket.linger = 0
            socket.rcvhwm = 0
            socket.sndhwm = 0
            socket.reconnect_ivl = _RETRY_MS
            if name == "iopub":
                socket.subscribe(b"")
            else:
                socket.identity = self._wire.session.encode()
            socket.connect(addresses[name])
            self._sockets[name] = socket
            self._poller.register(socket, zmq.POLLIN)

    def watch(self, fd: int) -> None:
        """Let :meth:`wait` return when a file descriptor becomes readable."""
        self._poller.register(fd, zmq.POLLIN)

    def unwatch(self, fd: int) -> None:
        """Stop watching a file descriptor."""
        with contextlib.suppress(KeyError):
            self._poller.unregister(fd)

    def wait(self, seconds: float) -> None:
        """Wait for a message or a watched descriptor, at most so long."""
        self._poller.poll(max(0, int(seconds * 1000)))

    def wait_for_output(self, seconds: float) -> None:
        """Wait for a message on IOPub, at most so long."""
        self._sockets["iopub"].poll(int(seconds * 1000), zmq.POLLIN)

    def send(self, channel: Channel, type_: str, content: dict[str, Any]) -> str:
        """Send a request; return its id."""
        msg_id, frames = self._wire.pack(type_, content)
        self._sockets[channel].send_multipart(frames)
        return msg_id

    def receive(self, channel: Channel) -> Message | None:
        """Return the next message that is here, or None; forged ones are passed over."""
        socket = self._sockets[channel]
        while True:
            try:
                # recv_multipart() asks for each part whether more follow, at twice the cost.
                frame = socket.recv(_NOBLOCK, copy=False)
            except zmq.Again:
                return None
            frames = [frame.bytes]
            while frame.more:
                frame = socket.recv(copy=False)
                frames.append(frame.bytes)
            message = self._wire.unpack(frames)
            if message is not None:
                return message

    def close(self) -> None:
        """Close the sockets."""
        for socket in self._sockets.values():
            socket.close()
        self._context.term()
