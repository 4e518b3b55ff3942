"""The folder of a run: made by Lodge, handed to the user, read with distrust.

Once a run has begun, its folder belongs to its user, who may put anything there: links to files
that only Lodge can read, pipes that never end, files of any size, or garbage.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from ...errors import BadRequest

INPUT = "input.ipynb"
OUTPUT = "output.ipynb"
RESULT = "result.json"
SPEC = "spec.json"
LOG = "run.log"
#: Folder beside those of runs: what could not be deleted, closed to users.
ASIDE = ".set-aside"
#: Left by a killed ``lodge-run``: what it had done.
JOURNAL = f"{OUTPUT}.journal"

_RUN_ID = re.compile(r"[0-9a-z]{1,32}")


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    root
        The folder of all runs. Users may pass through it and not list it.
    run_id
        The run.
    """

    def __init__(self, root: Path, run_id: str) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"{run_id!r} is not the id of a run")
        self.path = root / run_id

    def make(self, files: dict[str, bytes], owner: tuple[int, int] | None) -> int:
        """Make the folder anew with `files` and an empty log; return the log's descriptor.

        Parameters
        ----------
        files
            Content by name.
        owner
            User and group id that everything is to belong to; None leaves Lodge's own.
        """
        self.remove()
        self.path.mkdir(mode=0o700)
        for name, content in files.items():
            descriptor = self._create(name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                if owner is not None:
                    os.fchown(descriptor, *owner)
        log = self._create(LOG)
        if owner is not None:
            os.fchown(log, *owner)
            # Last: from here on the user may change what is in it.
            os.chown(self.path, *owner)
        return log

    def _create(self, name: str) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_APPEND
        return os.open(self.path / name, flags, 0o600)

    def read(self, name: str, limit: int) -> bytes | None:
        """Return a file; None where there is none of at most `limit` bytes that may be read."""
        with suppress(OSError):
            descriptor = self._open(name)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(limit + 1)
                return content if len(content) <= limit else None
        return None

    def tail(self, name: str, limit: int) -> bytes:
        """Return the last `limit` bytes of a file; empty where it may not be read."""
        with suppress(OSError):
            descriptor = self._open(name)
            with os.fdopen(descriptor, "rb") as file:
                size = os.fstat(descriptor).st_size
                if size > limit:
                    file.seek(size - limit)
                return file.read(limit)
        return b""

    def _open(self, name: str) -> int:
        """Open a file for reading if it is a plain one of the folder's owner."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            # O_NONBLOCK: opening a pipe would wait for a writer.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=folder)
            found, owner = os.fstat(descriptor), os.fstat(folder).st_uid
            if stat.S_ISREG(found.st_mode) and found.st_uid == owner:
                return descriptor
            os.close(descriptor)
            raise PermissionError(f"{name} is not a plain file of the run's user")
        finally:
            os.close(folder)

    def holds(self, name: str) -> bool:
        """Tell whether there is a plain file of that name."""
        with suppress(OSError):
            os.close(self._open(name))
            return True
        return False

    def remove(self) -> None:
        """Delete the folder; one that is not there is fine.

        Raises
        ------
        OSError
            It can't be deleted.
        """
        # It follows no link and goes as deep as folders go, which shutil.rmtree() does not.
        done = subprocess.run(
            ["rm", "-rf", "--one-file-system", "--", self.path],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise OSError(said.rpartition("\n")[2] or f"rm ended with {done.returncode}")

    def set_aside(self) -> Path:
        """Take a folder that can't be deleted out of the way; return where it is now."""
        folder = self.path.parent / ASIDE
        folder.mkdir(mode=0o700, exist_ok=True)
        aside = folder / f"{self.path.name}.{secrets.token_hex(4)}"
        self.path.rename(aside)
        return aside


def working_folder(home: Path, notebook_path: str) -> Path:
    """Return the folder that a notebook runs in: its own in the home.

    Parameters
    ----------
    home
        The owner's home.
    notebook_path
        Path of the notebook in it. Where its folder leads out of the home over links, the home
        itself is returned.

    Raises
    ------
    BadRequest
        There is no such folder.
    """
    try:
        folder = (home / notebook_path.lstrip("/")).parent.resolve()
        if not folder.is_relative_to(home.resolve()):
            return home
        if folder.is_dir():
            return folder
    except (OSError, ValueError, RuntimeError):
        # RuntimeError: links in a circle. ValueError: no path at all.
        pass
    named = notebook_path.rpartition("/")[0]
    raise BadRequest(
        "no_folder",
        f"The notebook can't run in its folder: there is no folder {named} in the home folder; "
        "make it, or schedule the notebook where it is now.",
    )
