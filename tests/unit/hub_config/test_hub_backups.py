"""What Lodge keeps is looked at, copied and restored."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from lodge_hub.cli.doctor import doctor
from lodge_hub.folders import DataFolder
from lodge_hub.machine.backups import (
    BackupError,
    back_up,
    backups_folder,
    disown,
    faults,
    lacking,
    surplus,
)
from lodge_hub.machine.repair import Repair, repair
from lodge_hub.machine.state import Kept, kept
from lodge_hub.settings import Settings
from lodge_hub.unix_socket import bound, connected
from lodge_spawner import Account, AccountError, Accounts, LocalSettings, SparkSettings

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder in which everything is whole, of a Lodge that one account runs."""
    made = DataFolder(tmp_path / "data")
    made.make()
    made.secret("cookie")
    spark = SparkSettings(made.root, made.root, made.root)
    LocalSettings(made.root, "test", separate_users=False, spark=spark).save(made.local_settings)
    (made.root / "accounts.json").write_text(
        json.dumps({"ada": {"slug": "ada", "uid": 20000, "login": "lodge-ada"}})
    )
    for one in parts(made):
        if one.kind == "sqlite":
            write(one.path, "before")
    database = made.metastore / "database"
    for name in ("seg0", "log"):
        (database / name).mkdir(parents=True)
    for name in ("service.properties", "log/log.ctrl", "seg0/c10.dat"):
        (database / name).write_text("derby")
    return made


def parts(folder: DataFolder) -> list[Kept]:
    return kept(Settings(), folder)


def part(folder: DataFolder, name: str) -> Kept:
    return next(one for one in parts(folder) if one.part == name)


def account(folder: DataFolder) -> Account:
    return Account("metastore", "metastore", None, None, "", folder.metastore)


def mended(folder: DataFolder) -> Repair:
    return repair(Settings(), folder)


def write(path: Path, text: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE IF NOT EXISTS said (text)")
        database.executemany("INSERT INTO said VALUES (?)", [(text,)] * 2000)
        database.commit()


def read(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {row[0] for row in database.execute("SELECT text FROM said")}


def garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:12288] = os.urandom(8192)
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def test_what_is_whole_is_left_alone(folder: DataFolder) -> None:
    assert faults(folder, parts(folder)) == {}
    back_up(folder, parts(folder), account(folder))
    assert mended(folder) == Repair()


@pytest.mark.parametrize("damage", [garble, cut, overwrite, empty])
@pytest.mark.parametrize("name", ["hub", "shares"])
def test_a_damaged_database_is_named_and_restored(
    folder: DataFolder, name: str, damage: Callable[[Path], None]
) -> None:
    back_up(folder, parts(folder), account(folder), NOON)
    one = part(folder, name)
    damage(one.path)
    found = faults(folder, parts(folder))
    assert list(found) == [name]
    assert str(one.path) in found[name]
    assert "`lodge doctor --repair`" in found[name]
    (said,) = mended(folder).restored
    assert "2027-01-04T12-00-00" in said
    assert read(one.path) == {"before"}
    assert len(list(one.path.parent.glob("*.damaged"))) == 1
    assert faults(folder, parts(folder)) == {}


def test_a_copy_is_whole_while_somebody_writes(folder: DataFolder) -> None:
    one = part(folder, "schedules")
    with closing(sqlite3.connect(one.path)) as writer:
        writer.execute("INSERT INTO said VALUES ('not committed')")
        backup = back_up(folder, parts(folder), account(folder))
        writer.commit()
    assert read(backup / "schedules" / "schedules.sqlite") == {"before"}


def test_an_open_database_is_taken_from_its_online_copy(folder: DataFolder) -> None:
    assert lacking(folder, parts(folder))
    back_up(folder, parts(folder), None)
    assert lacking(folder, parts(folder))
    database = part(folder, "metastore").path
    online = folder.metastore / "copy" / "database"
    shutil.copytree(database, online)
    (online / "seg0" / "c10.dat").write_text("online")
    back_up(folder, parts(folder), account(folder), online=online)
    assert not lacking(folder, parts(folder))
    shutil.rmtree(database / "seg0")
    mended(folder)
    assert (database / "seg0" / "c10.dat").read_text() == "online"


def test_a_socket_listens_at_a_path_of_any_length(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    path = folder / "a.sock"
    with bound(path) as listening:
        assert path.stat().st_mode & 0o777 == 0o600
        with connected(path, 10) as made:
            with listening.accept()[0] as accepted:
                accepted.sendall(b"done")
            assert made.recv(10) == b"done"
    with pytest.raises(OSError, match="No such file"), connected(path, 10):
        pass


def test_no_number_of_backups_drives_out_the_last_whole_copy(folder: DataFolder) -> None:
    back_up(folder, parts(folder), account(folder), NOON)
    one = part(folder, "shares")
    overwrite(one.path)
    for days in range(12):
        back_up(folder, parts(folder), None, NOON + timedelta(days=days + 1))
    assert len(list(backups_folder(folder).iterdir())) == 7
    assert len(mended(folder).restored) == 1
    assert read(one.path) == {"before"}
    database = part(folder, "metastore")
    (database.path / "service.properties").unlink()
    assert len(mended(folder).restored) == 1
    assert (database.path / "seg0" / "c10.dat").read_text() == "derby"


def test_a_copy_that_the_metastore_cannot_open_is_none(folder: DataFolder) -> None:
    database = part(folder, "metastore")
    back_up(folder, parts(folder), account(folder), NOON)
    (database.path / "seg0" / "c10.dat").write_text("garbage")
    back_up(folder, parts(folder), account(folder), NOON + timedelta(hours=1))
    disown(folder, database)
    (database.path / "service.properties").unlink()
    assert len(mended(folder).restored) == 1
    assert (database.path / "seg0" / "c10.dat").read_text() == "derby"


def test_many_starts_on_one_day_leave_the_backups_of_the_days_before() -> None:
    names = [f"2027-01-{day:02}T12" for day in range(1, 10)]
    names += [f"2027-01-09T13-{minute:02}" for minute in range(40)]
    kept = [Path(name) for name in names]
    left = [path.name for path in kept if path not in surplus(kept)]
    assert left == [f"2027-01-{day:02}T12" for day in range(3, 9)] + [
        f"2027-01-09T13-{minute:02}" for minute in range(37, 40)
    ]


def test_without_a_backup_the_sentence_says_what_is_left(folder: DataFolder) -> None:
    overwrite(part(folder, "shares").path)
    (said,) = mended(folder).lost
    assert "there is no whole backup" in said
    assert "begin anew" in said


def test_a_backup_that_would_fill_the_disk_is_not_made(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = SimpleNamespace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: free)
    with pytest.raises(BackupError, match="have to be free there"):
        back_up(folder, parts(folder), None)
    assert list(backups_folder(folder).iterdir()) == []


def test_an_empty_database_of_a_first_start_is_no_damage(folder: DataFolder) -> None:
    empty(part(folder, "hub").path)
    assert faults(folder, parts(folder)) == {}


def test_a_backup_that_cannot_be_made_leaves_nothing(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(BackupError, match="No space left on device"):
        back_up(folder, parts(folder), None)
    assert list(backups_folder(folder).iterdir()) == []


def test_doctor_names_and_mends(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lodge_hub.programs.examine", lambda *_: [])
    back_up(folder, parts(folder), account(folder), NOON)
    overwrite(part(folder, "shares").path)
    (folder.root / "accounts.json").write_text('{"ada": {"uid"')
    (folder.root / "secrets" / "cookie").write_text("")
    options = ["--data-dir", str(folder.root)]
    named = CliRunner().invoke(doctor, options)
    assert named.exit_code == 1
    assert named.output.count("is damaged") == 3
    with folder.lock("http://lodge"):
        held = CliRunner().invoke(doctor, [*options, "--repair"])
        assert held.exit_code == 1
        assert "Lodge already runs" in held.output
    mended = CliRunner().invoke(doctor, [*options, "--repair"])
    assert mended.exit_code == 0
    assert mended.output.count("it is now as it was at 2027-01-04T12-00-00") == 3
    assert CliRunner().invoke(doctor, options).exit_code == 0
    assert Accounts(LocalSettings.load(folder.local_settings)).known() == {"ada": 20000}


def test_doctor_says_what_it_cannot_mend(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lodge_hub.programs.examine", lambda *_: [])
    overwrite(part(folder, "shares").path)
    done = CliRunner().invoke(doctor, ["--data-dir", str(folder.root), "--repair"])
    assert done.exit_code == 1
    assert "there is no whole backup" in done.output


def test_a_damaged_list_of_accounts_is_told(folder: DataFolder) -> None:
    (folder.root / "accounts.json").write_text('{"ada": {"uid"')
    with pytest.raises(AccountError, match=r"accounts\.json, is damaged.*lodge doctor --repair"):
        Accounts(LocalSettings.load(folder.local_settings)).known()
