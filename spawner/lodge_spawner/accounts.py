"""Unix accounts of Lodge's users on one machine: allocated once, kept."""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from .local_settings import LocalSettings, write_private
from .locks import holder, open_lock, take

_FILE = "accounts.json"
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,22}")
#: How long the list of accounts may be held by another one: seconds.
_PATIENCE_S = 30.0


class AccountError(Exception):
    """An account could not be made; the message says why and what to do."""


@dataclass(frozen=True)
class Account:
    """What a process of a user runs as.

    Parameters
    ----------
    name
        The hub's user name.
    slug
        The name in a form that is safe in paths; unique.
    uid, gid
        The Unix ids, or None where all users share the ids that Lodge runs under.
    login
        The name of the Unix account.
    home
        The home folder, mode 0700.
    entries
        The files that its processes enter their control groups by.
    """

    name: str
    slug: str
    uid: int | None
    gid: int | None
    login: str
    home: Path
    entries: tuple[Path, ...] = ()

    @property
    def owner(self) -> tuple[int, int] | None:
        """User and group id for :func:`os.chown`, or None where there is nothing to change."""
        return None if self.uid is None or self.gid is None else (self.uid, self.gid)


class _Entry(TypedDict):
    slug: str
    uid: int
    login: str


def slug_of(name: str) -> str:
    """Return `name` where it is safe as a file name, else a safe form made unique by a digest."""
    if _PLAIN.fullmatch(name):
        return name
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:12] or "user"
    return f"{stem}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _entries(file: Path) -> dict[str, _Entry]:
    if not file.exists():
        return {}
    try:
        entries: dict[str, _Entry] = json.loads(file.read_text(encoding="utf-8"))
        if any(set(_Entry.__annotations__) - entry.keys() for entry in entries.values()):
            raise ValueError("a user lacks an id")
    except (AttributeError, TypeError, ValueError) as error:
        raise AccountError(
            f"The list of users' Unix accounts, {file}, is damaged ({error}): stop Lodge and run "
            "`lodge doctor --repair`, which restores the newest whole backup."
        ) from error
    return entries


def own_uids(data_dir: Path, instance: str) -> set[int]:
    """Return the user ids of the Unix accounts that an installation has made, and nobody else uses.

    Parameters
    ----------
    data_dir, instance
        The installation's data folder and name.

    Raises
    ------
    AccountError
        The list of accounts is damaged.
    """
    found = set()
    for entry in _entries(data_dir / _FILE).values():
        try:
            account = pwd.getpwuid(entry["uid"])
        except KeyError:
            continue
        # Another installation's, or an administrator's, may have taken the id over.
        if account.pw_name == entry["login"] and account.pw_gecos == _comment(instance):
            found.add(entry["uid"])
    return found


def _comment(instance: str) -> str:
    """Return what the Unix accounts of an installation are known by."""
    return f"Lodge {instance}"


class Accounts:
    """The accounts of one installation, kept in ``accounts.json`` of its data folder.

    Parameters
    ----------
    settings
        The installation's settings.
    """

    def __init__(self, settings: LocalSettings) -> None:
        self.settings = settings
        self._file = settings.data_dir / _FILE

    def ensure(self, name: str) -> Account:
        """Return the account of the user `name`; make it, and the home, where it is new.

        An account that ``accounts.json`` knows and the machine does not (a data folder moved to
        another machine) is made again with the user id that owns the files.

        Raises
        ------
        AccountError
            The range of ids is used up, or the id belongs to somebody else now.
        """
        slug = slug_of(name)
        home = self.settings.homes / slug
        if not self.settings.separate_users:
            account = Account(name, slug, None, None, pwd.getpwuid(os.getuid()).pw_name, home)
        else:
            with self._locked() as entries:
                entry = entries.get(name)
                if entry is None:
                    entry = self._begin(name, slug, home, entries)
                else:
                    self._make(name, entry, home)
            gid = pwd.getpwuid(entry["uid"]).pw_gid
            groups = self.settings.groups.user(slug)
            account = Account(name, slug, entry["uid"], gid, entry["login"], home, groups)
        self._make_home(account)
        return account

    def _begin(self, name: str, slug: str, home: Path, entries: dict[str, _Entry]) -> _Entry:
        while True:
            entry = entries[name] = self._allocate(name, slug, entries)
            # First the promise, then the account: a kill between the two is mended by the next
            # call, which makes the account with the same id.
            write_private(self._file, json.dumps(entries, indent=1, ensure_ascii=False))
            try:
                self._make(name, entry, home)
            except AccountError:
                # Another Lodge may have taken the id in this moment; no file has it yet.
                del entries[name]
                if entry["uid"] not in {item.pw_uid for item in pwd.getpwall()}:
                    write_private(self._file, json.dumps(entries, indent=1, ensure_ascii=False))
                    raise
            else:
                return entry

    def known(self) -> dict[str, int]:
        """Return the user ids handed out so far, by user name."""
        return {name: entry["uid"] for name, entry in self._read().items()}

    @contextmanager
    def _locked(self) -> Iterator[dict[str, _Entry]]:
        # Opened anew each time, so that it keeps threads of one process apart as well.
        with open_lock(self._file.with_suffix(".lock")) as file:
            if not take(file, _PATIENCE_S):
                raise AccountError(
                    f"The list of users' Unix accounts, {self._file}, has been in use for more "
                    f"than {_PATIENCE_S:.0f} s, by {holder(file)}: try again, and end that process "
                    "if it stays so."
                )
            yield self._read()

    def _read(self) -> dict[str, _Entry]:
        return _entries(self._file)

    def _allocate(self, name: str, slug: str, entries: dict[str, _Entry]) -> _Entry:
        used = {entry["uid"] for entry in entries.values()}
        used |= {item.pw_uid for item in pwd.getpwall()} | {item.gr_gid for item in grp.getgrall()}
        logins = {entry["login"] for entry in entries.values()}
        logins |= {item.pw_name for item in pwd.getpwall()}
        login = f"lodge-{slug.replace('.', '-')}"
        if login in logins:
            digest = hashlib.sha256(f"{self.settings.instance}/{name}".encode()).hexdigest()[:8]
            login = f"lodge-{slug.replace('.', '-')[:16]}-{digest}"
        for uid in range(self.settings.first_uid, self.settings.last_uid + 1):
            if uid not in used:
                return {"slug": slug, "uid": uid, "login": login}
        raise AccountError(
            f"{name} can't get a Unix account: the user ids {self.settings.first_uid} to "
            f"{self.settings.last_uid} are used up; widen users.first_uid and users.last_uid "
            "in lodge.toml."
        )

    def _make(self, name: str, entry: _Entry, home: Path) -> None:
        try:
            found = pwd.getpwuid(entry["uid"])
        except KeyError:
            pass
        else:
            if found.pw_name == entry["login"]:
                return
            raise AccountError(
                f"{name} can't get the Unix account {entry['login']}: the user id {entry['uid']}, "
                f"which owns the user's files, belongs to {found.pw_name} on this machine; remove "
                "that account or give it another id."
            )
        done = subprocess.run(
            [
                "/usr/sbin/useradd",
                *("--uid", str(entry["uid"]), "--user-group", "--no-create-home"),
                *("--home-dir", str(home), "--shell", "/usr/sbin/nologin"),
                *("--comment", _comment(self.settings.instance), entry["login"]),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AccountError(
                f"{name} can't get the Unix account {entry['login']}: {done.stderr.strip()}"
            )

    def _make_home(self, account: Account) -> None:
        account.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account.owner is not None and account.home.stat().st_uid != account.uid:
            os.chown(account.home, *account.owner)
        account.home.chmod(0o700)
