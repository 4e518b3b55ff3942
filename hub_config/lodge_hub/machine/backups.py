"""Backups of what Lodge keeps on one machine, made at each start and daily.

A backup is a folder ``backups/TIME`` that holds whole copies only, below the paths that they have
in the data folder. Of what is damaged when a backup is made it has the newest whole copy before,
so that no number of starts drives that out.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lodge_spawner import Account, demote

from ..folders import DataFolder
from .state import Kept

#: These are kept: the newest, and the last one of each of the newest days.
KEEP_NEWEST, KEEP_DAYS = 3, 7
#: Suffix of the copy of a Derby database.
_ARCHIVE = ".tar.gz"


class BackupError(Exception):
    """A backup could not be made; the message says why and what to do."""


def backups_folder(folder: DataFolder) -> Path:
    """Return the folder of all backups."""
    return folder.root / "backups"


def back_up(
    folder: DataFolder,
    parts: Sequence[Kept],
    derby: Account | None,
    now: datetime | None = None,
    *,
    online: Path | None = None,
) -> Path:
    """Copy all that is whole; return the folder of the copies.

    Parameters
    ----------
    folder
        The data folder.
    parts
        What is kept.
    derby
        The account of Derby's files, which are copied under it while nothing has them open. None:
        they may be open, and the copy of the backup before is taken.
    now
        The time that the backup is named by.
    online
        A copy that Derby has made of its open database, which is taken in its place.

    Raises
    ------
    BackupError
        It could not be made; nothing half-made is left.
    """
    root = backups_folder(folder)
    stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H-%M-%S.%fZ")
    target, unfinished = root / stamp, root / f".{stamp}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        for left in root.glob(".*Z"):
            shutil.rmtree(left)
        _look_for_room(root, parts)
        before = _all(root)
        unfinished.mkdir(mode=0o700)
        for one in parts:
            place = place_of(folder, one)
            copy = unfinished / place
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _copied(one, copy, derby, online):
                _link_older([backup / place for backup in before], copy)
        unfinished.rename(target)
        for old in surplus([*before, target]):
            shutil.rmtree(old)
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BackupError(
            f"No backup could be made in {root}: {error}. Lodge goes on with those before; make "
            "room there, or give Lodge the right to write."
        ) from error
    return target


def lacking(folder: DataFolder, parts: Sequence[Kept]) -> bool:
    """Tell whether something is not in the newest backup that is there now."""
    backups = _all(backups_folder(folder))
    return not backups or any(
        one.path.exists() and not (backups[-1] / place_of(folder, one)).exists() for one in parts
    )


def disown(folder: DataFolder, one: Kept) -> None:
    """Put an older copy in the place of the newest one, which has turned out not to be whole.

    Only Derby itself can tell of its databases, when the metastore opens them.
    """
    backups = _all(backups_folder(folder))
    if backups:
        copies = [backup / place_of(folder, one) for backup in backups]
        with contextlib.suppress(OSError):  # a full disk, say; the next start does it
            copies[-1].unlink(missing_ok=True)
            _link_older(copies[:-1], copies[-1])


def damage_of(folder: DataFolder, one: Kept) -> str:
    """Return what is wrong with a database or state file; "" where it is whole."""
    damage = one.damage()
    if not damage and one.kind == "sqlite" and one.path.exists() and not one.path.stat().st_size:
        # No first start that was killed, if there was something in it.
        return "it is empty" if newest(folder, one) else ""
    return damage


def faults(folder: DataFolder, parts: Sequence[Kept]) -> dict[str, str]:
    """Return, by part, a sentence on the first thing of it that is damaged."""
    found: dict[str, str] = {}
    for one in parts:
        if one.part not in found and (damage := damage_of(folder, one)):
            found[one.part] = one.sentence(damage)
    return found


def newest(folder: DataFolder, one: Kept) -> Path | None:
    """Return the newest whole copy, or None."""
    for backup in reversed(_all(backups_folder(folder))):
        copy = backup / place_of(folder, one)
        if copy.exists() and _is_whole(replace(one, path=copy)):
            return copy
    return None


def place_of(folder: DataFolder, one: Kept) -> Path:
    """Return where the copy of a database or state file is, below a backup."""
    path = one.path.relative_to(folder.root)
    return path.with_name(path.name + _ARCHIVE) if one.kind == "derby" else path


def surplus(backups: Sequence[Path]) -> list[Path]:
    """Return the backups, of all from the oldest on, that are no longer kept."""
    of_days = list({backup.name[:10]: backup for backup in backups}.values())
    keep = {*backups[-KEEP_NEWEST:], *of_days[-KEEP_DAYS:]}
    return [backup for backup in backups if backup not in keep]


def _all(root: Path) -> list[Path]:
    """Return the finished backups, oldest first."""
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if not path.name.startswith("."))


def _look_for_room(root: Path, parts: Sequence[Kept]) -> None:
    """Raise where copies could fill the disk that the parts themselves write on."""
    size = sum(one.path.stat().st_size for one in parts if one.path.is_file())
    free = shutil.disk_usage(root).free
    if free < 2 * size:
        raise OSError(f"{2 * size >> 20} MiB have to be free there, and {free >> 20} MiB are")


def _link_older(copies: Sequence[Path], copy: Path) -> None:
    old = next((one for one in reversed(copies) if one.exists()), None)
    if old is not None:
        os.link(old, copy)


def _copied(one: Kept, copy: Path, derby: Account | None, online: Path | None) -> bool:
    """Copy what is whole; tell whether it was."""
    if not one.path.exists():
        return False
    if one.kind == "derby":
        source = online or one.path
        if derby is None or replace(one, path=source).damage():
            return False
        _archive(source, copy, derby)
    elif one.kind == "sqlite":
        try:
            _copy_sqlite(one.path, copy)
        except sqlite3.OperationalError:
            raise  # a full disk, say
        except sqlite3.DatabaseError:
            copy.unlink(missing_ok=True)
            return False
    else:
        shutil.copyfile(one.path, copy)
    # Every copy is looked at, and the database itself need not be.
    if not copy.stat().st_size or not _is_whole(replace(one, path=copy)):
        copy.unlink()
        return False
    copy.chmod(0o600)
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    return True


def _is_whole(copy: Kept) -> bool:
    if copy.kind != "derby":
        return not copy.damage()
    done = subprocess.run(["tar", "-tzf", copy.path], capture_output=True, check=False)
    return done.returncode == 0


def _copy_sqlite(path: Path, copy: Path) -> None:
    uri = f"{path.as_uri()}?mode=rw"
    with (
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=30)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _archive(path: Path, copy: Path, account: Account) -> None:
    # Under its account: whatever lies in there is not followed with Lodge's rights.
    with copy.open("wb") as file:
        subprocess.run(
            ["tar", "-I", "gzip -1", "-cf", "-", "-C", path.parent, path.name],
            stdout=file,
            stderr=subprocess.PIPE,
            preexec_fn=demote(account),
            check=True,
        )
