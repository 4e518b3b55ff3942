"""A full disk: told from other failures, and a little room kept for what a run has to say then."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RESERVE_BYTES = 1 << 20
"""How much is kept for the end of a run: its result, and mostly its notebook."""

FULL = (
    "The run broke off because the disk or the quota of its folder is full; what had run by then "
    "is kept. Make room, and run it again."
)
"""What a run says that could not be written."""


def is_full(error: BaseException | None) -> bool:
    """Tell whether something could not be written since a disk or a quota is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class Reserve:
    """Room on the disk of a folder that nobody else gets until it is released.

    It has no name there, so that nothing of it stays behind, however the process ends.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    OSError
        There is not so much room.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / f".lodge-run-{os.getpid()}.reserve"
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)
        path.unlink()
        try:
            os.posix_fallocate(self._fd, 0, RESERVE_BYTES)
        except OSError as error:
            self.release()
            if is_full(error):
                raise
            # This file system can't promise room.

    def release(self) -> None:
        """Give the room back; again and again does nothing."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = -1
