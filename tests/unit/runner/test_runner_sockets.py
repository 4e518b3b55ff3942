"""Folders of sockets: private, short, and removed by whoever comes next."""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING

import pytest
from lodge_runner.socket_folder import SocketFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def make_old(folder: Path) -> None:
    os.utime(folder / "lock", (time.time() - 3600,) * 2)


def test_private_and_removed(temporary: Path) -> None:
    folder = SocketFolder()
    assert folder.path.parent == temporary
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()
    assert list(temporary.iterdir()) == []


def test_too_long_a_path_goes_elsewhere(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = temporary / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    folder = SocketFolder()
    assert len(str(folder.path)) < 90
    assert list(long.iterdir()) == []
    folder.remove()


def test_sweep_takes_what_is_abandoned_and_leaves_what_is_in_use(temporary: Path) -> None:
    mine, living, dead, young = (SocketFolder() for _ in range(4))
    for one in (living, dead):
        make_old(one.path)
    for one in (dead, young):
        os.close(one._fd)
        one._fd = -1
    (temporary / "lodge-run-unlocked").mkdir()
    (temporary / "other").mkdir()
    mine.sweep()
    left = {path.name for path in temporary.iterdir()}
    assert left == {
        mine.path.name, living.path.name, young.path.name, "lodge-run-unlocked", "other",
    }  # fmt: skip
    for one in (mine, living, young):
        one.remove()
