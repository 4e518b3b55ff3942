"""The private folder of a kernel's sockets, removed even when all that knew of it was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

_PREFIX = "lodge-run-"
_LOCK = "lock"
_YOUNG_S = 60
_LONGEST_PATH = 90  # of a socket: the system's limit is 104 to 108 bytes


class SocketFolder:
    """A folder that only this user may enter, with a path short enough for sockets.

    A lock on a file in it says that its run is alive. The system gives the lock up however the run
    ends, so that :meth:`sweep` of a later run knows what is left over.
    """

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix=_PREFIX)
        if len(os.fsencode(folder)) > _LONGEST_PATH:
            Path(folder).rmdir()
            folder = tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp")
        self.path = Path(folder)
        self._fd = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def sweep(self) -> None:
        """Remove this user's folders beside this one whose runs are no more."""
        with contextlib.suppress(OSError), os.scandir(self.path.parent) as entries:
            for entry in entries:
                if entry.name.startswith(_PREFIX) and entry.name != self.path.name:
                    _remove_if_abandoned(Path(entry.path))


def _remove_if_abandoned(folder: Path) -> None:
    try:
        if folder.lstat().st_uid != os.geteuid():
            return
        # A folder without its lock is being made just now.
        fd = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # One that is made just now may not be locked yet.
        if os.fstat(fd).st_mtime < time.time() - _YOUNG_S:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        pass
    finally:
        os.close(fd)
