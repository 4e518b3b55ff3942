"""Nothing that a run of the tests starts is left, however the run ends."""

from __future__ import annotations

import pwd
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from cluster.kubernetes import cgroups
from cluster.kubernetes.paths import running
from suite import machine, runs
from support.lodge import wait_for
from support.suite import STARTED, Suite


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    started = Suite(tmp_path / "log")
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()
    wait_for(started.is_gone, 60, "the warden has cleared up")


def clusters() -> set[str]:
    return {path.name for path in running().iterdir()} if running().exists() else set()


def interfaces() -> set[str]:
    return {path.name for path in Path("/sys/class/net").iterdir()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_ended_run_leaves_nothing(suite: Suite, number: signal.Signals) -> None:
    before = interfaces()
    wait_for(suite.is_up, 180, "the drill is up")
    assert suite.names() >= STARTED
    assert suite.accounts()
    mine = {name for name in clusters() if cgroups.processes(name) & _pids(suite)}
    assert mine
    suite.process.send_signal(number)
    suite.process.wait(120)
    # Of a run that was killed the warden clears up, a moment later.
    wait_for(suite.is_gone, 60, "nothing is left")
    assert not mine & clusters()
    assert [name for name in mine if cgroups.folders(name)] == []
    assert interfaces() <= before
    assert [entry for entry in pwd.getpwall() if suite.name in entry.pw_dir] == []
    if number != signal.SIGKILL:
        assert suite.process.returncode == 130
        assert "Interrupted; nothing is left of it." in suite.log.read_text()


def test_a_run_that_was_killed_with_its_warden_is_cleared_up_by_the_next(suite: Suite) -> None:
    wait_for(suite.is_up, 180, "the drill is up")
    assert suite.names() >= STARTED
    assert suite.accounts()
    [warden] = [one for one in psutil.process_iter() if _is_warden(one, suite.name)]
    warden.kill()
    suite.process.kill()
    suite.process.wait()
    assert suite.left()
    assert suite.name in runs.sweep()
    assert not suite.left()


def _is_warden(process: psutil.Process, name: str) -> bool:
    try:
        return process.cmdline()[1:] == ["-m", "suite.runs", name]
    except psutil.Error:
        return False


def _pids(suite: Suite) -> set[int]:
    return {process.pid for process in machine.processes(suite.name)}
