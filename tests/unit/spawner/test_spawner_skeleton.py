"""A new home gets its files with its user's rights, wherever the user's links lead."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_spawner.accounts import Account
from lodge_spawner.skeleton import copy_skeleton


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that all accounts can go through."""
    folder = Path(tempfile.mkdtemp(prefix="lodge-skeleton-"))
    folder.chmod(0o711)
    skeleton = folder / "skeleton"
    (skeleton / "examples").mkdir(parents=True)
    (skeleton / "Welcome.ipynb").write_text("welcome")
    (skeleton / "examples" / "sql.ipynb").write_text("sql")
    for path in (skeleton, *skeleton.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def account(place: Path) -> Account:
    """An account of its own where tests are root's, else that of the tests."""
    entry = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, entry.pw_uid, entry.pw_gid)
    own = os.getuid() != 0
    uid, gid = (None, None) if own else (entry.pw_uid, entry.pw_gid)
    return Account("ada", "ada", uid, gid, entry.pw_name, home)


def test_a_new_home_has_everything_as_the_users_own(place: Path, account: Account) -> None:
    copy_skeleton(place / "skeleton", account)
    assert (account.home / "Welcome.ipynb").read_text() == "welcome"
    copied = account.home / "examples" / "sql.ipynb"
    assert copied.read_text() == "sql"
    assert copied.stat().st_uid == account.home.stat().st_uid
    assert copied.stat().st_mode & 0o077 == 0


def test_what_is_there_stays(place: Path, account: Account) -> None:
    (account.home / "Welcome.ipynb").write_text("mine")
    copy_skeleton(place / "skeleton", account)
    assert (account.home / "Welcome.ipynb").read_text() == "mine"


def test_a_link_leads_to_nothing_that_is_not_the_users(place: Path, account: Account) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o755)
    (account.home / "examples").symlink_to(closed)
    (account.home / "Welcome.ipynb").symlink_to(closed / "new")
    with pytest.raises(OSError, match="examples"):
        copy_skeleton(place / "skeleton", account)
    assert list(closed.iterdir()) == []
