"""The data folder: closed where it must be, one Lodge at a time."""

import os
import stat
from pathlib import Path

import pytest
from lodge_hub.folders import STOPPING, DataFolder, FolderError, closed_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_closed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    first = folder.secret("cookie")
    assert folder.secret("cookie") == first
    assert len(first) == 64
    assert mode(folder.secrets) == 0o700
    assert mode(folder.secrets / "cookie") == 0o600


def test_a_secret_that_was_opened_is_closed_again(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    folder.secret("cookie")
    (folder.secrets / "cookie").chmod(0o644)
    folder.secret("cookie")
    assert mode(folder.secrets / "cookie") == 0o600


def test_a_second_lodge_is_refused_with_a_sentence(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    said = r"already runs .* at http://127\.0\.0\.1:8000"
    with folder.lock("http://127.0.0.1:8000"), pytest.raises(FolderError, match=said):
        folder.lock("http://127.0.0.1:9000")
    folder.lock("http://127.0.0.1:9000").close()
    assert (folder.root / "lodge.lock").stat().st_mode & 0o777 == 0o600


def test_a_lodge_that_stops_is_waited_for(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    said: list[str] = []
    stops = folder.lock(STOPPING)

    def say(line: str) -> None:
        said.append(line)
        stops.close()

    folder.lock("starting", say).close()
    assert f"process {os.getpid()}, `" in said[0]


def test_one_that_does_not_stop_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lodge_hub.folders.STOP_S", 0.2)
    folder = DataFolder(tmp_path)
    folder.make()
    said = rf"process {os.getpid()}, `.*`, since .*; it has not stopped within 0 s"
    with folder.lock(STOPPING), pytest.raises(FolderError, match=said):
        folder.lock("starting")


def test_the_topmost_closed_folder_is_named(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    found = closed_folder(inner)
    assert found is not None
    assert found in (tmp_path / "closed", *tmp_path.parents, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="can't be made"):
        DataFolder(tmp_path / "file" / "data").make()
