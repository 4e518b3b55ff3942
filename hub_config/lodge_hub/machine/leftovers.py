"""What an earlier Lodge left running on this machine: found by mark and by user id, and ended.

A user's process can drop the mark, which is in its environment, and not its user id.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from functools import partial

import psutil
from lodge_spawner import AccountError
from lodge_spawner.accounts import own_uids
from lodge_spawner.process import end_processes, processes_of, processes_with

from ..folders import DataFolder

#: In the environment of all processes of a scheduled run.
_RUN = "LODGE_RUN_ID"
#: So often what was started meanwhile is looked for.
_ROUNDS = 5


def end_leftovers(folder: DataFolder, ports: Collection[int], say: Callable[[str], None]) -> None:
    """End what an earlier Lodge left when it was killed; scheduled runs are left to go on.

    Parameters
    ----------
    folder
        The data folder.
    ports
        What Lodge is about to listen on: no process of a user's keeps it from that.
    say
        Called with a line where there was something, or something can't be ended.
    """
    number = _end(partial(_leftovers, folder, ports), grace_s=5.0)
    if number:
        say(f"  Ended {number} processes that an earlier Lodge had left behind.")
    for process in _leftovers(folder, ports):
        say(f"  An earlier Lodge's {_described(process)} can't be ended; Lodge starts beside it.")


def sweep(folder: DataFolder) -> None:
    """End whatever still runs for this installation."""
    _end(partial(_all_of, folder), grace_s=3.0)


def _end(find: Callable[[], list[psutil.Process]], grace_s: float) -> int:
    number = 0
    for _ in range(_ROUNDS):
        found = find()
        if not found:
            break
        number += end_processes(found, grace_s)
        grace_s = 0.5
    return number


def _leftovers(folder: DataFolder, ports: Collection[int]) -> list[psutil.Process]:
    found = _all_of(folder)
    runs = _families([process for process in found if _RUN in _environment(process)])
    return [
        process
        for process in found
        if process.pid not in runs or any(port in ports for port in _listens_on(process))
    ]


def _all_of(folder: DataFolder) -> list[psutil.Process]:
    """Return all processes of this installation but this one."""
    instance = folder.secret("instance")
    found = {process.pid: process for process in processes_with("LODGE_INSTANCE", instance)}
    if os.geteuid() == 0:
        try:
            uids = own_uids(folder.root, instance)
        except AccountError:
            uids = set()  # which is told when Lodge looks for damage
        found |= {process.pid: process for process in processes_of(uids)}
    found.pop(os.getpid(), None)
    return list(found.values())


def _families(processes: Collection[psutil.Process]) -> set[int]:
    """Return the ids of processes, of what they started, and of what is in their sessions."""
    pids = {process.pid for process in processes}
    for process in processes:
        try:
            pids |= {child.pid for child in process.children(recursive=True)}
        except psutil.Error:
            continue
    sessions = {session for pid in pids if (session := _session(pid))}
    return pids | {pid for pid in psutil.pids() if _session(pid) in sessions}


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _listens_on(process: psutil.Process) -> list[int]:
    try:
        found = process.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return []
    return [one.laddr.port for one in found if one.status == psutil.CONN_LISTEN]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _described(process: psutil.Process) -> str:
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        command = ""
    return f"process {process.pid} (`{command}`)"
