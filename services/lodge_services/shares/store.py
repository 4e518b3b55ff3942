"""Immutable content, kept in a folder below its own digest.

Content is written to a temporary file, forced to disk and then renamed, so a name that exists
always has all of its content, whenever the process or the machine stops.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")

SAFE_AGE = 3600.0
"""Content younger than this is never swept, in seconds: its row may be about to be written."""


class MissingContent(Exception):  # noqa: N818  (it names what is wrong)
    """The store does not have content that it should have, or has it damaged."""


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
        """Keep `content` and return its digest; content that is there already is kept once."""
        digest = sha256(content).hexdigest()
        path = self._path(digest)
        try:
            # a sweep that runs now sees that somebody wants it
            os.utime(path)
        except FileNotFoundError:
            self._write(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content of `digest`; damage is noticed.

        Raises
        ------
        MissingContent
            It is not there, or not what it was.
        """
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError:
            raise MissingContent(f"no content {digest}") from None
        if sha256(content).hexdigest() != digest:
            raise MissingContent(f"damaged content {digest}")
        return content

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Delete content older than an hour that is not `wanted`, and unfinished files."""
        count = 0
        border = time.time() - SAFE_AGE
        for path in self.temporary.iterdir():
            if path.stat().st_mtime < border:
                path.unlink(missing_ok=True)
        for path in self._files():
            if path.stat().st_mtime < border and not wanted(path.name):
                path.unlink(missing_ok=True)
                count += 1
        return count

    def _files(self) -> Iterator[Path]:
        for folder in self.objects.iterdir():
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
