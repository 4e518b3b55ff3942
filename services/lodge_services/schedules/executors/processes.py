"""Processes of runs: known for certain, found again, ended with all they started."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

#: In the environment of every process of a run, children included.
MARK = "LODGE_RUN_ID"

#: How long what was killed may take to be gone, in seconds.
_KILL_WAIT_S = 5.0


def identity(pid: int) -> str | None:
    """Return what no other process has before the machine starts anew; None for one that ended.

    Pids are used again, and the time of a process's start in seconds moves with the clock: the
    boot's id and the ticks since the boot do not.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        boot = _boot_id()
    except OSError:
        return _portable_identity(pid)
    return None if fields[0] in ("Z", "X") else f"{boot}/{fields[19]}"


def _portable_identity(pid: int) -> str | None:
    if Path("/proc/self/stat").exists():
        return None
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.Error:
        return None


@cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


async def wait_gone(pid: int, started: str, timeout_s: float) -> bool:
    """Wait until a process has ended, at most `timeout_s` seconds; tell whether it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (OSError, AttributeError):
        # An old kernel or another system: looked at again after the time is over.
        if identity(pid) == started:
            await asyncio.sleep(timeout_s)
        return identity(pid) != started
    try:
        # Only now is it certain which process the descriptor stands for.
        if identity(pid) != started:
            return True
        return await _readable(descriptor, timeout_s)
    finally:
        os.close(descriptor)


async def _readable(descriptor: int, timeout_s: float) -> bool:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        async with asyncio.timeout(timeout_s):
            await ended.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(descriptor)
    return True


def family(run_id: str, pid: int | None, uid: int | None) -> list[psutil.Process]:
    """Return the processes of a run: those it started, and what they started.

    Kernels and JVMs live in sessions of their own and lose their parent when it ends, so they
    are known by the mark in their environment as well.

    Parameters
    ----------
    run_id
        The run.
    pid
        Its first process, which may be gone.
    uid
        The user id of the run; processes of others are left alone. None: any.
    """
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or (uid is not None and process.uids().real != uid):
                continue
            in_session = pid is not None and os.getsid(process.pid) == pid
            if in_session or process.environ().get(MARK) == run_id:
                found[process.pid] = process
    for process in list(found.values()):
        with suppress(psutil.Error):
            for child in process.children(recursive=True):
                found.setdefault(child.pid, child)
    return list(found.values())


def interrupt(pid: int, started: str) -> None:
    """Ask the first process of a run to end in order."""
    if identity(pid) == started:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGINT)


def end_all(run_id: str, pid: int | None, uid: int | None, grace_s: float) -> int:
    """Terminate what is left of a run, and kill it `grace_s` seconds later; return the number.

    What is started meanwhile is killed as well: the look is repeated until nothing is found.
    """
    left = family(run_id, pid, uid)
    number = len(left)
    _signal(left, signal.SIGTERM)
    _wait(left, grace_s)
    deadline = time.monotonic() + _KILL_WAIT_S
    while (left := family(run_id, pid, uid)) and time.monotonic() < deadline:
        _signal(left, signal.SIGKILL)
        _wait(left, 1.0)
    return number


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            process.send_signal(number)


def _wait(processes: list[psutil.Process], timeout_s: float) -> None:
    """Wait for processes that may be children of ours, which others must reap."""
    deadline = time.monotonic() + timeout_s
    while any(_lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
