"""Temporary files and sockets are in closed folders, and root is led nowhere by what is in them."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_spawner import LocalSettings, SparkSettings, user_environment
from lodge_spawner.accounts import Account
from lodge_spawner.closed_folders import make_closed, make_passable, remove_closed
from lodge_spawner.process import demote
from lodge_spawner.temporary import TemporaryFolder, sweep


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that all accounts can go through."""
    folder = Path(tempfile.mkdtemp(prefix="lodge-temporary-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def settings(place: Path) -> LocalSettings:
    spark = SparkSettings(Path("/opt/spark"), Path("/opt/java"), Path(sys.executable))
    return LocalSettings(place, "test", separate_users=False, spark=spark)


@pytest.fixture
def account(place: Path) -> Account:
    """An account of its own where tests are root's, else that of the tests."""
    root = os.getuid() == 0
    entry = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    uid, gid = (entry.pw_uid, entry.pw_gid) if root else (None, None)
    return Account("ada", "ada", uid, gid, entry.pw_name, home)


def as_user(account: Account, script: str, *arguments: str | Path) -> str:
    """Run a line of the shell as the user; return what it said."""
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *map(str, arguments)],
        preexec_fn=demote(account),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_what_a_user_makes_is_closed_to_others(account: Account) -> None:
    as_user(account, "touch file && mkdir folder")
    for name, mode in (("file", 0o600), ("folder", 0o700)):
        assert stat.S_IMODE((account.home / name).stat().st_mode) == mode


def test_a_server_and_a_run_have_a_folder_each_and_find_it(
    settings: LocalSettings, account: Account
) -> None:
    folders = [
        TemporaryFolder.of_server(settings, account),
        TemporaryFolder.of_server(settings, account, "second one"),
        TemporaryFolder.of_run(settings, "abc1"),
    ]
    assert len({folder.path for folder in folders}) == 3
    for folder in folders:
        folder.make(account)
        found = folder.path.lstat()
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert found.st_uid == account.home.stat().st_uid
        assert folder.environment["TMPDIR"] == str(folder.path)
        assert f'"-Djava.io.tmpdir={folder.path}"' in folder.environment["SPARK_SUBMIT_OPTS"]
    assert stat.S_IMODE(settings.temporary.stat().st_mode) == 0o711


def test_a_folder_is_empty_when_its_next_server_starts(
    settings: LocalSettings, account: Account
) -> None:
    folder = TemporaryFolder.of_server(settings, account)
    folder.make(account)
    as_user(account, 'mkdir "$1/blockmgr-1" && touch "$1/blockmgr-1/left"', folder.path)
    folder.make(account)
    assert list(folder.path.iterdir()) == []


def test_all_goes_that_its_owner_can_remove_and_nothing_else(
    settings: LocalSettings, account: Account, place: Path
) -> None:
    kept = place / "kept"
    kept.mkdir()
    (kept / "file").write_text("kept")
    folder = TemporaryFolder.of_run(settings, "abc2")
    folder.make(account)
    as_user(
        account,
        'cd "$1" && ln -s "$2" link && ln -s / root && mkfifo pipe && touch .hidden "-rf" '
        '"$(printf "\\377")" && mkdir -p shut/inner && touch shut/inner/file && chmod 000 shut '
        "&& i=0; while [ $i -lt 1500 ]; do mkdir d && cd d; i=$((i + 1)); done",
        *(folder.path, kept),
    )
    folder.remove()
    assert not folder.path.exists()
    assert (kept / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")
def test_what_is_not_its_owners_to_remove_stays_and_is_told(
    settings: LocalSettings, account: Account
) -> None:
    folder = TemporaryFolder.of_run(settings, "abc3")
    folder.make(account)
    roots = folder.path / "of-root"
    roots.mkdir(mode=0o755)
    (roots / "file").touch()
    with pytest.raises(OSError, match=r"can't be removed: .*Permission denied"):
        remove_closed(folder.path)
    assert (roots / "file").exists()


def test_a_link_in_the_place_of_a_folder_is_not_followed(account: Account, place: Path) -> None:
    kept = place / "kept"
    kept.mkdir(mode=0o755)
    (kept / "file").touch()
    (place / "folder").symlink_to(kept)
    with pytest.raises(NotADirectoryError):
        make_closed(place / "folder", account.owner)
    with pytest.raises(NotADirectoryError):
        remove_closed(place / "folder")
    assert (kept / "file").exists()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o755
    assert kept.stat().st_uid == os.geteuid()


def test_folders_of_lodges_are_passable_whatever_the_umask(place: Path) -> None:
    before = os.umask(0o077)
    try:
        make_passable(place / "one" / "two")
    finally:
        os.umask(before)
    for folder in (place / "one", place / "one" / "two"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o711


def test_what_a_kill_left_is_swept_and_what_is_in_use_is_kept(
    settings: LocalSettings, account: Account
) -> None:
    used, left = (TemporaryFolder.of_run(settings, name) for name in ("used", "left"))
    for folder in (used, left):
        folder.make(account)
        as_user(account, 'touch "$1/file"', folder.path)
    user_environment(settings, account)
    process = subprocess.Popen(["/bin/sleep", "600"], env=used.environment)
    try:
        sweep(settings)
        assert (used.path / "file").exists()
        assert not left.path.exists()
        assert not (settings.sockets / account.slug).exists()
    finally:
        process.kill()
        process.wait()
    sweep(settings)
    assert list(settings.temporary.iterdir()) == []


def test_the_files_that_lodge_writes_for_a_user_are_led_nowhere(
    settings: LocalSettings, account: Account, place: Path
) -> None:
    target = place / "target"
    target.write_text("kept")
    folder = settings.run_dir / "users" / "ada"
    # As a Lodge of before left it: the user's own, who has planted what they like.
    folder.mkdir(parents=True)
    folder.parent.chmod(0o711)
    os.chown(folder, account.home.stat().st_uid, account.home.stat().st_gid)
    as_user(
        account,
        'cd "$1" && ln -s "$2" sources.toml && ln -s "$2" ".sources.toml.$3" && '
        "mkdir spark-defaults.conf && touch spark-defaults.conf/file",
        *(folder, target, str(os.getpid())),
    )
    environment = user_environment(settings, account)
    assert target.read_text() == "kept"
    assert folder.stat().st_uid == os.geteuid()
    sources = Path(environment["LODGE_SOURCES"])
    assert not sources.is_symlink()
    assert stat.S_IMODE(sources.stat().st_mode) == 0o600
    as_user(account, 'cat "$1"', sources)
    if os.geteuid() == 0:
        with pytest.raises(subprocess.CalledProcessError):
            as_user(account, 'ln -s "$2" "$1/planted"', folder, target)


def test_sockets_are_in_a_closed_folder(settings: LocalSettings, account: Account) -> None:
    folder = Path(user_environment(settings, account)["JUPYTER_RUNTIME_DIR"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == account.home.stat().st_uid
