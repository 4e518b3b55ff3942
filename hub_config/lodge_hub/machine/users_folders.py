"""Where users' temporary files and sockets are on one machine: folders that belong to Lodge."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from lodge_spawner.closed_folders import make_passable

from ..folders import DataFolder, FolderError, closed_folder
from ..settings import Settings


def temporary_folder(
    settings: Settings, folder: DataFolder, instance: str, *, separate: bool
) -> Path:
    """Return the folder of temporary files; make it where it is missing.

    Parameters
    ----------
    settings
        They may name the one that it is made in.
    folder
        The data folder, which has it else.
    instance
        The installation's name.
    separate
        Whether users have ids of their own.

    Raises
    ------
    FolderError
        It can't be made, belongs to somebody else, or users can't get there.
    """
    named = settings.users.temporary_dir
    if named:
        path = Path(named).expanduser().absolute() / f"lodge-{_mark(instance)}"
    else:
        path = folder.root / "tmp"
    way_out = "Name another folder in users.temporary_dir of lodge.toml."
    try:
        make_passable(path)
    except OSError as error:
        raise FolderError(
            f"The folder {path} can't be made: {error.strerror}. {way_out}"
        ) from error
    _check(path, way_out)
    if separate and (closed := closed_folder(path)):
        raise FolderError(
            f"Users can't get to their temporary files in {path}, since {closed} is closed to "
            f"others: open it with `chmod o+x {closed}`, or name another folder in "
            "users.temporary_dir of lodge.toml."
        )
    return path


def socket_folder(instance: str) -> Path:
    """Return the folder of users' sockets, which is made with the first of them.

    The path of a socket has 107 bytes at most, and a kernel's takes some fifty below the user's
    folder: a data folder may be too deep for it.

    Parameters
    ----------
    instance
        The installation's name.

    Raises
    ------
    FolderError
        Somebody else has it.
    """
    mark, root = _mark(instance), os.geteuid() == 0
    path = Path("/run/lodge", mark) if root else Path(f"/tmp/lodge-{os.geteuid()}-{mark}")  # noqa: S108
    _check(path, "Remove what is there.")
    return path


def _mark(instance: str) -> str:
    """Return what keeps the folders of two installations apart."""
    return hashlib.sha256(instance.encode()).hexdigest()[:8]


def _check(path: Path, way_out: str) -> None:
    """See that nobody else can put anything into a folder, where it is there.

    Raises
    ------
    FolderError
        Somebody can.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    others = stat.S_IWGRP | stat.S_IWOTH
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & others:
        raise FolderError(f"The folder {path} can be changed by others than Lodge. {way_out}")
