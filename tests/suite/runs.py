"""A run of the tests: its folder, and the end of everything that it made.

A run holds the lock of its folder. The lock goes with the process that holds it, however that
ends, so a folder whose lock is free is what a killed run left behind. A warden, a process of its
own, waits for the end of its run and clears up at once; should the warden be killed as well, the
next run clears up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from cluster.kubernetes import leftovers

from suite import machine

#: Users' processes pass through it, and paths of sockets must stay short.
PARENT = Path("/var/tmp")
PREFIX = "lodge-run-"
#: Seconds that a killed process may take to be gone.
PATIENCE = 30.0


class Run:
    """One run, or a part of one.

    Parameters
    ----------
    name
        What tells it from others on this machine; a part's is ``RUN/PART``.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = PARENT / f"{PREFIX}{name}"
        self.group = machine.group(name)

    def make(self) -> None:
        """Make its folder and its control group."""
        self.folder.mkdir(mode=0o711)
        if self.group is not None:
            self.group.mkdir()

    def end(self) -> None:
        """End all of its processes and remove what it made."""
        end_processes(self.name)
        if os.geteuid() == 0:
            leftovers.sweep()
            for point in machine.mounts(self.folder):
                machine.remove_mount(point)
            for account in machine.accounts(self.folder):
                machine.remove_account(account)
            machine.remove_limits(self.folder)
        machine.remove_folder(self.folder)
        if self.group is not None:
            _remove_group(self.group)


def end_processes(name: str) -> None:
    """Kill the processes of a run, or of a part of one, and wait until they are gone."""
    end = time.monotonic() + PATIENCE
    while alive := machine.processes(name):
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if time.monotonic() > end:
            raise TimeoutError(f"these processes of a run of the tests do not end: {alive}")
        time.sleep(0.02)


def _remove_group(folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while folder.is_dir():
        for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir()
        # Busy for a moment after the last process ended.
        with contextlib.suppress(OSError):
            folder.rmdir()
        if time.monotonic() > end:
            raise TimeoutError(f"the control group {folder} can't be removed")
        time.sleep(0.02)


@contextlib.contextmanager
def begun() -> Iterator[Run]:
    """Begin a run, after what killed ones left; end it, and all that it made."""
    sweep()
    run = Run(secrets.token_hex(3))
    run.make()
    with (run.folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print(os.getpid(), file=lock, flush=True)
        warden = _warden(run)
        try:
            yield run
        finally:
            run.end()
            assert warden.stdin is not None
            warden.stdin.close()
            warden.wait()


def _warden(run: Run) -> subprocess.Popen[bytes]:
    """Start what clears up as soon as this process is gone, however it went."""
    return subprocess.Popen(
        [sys.executable, "-m", "suite.runs", run.name],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        # No Ctrl-C of a terminal reaches it.
        start_new_session=True,
    )


def sweep() -> list[str]:
    """Clear up after runs that were killed together with their wardens; return their names."""
    dead = []
    for folder in sorted(PARENT.glob(f"{PREFIX}*")):
        if not _held(folder):
            dead.append(folder.name.removeprefix(PREFIX))
            Run(dead[-1]).end()
    return dead


def _held(folder: Path) -> bool:
    """Tell whether somebody holds a run's lock, or is about to."""
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        # Its folder was made this moment, or is just being removed.
        with contextlib.suppress(FileNotFoundError):
            return time.time() - folder.stat().st_mtime < PATIENCE
    return False


def _watch(name: str) -> None:
    sys.stdin.buffer.read()
    run = Run(name)
    if run.folder.exists():
        run.end()


if __name__ == "__main__":
    _watch(sys.argv[1])
