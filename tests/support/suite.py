"""A run of the tests, as a process beside this one, and what of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
from suite import machine, runs

from support.lodge import wait_for

#: What a drill has started when it is up.
STARTED = {"postgres", "sleep", "kubelet", "containerd"}
#: The file in its group's folder that says so.
UP = "up"


class Suite:
    """A drill of the tests, run as a process beside this one."""

    def __init__(self, log: Path) -> None:
        self.log = log
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LODGE_TEST")}
        with log.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "suite", "drill"],
                cwd=Path(runs.__file__).parents[1],
                env=environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        wait_for(lambda: self._found() or self.process.poll() is not None, 60, "the run begins")
        self.name = self._found()
        assert self.name, log.read_text()

    def _found(self) -> str:
        for folder in runs.PARENT.glob(f"{runs.PREFIX}*"):
            lock = folder / "lock"
            if lock.exists() and lock.read_text().strip() == str(self.process.pid):
                return folder.name.removeprefix(runs.PREFIX)
        return ""

    def names(self) -> set[str]:
        found = set()
        for process in machine.processes(self.name):
            try:
                found.add(process.name())
            except psutil.NoSuchProcess:
                continue
        return found

    def is_up(self) -> bool:
        """Whether of everything some has been started."""
        assert self.process.poll() is None, self.log.read_text()
        return any(runs.Run(self.name).folder.glob(f"*/{UP}"))

    def accounts(self) -> list[str]:
        return machine.accounts(runs.Run(self.name).folder)

    def is_gone(self) -> bool:
        """Whether this machine has nothing of it any more."""
        return not self.left()

    def left(self) -> list[str]:
        """What this machine still has of it."""
        run = runs.Run(self.name)
        found = [str(process) for process in machine.processes(self.name)]
        found += [*self.accounts(), *map(str, machine.mounts(run.folder))]
        found += [str(path) for path in (run.folder, run.group) if path and path.exists()]
        return found
