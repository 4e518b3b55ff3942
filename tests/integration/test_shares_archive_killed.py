"""`lodge shares` as a process: it shows how far it is, and killed it leaves nothing half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from lodge_services.shares.models import Actor
from support.lodge import wait_for
from support.shares_folder import Place, notebook

pytestmark = pytest.mark.integration

ADA = Actor("ada")


def many(place: Place, count: int) -> None:
    with place.service() as service:
        for number in range(count):
            service.shares.create(ADA, title=str(number), notebook=notebook(str(number) * 20_000))


def test_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    place = Place(tmp_path / "many")
    many(place, 100)
    own, its = os.openpty()
    command = [str(Path(sys.executable).with_name("lodge")), *place.command("export", tmp_path)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=its, text=True, check=True)
        shown = os.read(own, 100_000).decode()
    finally:
        os.close(own)
        os.close(its)
    assert "written: " in shown
    assert " of 100 shares, " in shown
    # Nothing of it stays in the line, nor in what a script reads.
    assert shown.endswith("\r\x1b[K")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_an_export_that_is_ended_leaves_nothing(tmp_path: Path, end: signal.Signals) -> None:
    place, out = Place(tmp_path / "many"), tmp_path / "out"
    many(place, 300)
    out.mkdir()
    for pause in (0.0, 0.1, 0.3):
        with _lodge(place, "export", out) as process:
            wait_for(partial(_has_open, process, out), 60, "the file")
            time.sleep(pause)
            process.send_signal(end)
        if process.returncode == 0:  # it was quicker
            (archive,) = out.iterdir()
            Place(tmp_path / f"new{pause}").lodge("import", archive)
            archive.unlink()
        assert list(out.iterdir()) == []


def test_an_import_that_is_killed_goes_on_the_next_time(tmp_path: Path) -> None:
    place, archive = Place(tmp_path / "many"), tmp_path / "all.tar"
    many(place, 200)
    place.lodge("export", archive)
    new = Place(tmp_path / "new")
    with new.service() as service:
        shares = service.shares
        known = 0
        for _ in range(3):
            with _lodge(new, "import", archive) as process:
                wait_for(partial(lambda known: shares.count(ADA) > known, known), 60, "a share")
                process.kill()
            known = shares.count(ADA)
        assert known < 200
        # What is there is whole.
        for share in shares.list(ADA, limit=1000).items:
            assert shares.notebook(ADA, share.id, 1)["cells"]
    new.lodge("import", archive)
    assert new.all() == place.all()


@contextmanager
def _lodge(place: Place, *arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [str(Path(sys.executable).with_name("lodge")), *place.command(*arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield process


def _has_open(process: subprocess.Popen[bytes], folder: Path) -> bool:
    """Tell whether a process has a file of a folder open, or has made one."""
    assert process.poll() in (None, 0)
    if process.poll() == 0:
        return True
    found = []
    for entry in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(OSError):
            found.append(entry.readlink())
    return any(folder in path.parents for path in found)
