"""A cluster's control groups: by them all of its processes are found, whoever started them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from cluster.kubernetes.errors import ClusterError

PATIENCE = 30.0


def hierarchies() -> list[Path]:
    """Return where control groups are mounted: with version 1 a folder for each controller."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.split()[0] in ("cgroup", "cgroup2"):
            found.append(Path(before.split()[4]))
    return found


def folders(name: str) -> list[Path]:
    """Return a cluster's groups, the outermost of each hierarchy."""
    return [path for mount in hierarchies() if (path := mount / group(name)).is_dir()]


def group(name: str) -> str:
    """Return the group that holds a cluster's groups."""
    return f"lodge-{name}"


def create(name: str) -> None:
    """Make a cluster's groups: the kubelet wants its own to exist under every controller."""
    mounts = hierarchies()
    version_1 = any(mount.name == "pids" for mount in mounts)
    for mount in mounts:
        if version_1 and (mount / "cgroup.controllers").exists():
            continue  # version 2 beside version 1 has no controllers, and nobody uses it
        path = mount / group(name)
        path.mkdir()
        for limit in ("cpuset.cpus", "cpuset.mems"):
            # Version 1 begins a set of CPUs empty, and then nothing can run in it.
            with contextlib.suppress(FileNotFoundError, PermissionError):
                if (mount / "cgroup.clone_children").exists():
                    (path / limit).write_text((mount / limit).read_text())
    for part in ("node", "guests"):
        (tracker(name) / part).mkdir()


def tracker(name: str) -> Path:
    """Return the group above ``node``, the node's processes, and ``guests``, those beside it."""
    every = folders(name)
    return next((path for path in every if path.parent.name == "pids"), every[0])


def entering(group_folder: Path) -> list[str]:
    """Return a command that runs the command after it in a group."""
    script = 'echo $$ > "$0" && exec "$@"'
    return ["/bin/sh", "-c", script, str(group_folder / "cgroup.procs")]


def processes(name: str) -> set[int]:
    """Return every process of a cluster, in the node and beside it."""
    found: set[int] = set()
    for path in _nested(name):
        # A group may go while its parent is read.
        with contextlib.suppress(OSError):
            found.update(int(pid) for pid in (path / "cgroup.procs").read_text().split())
    return found - {0}


def _nested(name: str) -> Iterator[Path]:
    for top in folders(name):
        for folder, _, _ in os.walk(top, topdown=False):
            yield Path(folder)


def kill(name: str) -> None:
    """End every process of a cluster, at once, and wait until they are gone."""
    end = time.monotonic() + PATIENCE
    while alive := processes(name):
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            raise ClusterError(f"The cluster {name} can't be ended: processes {alive} stay alive.")
        time.sleep(0.02)


def remove(name: str) -> None:
    """Remove a cluster's groups, which hold no process any more."""
    end = time.monotonic() + PATIENCE
    while folders(name):
        for path in _nested(name):
            # Busy for a moment after the last process ended.
            with contextlib.suppress(OSError):
                path.rmdir()
        if time.monotonic() > end:
            raise ClusterError(f"The control groups of the cluster {name} can't be removed.")
        time.sleep(0.02)
