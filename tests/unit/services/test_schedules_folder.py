"""The folder of a run, whatever its user put into it."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from lodge_services.errors import BadRequest
from lodge_services.schedules.executors.folder import LOG, RESULT, RunFolder, working_folder
from lodge_services.schedules.models import new_id


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path, new_id())
    os.close(made.make({"input.ipynb": b"{}"}, None))
    return made


def test_it_is_the_users_alone(folder: RunFolder) -> None:
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.path.iterdir()} == {
        "input.ipynb": 0o600,
        LOG: 0o600,
    }


def test_it_is_made_anew(folder: RunFolder) -> None:
    (folder.path / "old").touch()
    os.close(folder.make({}, None))
    assert [path.name for path in folder.path.iterdir()] == [LOG]


def test_a_plain_file_is_read(folder: RunFolder) -> None:
    (folder.path / RESULT).write_bytes(b"12345")
    assert folder.read(RESULT, 5) == b"12345"
    assert folder.tail(RESULT, 3) == b"345"
    assert folder.tail(RESULT, 100) == b"12345"
    assert folder.holds(RESULT)


def test_one_that_is_too_large_is_not(folder: RunFolder) -> None:
    (folder.path / RESULT).write_bytes(b"123456")
    assert folder.read(RESULT, 5) is None


def make_link(path: Path) -> None:
    secret = path.parent.parent / "secret"
    secret.write_text("secret")
    path.symlink_to(secret)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    "make", [make_link, make_device, os.mkfifo, Path.mkdir, lambda path: None], ids=str
)
def test_what_is_not_a_plain_file_is_not_read(folder: RunFolder, make) -> None:  # type: ignore[no-untyped-def]
    make(folder.path / RESULT)
    assert folder.read(RESULT, 1000) is None
    assert folder.tail(RESULT, 1000) == b""
    assert not folder.holds(RESULT)


def test_a_file_of_somebody_else_is_not_read(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a hard link to a file of Lodge would be."""
    (folder.path / RESULT).write_text("theirs")
    real = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        if stat.S_ISREG(int(found[0])):
            found[4] += 1
        return os.stat_result(found)

    monkeypatch.setattr(os, "fstat", fstat)
    assert folder.read(RESULT, 1000) is None


def test_a_folder_that_became_a_link_is_not_followed(folder: RunFolder, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / RESULT).write_text("x")
    folder.remove()
    folder.path.symlink_to(other)
    assert folder.read(RESULT, 10) is None


def test_removing_follows_no_link(folder: RunFolder, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (folder.path / "link").symlink_to(kept)
    folder.remove()
    folder.remove()
    assert not folder.path.exists()
    assert (kept / "file").exists()


def test_a_folder_5000_deep_is_removed(folder: RunFolder) -> None:
    here = os.open(folder.path, os.O_RDONLY)
    for _ in range(5000):
        os.mkdir("deeper", dir_fd=here)
        deeper = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    folder.remove()
    assert not folder.path.exists()


def test_a_folder_that_cannot_be_removed_is_told(folder: RunFolder) -> None:
    (folder.path / "mounted").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "lodge-test", folder.path / "mounted"], check=True)
    try:
        with pytest.raises(OSError, match="mounted"):
            folder.remove()
    finally:
        subprocess.run(["umount", folder.path / "mounted"], check=True)


@pytest.mark.parametrize("run_id", ["", "..", "a/b", "A", "x" * 33, "a\n"])
def test_an_id_is_no_path(tmp_path: Path, run_id: str) -> None:
    with pytest.raises(ValueError, match="not the id of a run"):
        RunFolder(tmp_path, run_id)


def test_a_notebook_runs_in_its_folder_and_never_outside_of_the_home(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    (home / "reports").mkdir(parents=True)
    outside.mkdir()
    (home / "out").symlink_to(outside)
    (home / "in").symlink_to(home / "reports")
    expected = {
        "reports/a.ipynb": home / "reports",
        "a.ipynb": home,
        "/reports/a.ipynb": home / "reports",
        "in/a.ipynb": home / "reports",
        "out/a.ipynb": home,
        "../outside/a.ipynb": home,
        "reports/../../outside/a.ipynb": home,
    }
    assert {path: working_folder(home, path) for path in expected} == expected


@pytest.mark.parametrize("folder", ["gone", "gone/deeper", "circle", "file", "x\x00", "x" * 300])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, folder: str) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "file").touch()
    with pytest.raises(BadRequest) as caught:
        working_folder(tmp_path, f"{folder}/a.ipynb")
    assert f"there is no folder {folder} in the home folder" in str(caught.value)
