"""Starts Lodge's processes, keeps them running and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..process import ProcessSpec

#: A process that ran this long is started again at once: seconds.
STEADY_S = 30.0
#: The longest pause before a process that keeps ending is started again: seconds.
LONGEST_PAUSE_S = 10.0
#: A log is set aside as ``.1`` when a process starts and it is longer than this: bytes.
LOG_LIMIT = 10_000_000

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class StartError(Exception):
    """A process did not become ready; the message says which, why, and where its log is."""


@dataclass
class _State:
    spec: ProcessSpec
    process: asyncio.subprocess.Process | None = None
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None


class Supervisor:
    """Runs processes until it is told to stop.

    A process that ends is started again, after a pause that grows while it keeps ending. When
    the supervisor itself is killed the kernel terminates its processes.

    Parameters
    ----------
    logs
        Folder of the logs, one a process, mode 0600.
    say
        Called with one line for each thing that a person at the terminal should know.
    """

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._say = say
        self._states: dict[str, _State] = {}
        self._stopping = False

    async def start(self, specs: Sequence[ProcessSpec]) -> None:
        """Start the processes and wait until all of them are ready.

        Raises
        ------
        StartError
            One ended, or was not ready in time. The others are left to :meth:`stop`.
        """
        for spec in specs:
            self._states[spec.name] = _State(spec)
        async with asyncio.TaskGroup() as group:
            for spec in specs:
                group.create_task(self._first_start(self._states[spec.name]))

    async def stop(self, order: Sequence[str]) -> None:
        """End the processes in the given order, the others with the last."""
        self._stopping = True
        for state in self._states.values():
            if state.keeper is not None:
                state.keeper.cancel()
        for name in order:
            await self._end(self._states[name]) if name in self._states else None
        await asyncio.gather(*(self._end(state) for state in self._states.values()))

    def pid(self, name: str) -> int | None:
        """Return the process id of the process `name`, or None while it is down."""
        state = self._states.get(name)
        process = state.process if state else None
        return process.pid if process is not None and process.returncode is None else None

    async def _first_start(self, state: _State) -> None:
        for name in state.spec.after:
            await self._states[name].is_ready.wait()
        began = time.monotonic()
        await self._launch(state)
        await self._until_ready(state, began)
        state.is_ready.set()
        state.keeper = asyncio.create_task(self._keep(state))

    async def _until_ready(self, state: _State, began: float) -> None:
        spec, process = state.spec, state.process
        while process is not None:
            if await spec.ready():
                return
            if process.returncode is not None:
                raise StartError(
                    f"{spec.title} ended with {process.returncode} while it started. "
                    f"{self._tail(spec)}"
                )
            if time.monotonic() - began > spec.ready_s:
                raise StartError(
                    f"{spec.title} was not ready within {spec.ready_s:.0f} s. {self._tail(spec)}"
                )
            await asyncio.sleep(0.2)

    def _log_path(self, spec: ProcessSpec) -> Path:
        return self._logs / f"{spec.name}.log"

    def _tail(self, spec: ProcessSpec) -> str:
        path = self._log_path(spec)
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return "\n".join([f"The end of {path}:", *(f"    {line}" for line in lines[-8:])])

    def _open_log(self, spec: ProcessSpec) -> IO[bytes]:
        path = self._log_path(spec)
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_name(f"{path.name}.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "ab")

    async def _launch(self, state: _State) -> None:
        spec = state.spec
        with self._open_log(spec) as log:
            state.process = await asyncio.create_subprocess_exec(
                *spec.command,
                env=spec.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C on the terminal is the supervisor's to pass on, in order.
                start_new_session=True,
                preexec_fn=_child(spec),
            )

    async def _keep(self, state: _State) -> None:
        spec = state.spec
        pause = 0.0
        while not self._stopping:
            process = state.process
            if process is None:
                return
            began = time.monotonic()
            code = await process.wait()
            state.is_ready.clear()
            pause = (
                0.0
                if time.monotonic() - began > STEADY_S
                else min(max(0.5, pause * 2), LONGEST_PAUSE_S)
            )
            self._say(f"{spec.title} ended with {code}; starting it again.")
            await asyncio.sleep(pause)
            began = time.monotonic()
            try:
                await self._launch(state)
                await self._until_ready(state, began)
            except (StartError, OSError) as error:
                self._say(str(error))
                continue
            state.is_ready.set()
            self._say(f"{spec.title} is back.")

    async def _end(self, state: _State) -> None:
        process = state.process
        if process is None or process.returncode is not None:
            return
        _signal(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), state.spec.stop_s)
        except TimeoutError:
            _signal(process.pid, signal.SIGKILL)
            await process.wait()


def _signal(pid: int, number: signal.Signals) -> None:
    """Send a signal to the session that process `pid` leads."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _child(spec: ProcessSpec) -> Callable[[], None]:
    parent = os.getpid()
    owner, umask = spec.owner, spec.umask

    def prepare() -> None:
        if owner is not None:
            uid, gid = owner
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        os.umask(umask)
        # After setuid, which would clear it. The parent may be gone already.
        _LIBC.prctl(_PR_SET_PDEATHSIG, spec.orphan_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
