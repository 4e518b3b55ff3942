"""Immutable content, kept in a folder below its own digest.

Content is written to a temporary file, forced to disk and then renamed, so a name that exists
always has all of its content, whenever the process or the machine stops.

Whoever puts holds a lock that others who put may hold too; a sweep holds it alone while it looks at
a file and deletes it. So content that is there already is either seen as young again by the sweep,
or seen as gone by whoever puts it. A process that ends, however it does, holds no lock.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from .base import SAFE_AGE, MissingContent, StoreUnavailable, checked

log = logging.getLogger(__name__)


class FolderStore:
    """A folder as a content store: ``objects/ab/abcdef…``.

    Parameters
    ----------
    folder
        Made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.objects = folder / "objects"
        self.temporary = folder / "tmp"
        self._locked = folder / "store.lock"
        for path in (self.objects, self.temporary):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, content: bytes) -> str:
        """Keep `content` and return its digest; content that is there whole is kept once."""
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        with self._lock(fcntl.LOCK_SH):
            try:
                # A sweep that comes now sees that somebody wants it.
                os.utime(path)
                whole = path.read_bytes() == content
            except OSError:
                whole = False
            if not whole:
                self._write(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content of `digest`; damage is noticed.

        Raises
        ------
        MissingContent
            It is not there, or not what it was.
        StoreUnavailable
            The folder can't be read.
        """
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise MissingContent(f"no content {path}") from None
        except OSError as error:
            why = f"{path} can't be read: {error.strerror}."
            log.error("%s", why)
            raise StoreUnavailable(why) from None
        if sha256(content).hexdigest() != digest:
            raise MissingContent(f"damaged content {path}")
        return content

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Delete content older than an hour that is not `wanted`, and unfinished files."""
        border = time.time() - SAFE_AGE
        for path in self.temporary.iterdir():
            _remove(path, border)
        removed = 0
        for path in self._files():
            if _is_older(path, border):
                with self._lock(fcntl.LOCK_EX):
                    removed += _remove(path, border, wanted)
        return removed

    @contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        # Opened anew each time, so that threads keep each other out too; for writing, without which
        # NFS gives nobody a lock alone.
        descriptor = os.open(self._locked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)

    def _files(self) -> Iterator[Path]:
        for folder in self.objects.iterdir():
            if folder.is_dir():
                yield from folder.iterdir()

    def _path(self, digest: str) -> Path:
        return self.objects / checked(digest)[:2] / digest

    def _write(self, path: Path, content: bytes) -> None:
        temporary = self.temporary / secrets.token_hex(16)
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.parent.mkdir(exist_ok=True, mode=0o700)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        for folder in (path.parent, self.objects):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _is_older(path: Path, border: float) -> bool:
    try:
        return path.stat().st_mtime < border
    except FileNotFoundError:
        return False


def _remove(path: Path, border: float, wanted: Callable[[str], bool] | None = None) -> bool:
    """Delete a file older than `border`, unless it is wanted; tell whether it was deleted.

    One that can't be deleted keeps no other from it.
    """
    try:
        if path.stat().st_mtime >= border or (wanted is not None and wanted(path.name)):
            return False
        path.unlink()
    except FileNotFoundError:
        return False  # another sweep was here
    except OSError as error:
        log.error("%s can't be removed: %s", path, error)
        return False
    return True
