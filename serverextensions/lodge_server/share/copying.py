"""Writing a fork that comes with files: a folder of its own, there as a whole or not at all.

All is put into a folder whose name nobody takes for a copy, and that folder gets its own name at
the end. So no file is ever written over, and a process that is killed leaves no half of a copy:
what it was writing is removed by the next fork.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat

from ..errors import BadInput, Unavailable
from .candidates import goes_down

_THERE = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)

UNFINISHED = ".unfinished-fork-"
"""How the names of folders begin that are being written."""


@dataclass(frozen=True)
class ForkedFile:
    """A file of a version.

    Attributes
    ----------
    name
        Its path below the notebook's folder.
    digest
        SHA-256 of its bytes.
    """

    name: str
    digest: str


Fetch = Callable[[ForkedFile], Awaitable[bytes]]


def forked_files(said: Any) -> list[ForkedFile]:
    """Return the files that a service tells of.

    Raises
    ------
    Unavailable
        They are none, or would lie elsewhere than below the copy.
    """
    try:
        files = [ForkedFile(str(one["name"]), str(one["digest"])) for one in said or ()]
    except (KeyError, TypeError):
        files = [ForkedFile("", "")]
    for one in files:
        if not goes_down(one.name):
            raise Unavailable(
                "service_unavailable",
                f"The shares service names a file “{one.name:.200}” that has no place in a copy; "
                "nothing was written.",
                status=502,
            )
    return files


async def write_copy(
    above: Path, name: str, notebook: Mapping[str, Any], files: Sequence[ForkedFile], fetch: Fetch
) -> str:
    """Write a notebook and its files into a new folder; return the notebook's path below `above`.

    Parameters
    ----------
    above
        Where the folder goes; made if it is missing.
    name
        Of the notebook's file.
    notebook
        The notebook.
    files
        That come with it.
    fetch
        Returns the bytes of one.

    Raises
    ------
    BadInput
        The disk does not take it; nothing is written.
    LodgeServerError
        A file could not be had; nothing is written.
    """
    own = _free(name, {one.name.split("/", 1)[0] for one in files})
    text = nbformat.writes(nbformat.from_dict(notebook), version=nbformat.NO_CONVERT)
    try:
        copy = await asyncio.to_thread(_Copy, above)
        try:
            for one in files:
                await asyncio.to_thread(copy.add, one, await fetch(one))
            return await asyncio.to_thread(copy.finish, own, text.encode(), name)
        finally:
            await asyncio.to_thread(copy.close)
    except OSError as error:
        raise BadInput(
            "not_written",
            f"The copy could not be written to {above.name}: {error.strerror or error}; nothing "
            "of it is there.",
        ) from None


class _Copy:
    """A copy that is being written: locked, and removed unless it is finished."""

    def __init__(self, above: Path) -> None:
        above.mkdir(parents=True, exist_ok=True)
        _clear(above)
        self._above = above
        self._folder, self._lock = _locked(above)

    def add(self, file: ForkedFile, content: bytes) -> None:
        """Write a file of it.

        Raises
        ------
        Unavailable
            It is not what it was.
        """
        if sha256(content).hexdigest() != file.digest:
            raise Unavailable(
                "file_damaged",
                f"{file.name} came damaged, so nothing was written; press Fork again.",
                status=502,
            )
        _write(self._folder / file.name, content)

    def finish(self, own: str, notebook: bytes, name: str) -> str:
        """Write the notebook, and give the folder its name; return where the notebook is."""
        _write(self._folder / own, notebook)
        for folder, _, _ in os.walk(self._folder):
            _sync(Path(folder))
        return f"{_named(self._folder, self._above, name.removesuffix('.ipynb'))}/{own}"

    def close(self) -> None:
        """Remove what was not finished."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)


def _free(name: str, taken: set[str]) -> str:
    """Return a name for the notebook that none of its files has."""
    stem, number, free = name.removesuffix(".ipynb"), 0, name
    while free in taken:
        number += 1
        free = f"{stem}-{number}.ipynb"
    return free


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _named(folder: Path, above: Path, stem: str) -> str:
    """Give a folder that is whole the first name that is free; return it."""
    number = 0
    while True:
        name = f"{stem}-{number}" if number else stem
        target = above / name
        number += 1
        if os.path.lexists(target):
            continue
        try:
            # Over an empty folder at most: all else that is there by now keeps its name.
            folder.rename(target)
        except OSError as error:
            if error.errno not in _THERE:
                raise
            continue
        _sync(above)
        return name


def _locked(above: Path) -> tuple[Path, int]:
    while True:
        folder = above / f"{UNFINISHED}{secrets.token_hex(8)}"
        folder.mkdir()
        with suppress(FileNotFoundError):
            descriptor = os.open(folder, os.O_RDONLY)
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if folder.exists():
                    return folder, descriptor
            # Another fork took it for one that was left before it was locked.
            os.close(descriptor)


def _clear(above: Path) -> None:
    """Remove what forks have left that were killed: nobody holds its lock."""
    for folder in above.glob(f"{UNFINISHED}*"):
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
        finally:
            os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
