"""What is damaged is restored from the newest whole backup, while Lodge is stopped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from lodge_spawner import Account, Accounts, LocalSettings, demote

from ..folders import DataFolder
from ..settings import Settings
from .backups import BackupError, backups_folder, damage_of, newest
from .state import Kept, kept


@dataclass
class Repair:
    """What a repair has done: a sentence for each thing that was damaged.

    Parameters
    ----------
    restored
        On what is whole again.
    lost
        On what there is no whole backup of.
    """

    restored: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def repair(settings: Settings, folder: DataFolder) -> Repair:
    """Restore the newest whole copy of all that is damaged.

    What was damaged is kept beside it, under a name that ends in ``.damaged``. Nothing may have
    the files open.

    Raises
    ------
    AccountError, BackupError
        Something can't be restored.
    """
    done = Repair()
    for one in kept(settings, folder):
        account = _metastore_account(folder) if one.kind == "derby" else None
        damage = damage_of(folder, one)
        if account is not None and not damage and one.path.exists():
            damage = _derby_damage(folder, account)
        if not damage:
            continue
        copy = newest(folder, one)
        if copy is None:
            done.lost.append(
                f"{one.title}, {one.path}, is damaged ({damage}), and there is no whole backup of "
                "it: move it away to begin anew without what it held."
            )
            continue
        aside = _restore(one, copy, account)
        done.restored.append(
            f"{one.title}, {one.path}, was damaged ({damage}): it is now as it was at "
            f"{copy.relative_to(backups_folder(folder)).parts[0]}; the damaged one is {aside}."
        )
    return done


def _metastore_account(folder: DataFolder) -> Account | None:
    if not folder.local_settings.exists():
        return None
    account = Accounts(LocalSettings.load(folder.local_settings)).ensure("service:metastore")
    return replace(account, home=folder.metastore)


def _derby_damage(folder: DataFolder, account: Account) -> str:
    """Return what Derby itself says of the metastore's database; "" where it is whole."""
    settings = folder.run / "metastore.json"
    if not settings.exists():
        return ""
    done = subprocess.run(
        [sys.executable, "-m", "lodge_hub.metastore", "--check", str(settings)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=demote(account),
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 3 else ""


def _restore(one: Kept, copy: Path, account: Account | None) -> Path:
    """Put a copy in the place of what is damaged; return where that is now."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    aside = one.path.with_name(f"{one.path.name}.{stamp}.damaged")
    if one.kind == "derby":
        _restore_derby(one.path, aside, copy, account)
    else:
        _restore_file(one.path, aside, copy)
    return aside


def _restore_file(path: Path, aside: Path, copy: Path) -> None:
    # A kill at any point leaves the damaged one in its place, to be repaired again.
    unfinished = path.with_name(f".{path.name}.restored")
    shutil.copyfile(copy, unfinished)
    unfinished.chmod(0o600)
    owner = path.stat()
    os.chown(unfinished, owner.st_uid, owner.st_gid)
    os.link(path, aside)
    for suffix in ("-wal", "-shm", "-journal"):
        more = path.with_name(path.name + suffix)
        if more.exists():
            more.rename(aside.with_name(aside.name + suffix))
    unfinished.replace(path)


def _restore_derby(path: Path, aside: Path, copy: Path, account: Account | None) -> None:
    if account is None:
        raise BackupError(f"{path} has no account to be restored under: start Lodge once.")
    path.rename(aside)
    with copy.open("rb") as file:
        done = subprocess.run(
            ["tar", "-I", "gzip", "-xf", "-", "-C", path.parent],
            stdin=file,
            capture_output=True,
            preexec_fn=demote(account),
            text=True,
            check=False,
        )
    if done.returncode:
        raise BackupError(f"{path} can't be restored from {copy}: {done.stderr.strip()}")
