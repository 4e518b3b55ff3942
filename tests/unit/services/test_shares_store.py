"""The store never shows half of anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from lodge_services.shares.stores.base import SAFE_AGE, MissingContent
from lodge_services.shares.stores.folder import FolderStore


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if path.name != "store.lock"]


def test_put_and_get(store: FolderStore, tmp_path: Path) -> None:
    digest = store.put(b"content")
    assert digest == sha256(b"content").hexdigest()
    assert store.get(digest) == b"content"
    assert store.put(b"content") == digest
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_missing(store: FolderStore, digest: str) -> None:
    with pytest.raises(MissingContent):
        store.get(digest)


def test_damage_is_noticed(store: FolderStore, tmp_path: Path) -> None:
    digest = store.put(b"content")
    files(tmp_path)[0].write_bytes(b"c0ntent")
    with pytest.raises(MissingContent, match="damaged"):
        store.get(digest)


def test_a_failed_write_leaves_nothing(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(b"content")
    assert files(tmp_path) == []


def test_sweep_takes_only_what_is_old_and_unwanted(store: FolderStore, tmp_path: Path) -> None:
    old, wanted, young = (store.put(text) for text in (b"old", b"wanted", b"young"))
    (store.temporary / "unfinished").write_bytes(b"half")
    past = time.time() - SAFE_AGE - 60
    for path in files(tmp_path):
        if path.name != young:
            os.utime(path, (past, past))
    assert store.sweep(lambda digest: digest == wanted) == 1
    assert {path.name for path in files(tmp_path)} == {wanted, young}
    assert old not in {path.name for path in files(tmp_path)}


def test_putting_again_saves_from_the_sweep(store: FolderStore, tmp_path: Path) -> None:
    digest = store.put(b"content")
    past = time.time() - SAFE_AGE - 60
    os.utime(files(tmp_path)[0], (past, past))
    store.put(b"content")
    assert store.sweep(lambda _digest: False) == 0
    assert store.get(digest) == b"content"


def test_a_sweep_goes_on_past_what_it_cannot_delete(
    store: FolderStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    digest = store.put(b"old")
    stray = store.objects / "ab"
    (stray / "folder").mkdir(parents=True)
    (store.objects / "stray").touch()
    past = time.time() - SAFE_AGE - 60
    for path in (*files(tmp_path), stray / "folder"):
        os.utime(path, (past, past))
    assert store.sweep(lambda _digest: False) == 1
    assert digest not in {path.name for path in files(tmp_path)}
    assert str(stray / "folder") in caplog.text


WRITER = """
import sys
from pathlib import Path
from lodge_services.shares.stores.folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(10_000):
    store.put(b"%d" % number * 50_000)
"""


def test_kill_leaves_only_whole_content(tmp_path: Path) -> None:
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        while len(files(tmp_path / "objects")) < 3:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for path in files(tmp_path / "objects"):
            assert sha256(path.read_bytes()).hexdigest() == path.name
