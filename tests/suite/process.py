"""One group's process: started, watched, ended."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from suite import machine
from suite.plan import ROOT, Group
from suite.runs import Run, end_processes

#: Seconds that what a test ended may still need to be gone.
GRACE = 10.0
#: Seconds that tests of one group may take on the slowest machine: more is a wait without an end.
LIMIT = 1500.0
#: Seconds that a group has to end after Ctrl-C.
PATIENCE = 60.0


@dataclass
class Outcome:
    """What came of a group.

    Attributes
    ----------
    group
        The group.
    seconds
        How long it took.
    processor
        How many seconds of it a core was busy, containers of a cluster not counted.
    passed
        Whether all went well.
    tests
        How many tests there were.
    skipped
        How many of them did not run.
    files
        Seconds of each file.
    said
        What it printed.
    left
        What it left behind, a sentence each.
    """

    group: Group
    seconds: float
    passed: bool
    tests: int = 0
    skipped: int = 0
    files: dict[str, float] = field(default_factory=dict)
    said: str = ""
    left: list[str] = field(default_factory=list)
    processor: float = 0.0


class Testing:
    """A group that is being tested.

    Parameters
    ----------
    group
        The group.
    run
        The run that it is a part of.
    number
        Its number there.
    options
        Further options of pytest.
    """

    def __init__(self, group: Group, run: Run, number: int, options: tuple[str, ...] = ()) -> None:
        self.group = group
        self._part = Run(f"{run.name}/{number}")
        self._part.make()
        self._began = time.monotonic()
        self._interrupted = 0.0
        self._note = ""
        command = group.command
        if group.files:
            pytest = (f"--junitxml={self._report}", f"--basetemp={self._part.folder / 'p'}")
            command += [*pytest, *options]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*self._entering(), *command],
                cwd=ROOT,
                env={
                    **os.environ,
                    machine.MARK: self._part.name,
                    "TMPDIR": str(self._temporary),
                    "LODGE_TEST_FOLDER": str(self._part.folder),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C of a terminal is the runner's, which passes it on.
                start_new_session=True,
            )

    def _entering(self) -> list[str]:
        """Return what comes before a command that is to have a /tmp and a control group of its own.

        Not every program heeds TMPDIR: Java and its children keep their files in /tmp.
        """
        folder = self._part.folder / "t"
        folder.mkdir()
        folder.chmod(0o1777)
        if self._part.group is None:
            self._temporary = folder
            return []
        self._temporary = Path("/tmp")
        group = str(self._part.group / "cgroup.procs")
        script = f"echo $$ >{shlex.quote(group)}"
        for kept in _kept(Path("/tmp")):
            place = folder / kept.relative_to("/tmp")
            place.mkdir(parents=True)
            script += f" && mount --bind {shlex.quote(str(kept))} {shlex.quote(str(place))}"
        script += f' && mount --rbind {folder} /tmp && exec "$@"'
        return ["unshare", "--mount", "/bin/sh", "-c", script, "sh"]

    @property
    def _log(self) -> Path:
        return self._part.folder / "log"

    @property
    def _report(self) -> Path:
        return self._part.folder / "junit.xml"

    def interrupt(self) -> None:
        """Let it end as by Ctrl-C: fixtures end what they started."""
        self._interrupted = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)

    def watch(self) -> None:
        """Interrupt it when it takes too long, and kill it when it does not heed that."""
        now = time.monotonic()
        if self._interrupted:
            if now - self._interrupted > PATIENCE and self.process.poll() is None:
                self._note += f"It went on for {PATIENCE:.0f} s after Ctrl-C and was killed.\n"
                self.kill()
        elif self.group.files and now - self._began > LIMIT:
            self._note = f"It took longer than {LIMIT:.0f} s and was interrupted.\n"
            self.interrupt()

    def kill(self) -> None:
        """End it now, with all that it started."""
        end_processes(self._part.name)
        self.process.wait()

    def outcome(self) -> Outcome:
        """Return what came of it, once its process has ended; nothing of it is left then."""
        outcome = Outcome(
            self.group,
            time.monotonic() - self._began,
            self.process.returncode == 0,
            said=self._log.read_text(errors="replace") + self._note,
            processor=machine.processor_seconds(self._part.group),
        )
        if self.group.files:
            _count(outcome, self._report)
        outcome.left = self._left()
        if outcome.left:
            outcome.passed = False
        self._part.end()
        return outcome

    def _left(self) -> list[str]:
        """Say what it left behind."""
        end = time.monotonic() + GRACE
        while (alive := machine.processes(self._part.name)) and time.monotonic() < end:
            time.sleep(0.05)
        found = []
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.append(f"process {process.pid}: {' '.join(process.cmdline())[:300]}")
        found += [f"mount {point}" for point in machine.mounts(self._part.folder)]
        found += [f"account {name}" for name in machine.accounts(self._part.folder)]
        return found


def _kept(folder: Path) -> list[Path]:
    """Return what of a folder tests need as it is: the checkout, caches, homes that lie in it."""
    named = ("LODGE_CACHE", "XDG_CACHE_HOME", "UV_CACHE_DIR", "GOPATH", "GOCACHE", "GOMODCACHE")
    paths = {ROOT, Path.home(), Path(sys.base_prefix), Path(sys.prefix)}
    paths |= {Path(os.environ[name]) for name in named if os.environ.get(name)}
    inside = {path for path in paths if path.is_relative_to(folder) and path.is_dir()}
    return sorted(path for path in inside if inside.isdisjoint(path.parents))


def _count(outcome: Outcome, report: Path) -> None:
    try:
        cases = ElementTree.parse(report).getroot().iter("testcase")
    except (OSError, ElementTree.ParseError):
        outcome.passed = False  # it ended before it could tell
        return
    for case in cases:
        outcome.tests += 1
        outcome.skipped += case.find("skipped") is not None
        name = case.get("classname", "").removeprefix("tests.")
        outcome.files[name] = outcome.files.get(name, 0.0) + float(case.get("time", 0))
