"""Closed folders of users in folders of Lodge's, where root follows no path of a user's.

The folder above belongs to Lodge: nobody else can put a link in the place of what is made there.
What a user has put into a folder is removed with that user's rights alone.
"""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

#: How long a removal may take, in seconds.
_PATIENCE_S = 120.0

# A folder that its owner has closed is opened before another try. Neither command follows links.
_EMPTY = """
cd -P -- "$1" || exit 1
empty() { find . -mindepth 1 -maxdepth 1 -exec rm -rf -- {} +; }
empty 2>/dev/null || { chmod -R u+rwX . 2>/dev/null; empty; }
"""


def make_passable(path: Path) -> None:
    """Make a folder of Lodge's that all may pass through, and those above that are missing.

    A folder that is there stays as it is.
    """
    if path.is_dir():
        return
    make_passable(path.parent)
    path.mkdir(exist_ok=True)
    # Whatever the process keeps from others by its umask.
    path.chmod(0o711)


def make_closed(path: Path, owner: tuple[int, int] | None) -> None:
    """Make a folder of mode 0700, or take the one that is there.

    Parameters
    ----------
    path
        The folder; the one above belongs to Lodge and is made as well, passable for all.
    owner
        User and group id that it is to belong to. None leaves Lodge's own.

    Raises
    ------
    OSError
        It can't be made, or the folder above belongs to somebody else.
    """
    make_passable(path.parent)
    if path.parent.lstat().st_uid != os.geteuid():
        raise PermissionError(f"{path.parent} belongs to somebody else than Lodge")
    path.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fchmod(descriptor, 0o700)
        if owner is not None:
            os.fchown(descriptor, *owner)
    finally:
        os.close(descriptor)


def remove_closed(path: Path) -> None:
    """Remove a folder that :func:`make_closed` made; one that is not there is fine.

    Raises
    ------
    OSError
        Something in it can't be removed by its owner.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(f"{path} is no folder")
    other = found.st_uid != os.geteuid()
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", _EMPTY, "sh", str(path)],
            user=found.st_uid if other else None,
            group=found.st_gid if other else None,
            extra_groups=[] if other else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{path} can't be removed within {_PATIENCE_S:.0f} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise OSError(f"{path} can't be removed: {said}")
    path.rmdir()
