"""Starts Lodge's processes, keeps them running and ends them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..process import ProcessSpec
from .held import HeldPorts

#: A process that ran this long is steady: seconds.
STEADY_S = 30.0
#: How often a process that is not steady is started again at once; then there are pauses.
AT_ONCE = 3
#: Between two looks at whether a process is ready: seconds.
LOOK_S = 0.1
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
    #: How often it was to be started, and how often it ended, since it was steady.
    starts: int = 0
    ends: int = 0
    #: What was said last of why it is not there: said once.
    said: str = ""


class Supervisor:
    """Runs processes until it is told to stop.

    A process that ends is started again: at once, and after a pause that grows where it keeps
    ending. What is left of its session ends before, workers with its port say. Its ports are held
    for it meanwhile: nobody else can listen there, and who connects waits while it starts anew.
    When the supervisor itself is killed the kernel terminates its processes.

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
        self._held = HeldPorts()
        self._stopping = False

    async def start(
        self, specs: Sequence[ProcessSpec], faults: Mapping[str, str] | None = None
    ) -> None:
        """Start the processes and wait until all of them are ready, or not needed and not there.

        Parameters
        ----------
        specs
            The processes.
        faults
            Sentences on why some can't start, by name, where that is known before.

        Raises
        ------
        StartError
            One that is needed ended, or was not ready in time. The others are left to :meth:`stop`.
        """
        for spec in specs:
            self._states[spec.name] = _State(spec)
            try:
                self._held.hold(spec.ports)
                if spec.owner is not None:
                    self._held.reserve(spec.reserved, spec.owner[0])
            except OSError as error:
                ports = ", ".join(map(str, [*spec.ports, *spec.reserved]))
                raise StartError(
                    f"{spec.title} can't be started: of its ports, {ports}, one is in use "
                    f"({error})."
                ) from error
        async with asyncio.TaskGroup() as group:
            for spec in specs:
                fault = (faults or {}).get(spec.name, "")
                group.create_task(self._first_start(self._states[spec.name], fault))

    @property
    def missing(self) -> list[str]:
        """The titles of what is not there now."""
        return [one.spec.title for one in self._states.values() if not one.is_ready.is_set()]

    @property
    def ready(self) -> list[str]:
        """The names of what is there now."""
        return [name for name, one in self._states.items() if one.is_ready.is_set()]

    async def stop(self, order: Sequence[str]) -> None:
        """End the processes in the given order, the others with the last."""
        self._stopping = True
        for state in self._states.values():
            if state.keeper is not None:
                state.keeper.cancel()
        for name in order:
            await self._end(self._states[name]) if name in self._states else None
        await asyncio.gather(*(self._end(state) for state in self._states.values()))
        self._held.close()

    def pid(self, name: str) -> int | None:
        """Return the process id of the process `name`, or None while it is down."""
        state = self._states.get(name)
        process = state.process if state else None
        return process.pid if process is not None and process.returncode is None else None

    async def _first_start(self, state: _State, fault: str) -> None:
        for name in state.spec.after:
            await self._states[name].is_ready.wait()
        try:
            if fault:
                raise StartError(fault)
            await self._begin(state)
        except StartError as error:
            if state.spec.needed:
                raise
            self._tell(state, error)
        state.keeper = asyncio.create_task(self._keep(state))

    async def _begin(self, state: _State) -> None:
        """Start a process and wait until it is ready."""
        state.starts += 1
        # Only where it failed before: a look at a large database takes its time.
        if state.said:
            await self._look_for_fault(state)
        began = time.monotonic()
        try:
            await self._launch(state)
        except OSError as error:
            raise StartError(f"{state.spec.title} can't be started: {error}.") from error
        try:
            await self._until_ready(state, began)
        except StartError:
            await self._clear(state)
            await self._look_for_fault(state)
            raise
        state.is_ready.set()

    @staticmethod
    async def _look_for_fault(state: _State) -> None:
        if fault := await asyncio.to_thread(state.spec.fault):
            raise StartError(fault)

    @staticmethod
    async def _clear(state: _State) -> None:
        """End what is left of a process and its session: a worker with its port, say."""
        if state.process is not None:
            _signal(state.process.pid, signal.SIGKILL)
            await state.process.wait()

    async def _until_ready(self, state: _State, began: float) -> None:
        spec, process = state.spec, state.process
        while process is not None:
            if process.returncode is not None:
                raise StartError(
                    f"{spec.title} ended with {process.returncode} while it started. "
                    f"{self._tail(spec)}"
                )
            # Something else may answer in its place; and nobody may, on a port that is held.
            if await _first(spec.ready(), process.wait()) and process.returncode is None:
                return
            if time.monotonic() - began > spec.ready_s:
                raise StartError(
                    f"{spec.title} was not ready within {spec.ready_s:.0f} s. {self._tail(spec)}"
                )
            await asyncio.sleep(LOOK_S)

    def _tell(self, state: _State, error: Exception) -> None:
        """Say why a process is not there, once."""
        sentence = str(error)
        if sentence.partition("\n")[0] != state.said:
            state.said = sentence.partition("\n")[0]
            self._say(f"{sentence}\nThe other parts of Lodge go on; it is tried again.")

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
                env={**spec.environment, **self._held.variable(spec.ports)},
                pass_fds=self._held.descriptors(spec.ports),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C on the terminal is the supervisor's to pass on, in order.
                start_new_session=True,
                preexec_fn=_child(spec),
            )

    async def _keep(self, state: _State) -> None:
        """Start a process again whenever it has ended."""
        while not self._stopping:
            if state.is_ready.is_set() and state.process is not None:
                code = await self._ended(state, state.process)
                state.is_ready.clear()
                await self._clear(state)
                self._tell_end(state, code)
            if pause := _pause(state.starts):
                with self._held.refused(state.spec.ports):
                    await asyncio.sleep(pause)
            try:
                await self._begin(state)
            except StartError as error:
                self._tell(state, error)
            else:
                if state.ends < AT_ONCE:
                    self._back(state)

    async def _ended(self, state: _State, process: asyncio.subprocess.Process) -> int:
        """Wait for the end of a process; note when it is steady."""
        try:
            return await asyncio.wait_for(asyncio.shield(process.wait()), STEADY_S)
        except TimeoutError:
            if state.ends >= AT_ONCE:
                self._back(state)
            state.starts = state.ends = 0
        return await process.wait()

    def _back(self, state: _State) -> None:
        state.said = ""
        self._say(f"{state.spec.title} is back.")

    def _tell_end(self, state: _State, code: int) -> None:
        title = state.spec.title
        state.ends += 1
        if state.ends < AT_ONCE:
            self._say(f"{title} ended with {code}; starting it again.")
            return
        log = self._log_path(state.spec)
        self._tell(state, StartError(f"{title} keeps ending, with {code} now; see {log}."))

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


async def _first(question: Awaitable[bool], end: Awaitable[object]) -> bool:
    """Return the answer to a question; False where the end comes before it."""
    asked, ended = asyncio.ensure_future(question), asyncio.ensure_future(end)
    try:
        await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
        return asked.done() and asked.result()
    finally:
        asked.cancel()
        ended.cancel()


def _pause(starts: int) -> float:
    """Return how long to wait before a process that was started so often is started again."""
    if starts < AT_ONCE:
        return 0.0
    return float(min(0.5 * 2 ** (starts - AT_ONCE), LONGEST_PAUSE_S))


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
