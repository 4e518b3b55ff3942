"""lodge-run when things die: what is kept, what is said, and that nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import psutil
import pytest
from lodge_runner.spec import RunResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.integration

# A cell that says who is running, starts a child of its own, and stays.
STAYS = """\
import os, subprocess, time
child = subprocess.Popen(["sleep", "600"])
print("kept", flush=True)
with open("pids", "w") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(600)
"""


class Case:
    """A notebook in a folder of its own, and a run of it."""

    def __init__(self, folder: Path, *sources: str) -> None:
        self.folder = folder
        self.notebook = folder / "in.ipynb"
        self.out = folder / "out.ipynb"
        self.result = folder / "out.ipynb.result.json"
        self.journal = folder / "out.ipynb.journal"
        nb = nbformat.v4.new_notebook()
        nb.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nb, self.notebook)
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "lodge_runner.cli",
                str(self.notebook),
                str(self.out),
                *arguments,
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def pids(self) -> list[int]:
        """Processes of the kernel and its child, once the cell runs."""
        file = self.folder / "pids"
        wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
        return [int(pid) for pid in file.read_text().split()]

    def read(self) -> Any:
        nb = nbformat.read(self.out, as_version=4)
        nbformat.validate(nb)
        return nb

    def read_result(self) -> RunResult:
        return RunResult.model_validate_json(self.result.read_text(encoding="utf-8"))


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def states(nb: Any) -> list[str]:
    return [cell.state for cell in nb.metadata.lodge.run.cells]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Case]]:
    cases: list[Case] = []

    def make_case(*sources: str) -> Case:
        cases.append(Case(tmp_path, *sources))
        return cases[-1]

    yield make_case
    for case in cases:
        for process in case.processes:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_cancelled(make: Callable[..., Case], number: signal.Signals) -> None:
    case = make("first = 1\nfirst", STAYS, "never = 1")
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        process = case.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    pids = case.pids()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "cancelled in cell 2" in said
    nb = case.read()
    assert states(nb) == ["done", "killed", "not_run"]
    assert nb.metadata.lodge.run.state == "cancelled"
    assert [o.output_type for o in nb.cells[1].outputs] == ["stream", "error"]
    assert nb.cells[1].outputs[0].text == "kept\n"
    assert case.read_result().state == "cancelled"
    assert not case.journal.exists()
    for pid in pids:
        wait_until(lambda pid=pid: gone(pid))  # type: ignore[misc]


def test_hangup_below_nohup_is_ignored(make: Callable[..., Case]) -> None:
    case = make(STAYS)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = case.start()
    finally:
        signal.signal(signal.SIGHUP, before)
    case.pids()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert states(case.read()) == ["killed"]


def test_cell_that_takes_no_interrupt_is_killed(make: Callable[..., Case]) -> None:
    stubborn = (
        "while True:\n    try:\n        time.sleep(600)\n    except BaseException:\n        pass\n"
    )
    case = make(STAYS.replace("time.sleep(600)\n", stubborn))
    process = case.start()
    pids = case.pids()
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    nb = case.read()
    assert states(nb) == ["killed"]
    assert nb.cells[0].outputs[0].text == "kept\n"
    assert all(gone(pid) for pid in pids)


def test_timed_out(make: Callable[..., Case]) -> None:
    case = make("1", STAYS)
    process = case.start("--timeout", "5")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "longer than allowed" in said
    nb = case.read()
    assert nb.metadata.lodge.run.state == "timed_out"
    assert states(nb)[1] in ("killed", "not_run")
    if (case.folder / "pids").exists():
        assert all(gone(pid) for pid in case.pids())


def test_kernel_killed(make: Callable[..., Case]) -> None:
    case = make("print('before')", STAYS, "never = 1")
    process = case.start()
    kernel, child = case.pids()
    # What a kernel has said may still be on its way.
    wait_until(lambda: "kept" in case.journal.read_text(encoding="utf-8").split('"start":1')[-1])
    os.kill(kernel, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "killed in cell 2 (signal 9), most likely because memory ran out" in said
    nb = case.read()
    assert states(nb) == ["done", "killed", "not_run"]
    assert nb.cells[0].outputs[0].text == "before\n"
    assert nb.cells[1].outputs[0].text == "kept\n"
    result = case.read_result()
    assert (result.state, result.exit_code) == ("kernel_died", 3)
    assert result.error is not None
    assert result.error.cell == 1
    assert gone(child)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os; os._exit(7)", "ended itself in cell 1 with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "(SIGSEGV)"),
    ],
)
def test_kernel_ends_itself(make: Callable[..., Case], source: str, sentence: str) -> None:
    case = make(source)
    process = case.start()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert sentence in said
    assert states(case.read()) == ["killed"]


def test_runner_killed(make: Callable[..., Case]) -> None:
    case = make("print('before')", STAYS, "never = 1")
    process = case.start()
    pids = case.pids()
    wait_until(lambda: "kept" in case.journal.read_text(encoding="utf-8").split('"start":1')[-1])
    folders = [
        Path(word).parent for word in psutil.Process(pids[0]).cmdline() if "lodge-run-" in word
    ]
    process.kill()
    process.communicate()
    for pid in pids:
        wait_until(lambda pid=pid: gone(pid))  # type: ignore[misc]
    wait_until(lambda: not any(folder.exists() for folder in folders))
    assert not case.out.exists()
    assert case.read_result().state == "running"
    again = subprocess.run(
        [sys.executable, "-m", "lodge_runner.cli", "--recover", str(case.out)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert again.returncode == 0, again.stderr
    assert "2 of 3 cells" in again.stderr
    nb = case.read()
    assert states(nb) == ["done", "killed", "not_run"]
    assert nb.metadata.lodge.run.state == "failed"
    assert nb.cells[0].outputs[0].text == "before\n"
    assert nb.cells[1].outputs[0].text == "kept\n"
    result = case.read_result()
    assert (result.state, result.exit_code) == ("failed", 5)
    assert result.error is not None
    assert (result.error.cell, result.current_cell) == (1, None)
    assert not case.journal.exists()


def test_next_run_recovers_first(make: Callable[..., Case], tmp_path: Path) -> None:
    case = make("print('before')", STAYS)
    process = case.start()
    case.pids()
    process.kill()
    process.communicate()
    (tmp_path / "pids").unlink()
    second = case.start()
    case.pids()
    assert case.read().cells[0].outputs[0].text == "before\n"
    assert states(case.read()) == ["done", "killed"]
    second.terminate()
    _, said = second.communicate(timeout=60)
    assert "The run before was killed" in said
    assert case.read().metadata.lodge.run.state == "cancelled"


def test_two_runs_of_one_output(make: Callable[..., Case]) -> None:
    case = make(STAYS)
    first = case.start()
    case.pids()
    second = case.start()
    _, said = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "Another run is writing" in said
    assert first.poll() is None
    recovering = subprocess.run(
        [sys.executable, "-m", "lodge_runner.cli", "--recover", str(case.out)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert recovering.returncode == 2
    first.terminate()
    first.communicate(timeout=60)
    assert first.returncode == 130


def test_progress_while_running(make: Callable[..., Case]) -> None:
    case = make("1", STAYS, "2")
    process = case.start()
    case.pids()
    wait_until(lambda: case.read_result().current_cell == 1)
    result = case.read_result()
    assert (result.state, result.exit_code, result.ended_at) == ("running", None, None)
    assert (result.cells_done, result.cells_total) == (1, 3)
    process.terminate()
    process.communicate(timeout=60)


def test_full_disk(make: Callable[..., Case]) -> None:
    case = make("print('x' * 200_000)", "print('done')")
    limited = (
        "import resource, sys; from lodge_runner.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, str(case.notebook), str(case.out)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 5
    assert "can't be written (File too large)" in done.stderr
    assert not case.out.exists()
    assert case.read_result().exit_code == 5
    assert not [p.name for p in case.folder.iterdir() if p.name.endswith(".tmp")]


def test_journal_cut_short_is_read_up_to_there(make: Callable[..., Case]) -> None:
    case = make("print('before')", STAYS)
    process = case.start()
    case.pids()
    process.kill()
    process.communicate()
    data = case.journal.read_bytes()
    lines = data.splitlines(keepends=True)
    ends = [i for i, line in enumerate(lines) if b'"end"' in line]
    case.journal.write_bytes(b"".join(lines[: ends[0] + 1]) + b'{"outputs":[[1,["str')
    from lodge_runner.execute import recover

    result = recover(case.out)
    assert result["cells_done"] == 1
    assert states(case.read()) == ["done", "not_run"]
    assert json.loads(case.result.read_text())["error"]["cell"] is None
