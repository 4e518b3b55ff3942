"""What a process of Lodge is started with, whoever starts it."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class ProcessSpec:
    """A process that a supervisor, or a pod, keeps running.

    Parameters
    ----------
    name
        Its name: in messages, and of its log.
    command
        Program and arguments. No secret belongs here.
    environment
        Its complete environment.
    ready
        Tells whether it does its work.
    title
        What it is, in words of a user.
    owner
        User and group id that it runs under; None leaves the starter's.
    umask
        What it takes from the mode of new files; the default closes them to others.
    ports
        What it is handed open sockets of: the address to listen on, by port. They are held for it
        from its first start to the end, so that nobody else can take them while it is down.
    reserved
        What it listens at by itself, in the same form: nobody but its owner can take it meanwhile.
    after
        Names of processes that must be ready before it starts.
    ready_s, stop_s
        How long it may take to become ready, and to end after SIGTERM: seconds.
    orphan_signal
        What the kernel sends it when the supervisor is killed.
    needed
        Whether nothing works without it. What is not needed may fail to start: the others are up,
        and it is tried again.
    fault
        Tells in one sentence why it can't start, a damaged file say, and the way out; "" where
        nothing is wrong.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    ready: Ready
    title: str
    owner: tuple[int, int] | None = None
    umask: int = 0o077
    ports: Mapping[int, str] = field(default_factory=dict)
    reserved: Mapping[int, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    ready_s: float = 90.0
    stop_s: float = 10.0
    orphan_signal: signal.Signals = signal.SIGTERM
    needed: bool = True
    fault: Callable[[], str] = str
