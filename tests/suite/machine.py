"""What of this machine belongs to a run of the tests: processes, mounts, accounts."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import psutil
from cluster.kubernetes import cgroups
from lodge_spawner.control_groups import ControlGroups, own_groups

#: The variable that every process of a run inherits, unless it is started with a clean environment.
MARK = "LODGE_TEST_RUN"


def group(run: str) -> Path | None:
    """Return the control group of a run, or None where this user may have none.

    Whatever a test starts is in it, with a clean environment and under another account as well.
    """
    if os.geteuid() != 0:
        return None
    mounts = cgroups.hierarchies()
    if not mounts:
        return None
    # A cluster counts its own processes by the controller `pids` and would take them out of there.
    best = next((mount for mount in mounts if mount.name.startswith("cpuacct")), mounts[0])
    return best / f"lodge-run-{run}"


def processor_seconds(group: Path | None) -> float:
    """Return the seconds that a control group has kept cores busy; 0 where nobody counts them."""
    if group is None:
        return 0.0
    for name, key, unit in (("cpuacct.usage", "", 1e9), ("cpu.stat", "usage_usec", 1e6)):
        with contextlib.suppress(OSError):
            words = (group / name).read_text().split()
            return int(words[words.index(key) + 1] if key else words[0]) / unit
    return 0.0


def processes(run: str) -> list[psutil.Process]:
    """Return the processes of a run, or of one of its parts, that have not ended.

    The caller is none of them.
    """
    pids = {process.pid for process in psutil.process_iter() if _marked(process, run)}
    if (folder := group(run)) and folder.is_dir():
        for path in (folder, *folder.rglob("*")):
            # A group may go while it is read.
            with contextlib.suppress(OSError):
                pids.update(map(int, (path / "cgroup.procs").read_text().split()))
    found = []
    for pid in pids - {os.getpid(), 0}:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _marked(process: psutil.Process, run: str) -> bool:
    try:
        return f"{process.environ().get(MARK, '')}/".startswith(f"{run}/")
    except (psutil.Error, OSError):
        return False


def mounts(folder: Path) -> list[Path]:
    """Return what is mounted below a folder, the innermost first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]
    return sorted((point for point in points if point.is_relative_to(folder)), reverse=True)


def accounts(folder: Path) -> list[str]:
    """Return the Unix accounts whose homes are below a folder."""
    return [entry.pw_name for entry in pwd.getpwall() if Path(entry.pw_dir).is_relative_to(folder)]


def remove_account(name: str) -> None:
    """Remove a Unix account, whose home may be gone already."""
    # It holds a lock of the machine's for a moment, which another run may have.
    subprocess.run(["/usr/sbin/userdel", "--force", name], check=False, capture_output=True)


def remove_mount(point: Path) -> None:
    """Unmount, also what is still in use."""
    subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder; refuse while something is mounted in it."""
    if not mounts(folder):
        shutil.rmtree(folder, ignore_errors=True)


def remove_limits(folder: Path) -> None:
    """Remove the control groups of users of each Lodge whose data folder is in a folder.

    One that is stopped removes its own; one that was killed leaves them, empty, to its next start.
    """
    for pattern in ("*/*/secrets/instance", "*/*/*/secrets/instance"):
        for file in folder.glob(pattern):
            name = f"lodge-{file.read_text(encoding='utf-8')}"
            ControlGroups(tuple(group / name for group in own_groups())).remove()
