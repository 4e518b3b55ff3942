"""lodge-run on a disk that fills up: it ends at once, says so, and keeps what was saved."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from lodge_runner.spec import RunResult
from support.disk import fill, small_disk

pytestmark = pytest.mark.integration

FILLS = """\
print("begun", flush=True)
with open("more", "wb", buffering=0) as file:
    try:
        while True:
            file.write(b"x" * 65536)
    except OSError:
        pass
    try:
        while True:
            file.write(b"x")
    except OSError:
        pass
import time
for number in range(600):
    print("x" * 100_000, flush=True)
    time.sleep(0.1)
"""


def run(folder: Path, *sources: str) -> subprocess.CompletedProcess[str]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    (folder / "in.ipynb").write_text(nbformat.writes(notebook))
    return subprocess.run(
        [sys.executable, "-m", "lodge_runner.cli", "in.ipynb", "out.ipynb"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_run_whose_disk_fills_up_ends_and_keeps_what_it_did(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8m") as folder:
        began = time.monotonic()
        done = run(folder, "print('kept')", FILLS, "print('never')")
        assert done.returncode == 5
        assert time.monotonic() - began < 30
        assert "quota of its folder is full" in done.stderr
        assert "Traceback" not in done.stderr
        result = RunResult.model_validate_json((folder / "out.ipynb.result.json").read_bytes())
        assert result.state == "failed"
        assert result.error is not None
        assert (result.error.cell, result.cells_total) == (1, 3)
        assert "Make room, and run it again" in result.error.message
        executed = nbformat.read(folder / "out.ipynb", as_version=4)
        nbformat.validate(executed)
        assert executed.cells[0].outputs[0].text == "kept\n"
        assert [cell["state"] for cell in executed.metadata.lodge.run.cells] == [
            *("done", "killed", "not_run")
        ]
        assert not (folder / "out.ipynb.journal").exists()
        assert not list(folder.glob(".lodge-run-*"))


def test_on_a_full_disk_no_run_begins(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as folder:
        (folder / "in.ipynb").write_text("x" * 4096)
        fill(folder)
        done = run(folder, "print('never')")
        assert done.returncode == 2
        assert "No space left on device; make room there." in done.stderr
        assert not (folder / "out.ipynb.journal").exists()
