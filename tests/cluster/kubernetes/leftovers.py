"""Clusters begin and end: each has a folder and a lock that is held as long as somebody needs it.

The lock goes with the processes that hold it, however they end. So a folder whose lock is free is
what a killed test left behind, and whoever begins the next cluster removes it first.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

from cluster.kubernetes import cgroups
from cluster.kubernetes.build import exclusive
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.paths import cache, running


def begin(name: str) -> int:
    """Remove what others left, make a cluster's folder and return the descriptor that locks it."""
    with _alone():
        for dead in _dead():
            _remove(dead)
        folder = running() / name
        try:
            folder.mkdir(parents=True, mode=0o711)
        except FileExistsError:
            raise ClusterError(f"There is a cluster {name} already; end it first.") from None
        return _lock(folder)


def end(name: str) -> None:
    """End all of a cluster and remove what it left: processes, control groups, files."""
    with _alone():
        _remove(name)


def sweep() -> list[str]:
    """Remove the clusters that nobody holds any more; return their names."""
    with _alone():
        dead = _dead()
        for name in dead:
            _remove(name)
        return dead


def alive(name: str) -> bool:
    """Tell whether somebody holds a cluster's lock."""
    path = running() / name / "lock"
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _alone() -> contextlib.AbstractContextManager[None]:
    # Between the making of a folder and its lock nobody may take it for a dead one's.
    return exclusive(cache() / "running.lock")


def _dead() -> list[str]:
    if not running().is_dir():
        return []
    return [path.name for path in sorted(running().iterdir()) if not alive(path.name)]


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _remove(name: str) -> None:
    # The last process takes the namespaces with it: mounts, interfaces, rules.
    cgroups.kill(name)
    cgroups.remove(name)
    folder = running() / name
    if folder.exists():
        _refuse_mounts(folder)
        shutil.rmtree(folder)


def _refuse_mounts(folder: Path) -> None:
    """Refuse to remove what is mounted: a folder of the machine would lose its files."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mounted = Path(line.split()[4])
        if mounted.is_relative_to(folder):
            raise ClusterError(f"{mounted} is still mounted; `umount {mounted}`, then try again.")
