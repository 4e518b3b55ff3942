"""Immutable content, kept in a folder below its own digest.

Content is written to a temporary file, forced to disk and then renamed, so a name that exists
always has all of its content, whenever the process or the machine stops.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from ..errors import Gone

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")

SAFE_AGE = 3600.0
"""Content younger than this is never swept, in seconds: its row may be about to be written."""


log = logging.getLogger(__name__)


class MissingContent(Gone):
    """The store does not have content that it should have, or has it damaged.

    Parameters
    ----------
    what
        Which content, and what is wrong with it: for the log.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            "content_missing",
            "The notebook of this share is lost or damaged in Lodge's store; "
            "its owner can share it again.",
        )
        log.error("The store has %s", what)


class ContentStore(Protocol):
    """Where immutable content is kept."""

    def put(self, content: bytes) -> str:
        """Keep `content` and return its SHA-256 digest in hexadecimal."""
        ...

    def get(self, digest: str) -> bytes:
        """Return the content of `digest`.

        Raises
        ------
        MissingContent
            It is not there, or not what it was.
        """
        ...

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Delete old content that is not `wanted`; return how many pieces."""
        ...


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
        if not _DIGEST.match(digest):
            raise MissingContent(f"{digest!r} is no digest")
        return self.objects / digest[:2] / digest

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
