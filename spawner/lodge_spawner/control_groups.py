"""Limits for all processes of a user together, by the control groups of Linux.

Below one group of the installation each user has one, which every process of theirs begins in:
servers, kernels, terminals, runs. The installation's group leaves memory to the platform, the
users' share the CPU alike. Both versions of control groups are spoken; the names are those of
the kernel's documentation (admin-guide/cgroup-v2.rst and cgroup-v1).
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

log = logging.getLogger(__name__)

_CONTROLLERS = ("cpu", "memory", "pids")
_MOUNTS = Path("/proc/self/mountinfo")
_OWN = Path("/proc/self/cgroup")

#: The file of each limit: version 2, and version 1.
_MEMORY = ("memory.max", "memory.limit_in_bytes")
_PROCESSES = ("pids.max",)


@dataclass(frozen=True)
class Limits:
    """What users' processes may have.

    Parameters
    ----------
    memory
        Bytes of one user. 0, here and below: no limit.
    all_memory
        Bytes of all users together.
    processes
        Processes and threads of one user.
    """

    memory: int = 0
    all_memory: int = 0
    processes: int = 0


class ControlGroups:
    """The groups of an installation's users.

    Parameters
    ----------
    folders
        The installation's group: one folder with version 2, one for each controller with
        version 1. None of them: users have no limits.
    limits
        What they get.
    """

    def __init__(self, folders: tuple[Path, ...] = (), limits: Limits = Limits()) -> None:
        self.folders = folders
        self.limits = limits

    def make(self) -> None:
        """Make the installation's group.

        Raises
        ------
        OSError
            The machine refuses.
        """
        for folder in self.folders:
            folder.mkdir(exist_ok=True)
            if (folder / "cgroup.subtree_control").exists():
                (folder / "cgroup.subtree_control").write_text(_enabling(), encoding="ascii")
            _limit(folder, _MEMORY, self.limits.all_memory)

    def user(self, slug: str) -> tuple[Path, ...]:
        """Return the files that a process writes ``0`` to in order to be in a user's group.

        The group is made where it isn't there. Where it can't be, a warning says so, and the
        user's processes have the installation's limits alone. While Lodge is down the
        installation has no group, and nobody a limit.
        """
        entries = []
        for folder in filter(Path.is_dir, self.folders):
            group = folder / slug
            try:
                group.mkdir(exist_ok=True)
                _limit(group, _MEMORY, self.limits.memory)
                _limit(group, _PROCESSES, self.limits.processes)
            except OSError as error:
                log.warning("The processes of %s have no limit of their own: %s", slug, error)
                group = folder
            entries.append(group / "cgroup.procs")
        return tuple(entries)

    def processes(self, slug: str | None = None) -> set[int]:
        """Return the ids of the processes of a user, or of all users."""
        found: set[int] = set()
        for folder in self.folders:
            for group in _nested(folder / slug if slug else folder):
                # A group may go while it is read.
                with contextlib.suppress(OSError):
                    text = (group / "cgroup.procs").read_text(encoding="ascii")
                    found.update(map(int, text.split()))
        return found - {0}

    def remove(self, wait_s: float = 1.0) -> None:
        """Remove the groups without processes; those of processes that are about to end as well."""
        end = time.monotonic() + wait_s
        for folder in self.folders:
            for group in _nested(folder):
                while group.is_dir():
                    with contextlib.suppress(OSError):
                        group.rmdir()
                        break
                    if time.monotonic() > end:
                        break
                    time.sleep(0.02)


def own_groups() -> list[Path]:
    """Return the groups that this process may make groups in; none where it may make none.

    One with version 2, one for each controller with version 1. A machine of version 1 may have
    a hierarchy of version 2 beside it, to which no controller is left.
    """
    if os.geteuid() != 0:
        return []
    return [*_version_1()] or [*_version_2()]


def memory_of(groups: list[Path]) -> int:
    """Return the bytes of memory that this process and its like may have."""
    limits = [psutil.virtual_memory().total]
    for group in groups:
        for name in _MEMORY:
            # Version 2 says "max" where there is no limit; version 1 a number beyond all memory.
            with contextlib.suppress(OSError, ValueError):
                limits.append(int((group / name).read_text(encoding="ascii")))
    return min(limits)


def _nested(folder: Path) -> Iterator[Path]:
    """Yield a group and those in it, the innermost first."""
    for path, _, _ in os.walk(folder, topdown=False):
        yield Path(path)


def _limit(group: Path, names: tuple[str, ...], value: int) -> None:
    for name in names:
        if value and (group / name).exists():
            (group / name).write_text(str(value), encoding="ascii")


def _enabling() -> str:
    return " ".join(f"+{one}" for one in _CONTROLLERS)


def _mounts(kind: str) -> Iterator[tuple[Path, set[str]]]:
    """Yield mount point and options of each hierarchy of one version."""
    for line in _MOUNTS.read_text(encoding="utf-8").splitlines():
        before, _, after = line.partition(" - ")
        found, _, options = after.split()[:3]
        if found == kind:
            yield Path(before.split()[4]), set(options.split(","))


def _own(controller: str) -> str:
    """Return this process's group in a hierarchy, relative to its mount."""
    for line in _OWN.read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""


def _version_1() -> Iterator[Path]:
    """Yield this process's group under each controller: groups may be made in any."""
    for mount, options in _mounts("cgroup"):
        for controller in options.intersection(_CONTROLLERS):
            own = mount / _own(controller)
            # A container sees the path of its group as the machine knows it.
            yield own if own.is_dir() else mount
            break


def _version_2() -> Iterator[Path]:
    """Yield the innermost group above or of this process that hands its controllers on.

    A group with processes of its own hands on none, the outermost aside.
    """
    for mount, _ in _mounts("cgroup2"):
        found = None
        group = mount
        for part in ("", *Path(_own("")).parts):
            group = group / part
            try:
                (group / "cgroup.subtree_control").write_text(_enabling(), encoding="ascii")
            except OSError:
                break
            found = group
        if found is not None:
            yield found
