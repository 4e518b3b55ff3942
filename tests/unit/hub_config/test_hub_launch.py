"""`lodge up` step by step, with parts that only wait: what is missing, damaged or killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lodge_hub.folders import STOPPING, DataFolder, FolderError
from lodge_hub.identity import IdentityError
from lodge_hub.machine import launch
from lodge_hub.machine.backups import backups_folder
from lodge_hub.machine.supervisor import StartError
from lodge_hub.process import ProcessSpec
from lodge_hub.settings import Settings
from lodge_spawner import Account, LocalSettings, SparkSettings

SPARK = SparkSettings(home=Path("/none"), java_home=Path("/none"), python=Path(sys.executable))

WAITS = [sys.executable, "-c", "import time; time.sleep(600)"]
ENDS = [sys.executable, "-c", "raise SystemExit('no such thing')"]


class Lodge:
    """A Lodge whose parts are commands of a test."""

    def __init__(self, folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.commands = dict.fromkeys(("proxy", "hub", "shares", "identity", "metastore"), WAITS)
        self.sampled: list[bool] = []
        self.people: Any = lambda *_: None
        settings = Settings()
        platform = SimpleNamespace(
            settings=settings,
            folder=folder,
            addresses=SimpleNamespace(public_url="http://lodge.localhost:8000"),
            local=LocalSettings(folder.root, "test", separate_users=False, spark=SPARK),
            embedded_identity=True,
            embedded_metastore=True,
            metastore_account=lambda: Account("m", "m", None, None, "", folder.metastore),
        )
        self.settings = settings
        monkeypatch.setattr(launch, "Machine", lambda *_: SimpleNamespace(prepare=lambda: platform))
        monkeypatch.setattr(launch, "processes", lambda _: [self._spec(n) for n in self.commands])
        monkeypatch.setattr(launch, "make_people", lambda *given: self.people(*given))
        for name in ("end_leftovers", "sweep"):
            monkeypatch.setattr(launch, name, lambda *_: None)

        async def sample(*_: Any, hive: bool) -> None:
            self.sampled.append(hive)

        monkeypatch.setattr(launch, "_make_samples", sample)

    def _spec(self, name: str) -> ProcessSpec:
        async def ready() -> bool:
            return self.commands[name] is WAITS

        environment = {"PATH": os.environ["PATH"]}
        return ProcessSpec(name, self.commands[name], environment, ready, f"The {name}")

    def say(self, line: str) -> None:
        self.said.append(line)
        if "Everything is kept in" in line:
            os.kill(os.getpid(), signal.SIGTERM)

    def run(self) -> str:
        launch.run(self.settings, self.folder, self.say)
        return "\n".join(self.said)


@pytest.fixture
def lodge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lodge:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    for name in ("shares", "schedules"):
        with closing(sqlite3.connect(folder.root / name / f"{name}.sqlite")) as database:
            database.execute("CREATE TABLE a (b)")
            database.commit()
    return Lodge(folder, monkeypatch)


def test_each_start_makes_a_backup(lodge: Lodge) -> None:
    said = lodge.run()
    assert "Lodge is ready" in said
    assert "Without" not in said
    assert said.endswith("Lodge has stopped.")
    (backup,) = backups_folder(lodge.folder).iterdir()
    assert {path.name for path in backup.rglob("*.sqlite")} == {
        "shares.sqlite",
        "schedules.sqlite",
    }
    assert lodge.sampled == [True]


@pytest.mark.parametrize("name", ["shares", "identity", "metastore"])
def test_a_part_that_cannot_start_is_told_and_left_out(lodge: Lodge, name: str) -> None:
    lodge.commands[name] = ENDS
    said = lodge.run()
    assert f"The {name} ended with 1 while it started." in said
    assert "no such thing" in said
    assert f"Without: The {name}." in said
    assert lodge.sampled == [name != "metastore"]


def test_a_part_whose_database_is_damaged_is_not_started(lodge: Lodge) -> None:
    path = lodge.folder.root / "shares" / "shares.sqlite"
    path.write_bytes(b"no database" * 1000)
    said = lodge.run()
    assert f"The database of the service shares, {path}, is damaged" in said
    assert "Without: The shares." in said
    assert not (lodge.folder.logs / "shares.log").exists()


def test_users_that_cannot_be_set_up_keep_no_other_from_working(lodge: Lodge) -> None:
    def fail(*_: Any) -> None:
        raise IdentityError("The users could not be set up.")

    lodge.people = fail
    said = lodge.run()
    assert "The users could not be set up." in said
    assert "Lodge is ready" in said


def test_without_the_hub_lodge_ends_with_a_sentence(lodge: Lodge) -> None:
    lodge.commands["hub"] = ENDS
    with pytest.raises(ExceptionGroup) as group:
        lodge.run()
    assert "The hub ended with 1" in str(group.value.exceptions[0])
    (lodge.folder.hub / "jupyterhub.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StartError, match=r"jupyterhub\.sqlite, is damaged"):
        lodge.run()


def test_a_full_disk_is_told_at_the_start(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(launch, "Machine", lambda *_: SimpleNamespace(prepare=full))
    with pytest.raises(FolderError, match=r"No space left on device. Make room there"):
        lodge.run()


WAITS_FOR_ANOTHER = """
import pathlib, sys
from lodge_hub.folders import DataFolder
from lodge_hub.machine.launch import run
from lodge_hub.settings import Settings
run(Settings(), DataFolder(pathlib.Path(sys.argv[1])), lambda line: print(line, flush=True))
"""


def test_who_waits_for_another_lodge_ends_at_sigterm(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    command = [sys.executable, "-c", WAITS_FOR_ANOTHER, str(tmp_path)]
    with (
        folder.lock(STOPPING),
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waits,
    ):
        assert waits.stdout
        assert f"Waiting until the Lodge that stops here has stopped: process {os.getpid()}" in (
            waits.stdout.readline()
        )
        waits.terminate()
        assert waits.wait(5) == 128 + signal.SIGTERM
