"""Immutable content, kept in a folder below its own digest.

Content is written to a temporary file, forced to disk and then renamed, so a name that exists
always has all of its content, whenever the process or the machine stops.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from .base import SAFE_AGE, MissingContent, checked

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
        for path in (self.objects, self.temporary):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, content: bytes) -> str:
        """Keep `content` and return its digest; content that is there whole is kept once."""
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        try:
            # a sweep that runs now sees that somebody wants it
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
        """
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise MissingContent(f"no content {path}: {error.strerror}") from None
        if sha256(content).hexdigest() != digest:
            raise MissingContent(f"damaged content {path}")
        return content

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Delete content older than an hour that is not `wanted`, and unfinished files."""
        border = time.time() - SAFE_AGE
        for path in self.temporary.iterdir():
            _remove(path, border)
        return sum(_remove(path, border, wanted) for path in self._files())

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


def _remove(path: Path, border: float, wanted: Callable[[str], bool] | None = None) -> bool:
    """Delete a file older than `border`, unless it is wanted; tell whether it was deleted.

    One that can't be deleted keeps no other from it.
    """
    try:
        if path.stat().st_mtime >= border or (wanted is not None and wanted(path.name)):
            return False
        path.unlink()
    except OSError as error:
        log.error("%s can't be removed: %s", path, error)
        return False
    return True
