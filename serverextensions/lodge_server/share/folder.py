"""The folder of a notebook on the user's disk: what of it can be shared, and what is a danger.

Nothing outside of the user's files is ever read: a path goes down from the notebook's folder, and
where links lead out of the files there is nothing.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from lodge_runner.secrets_found import secrets_in

from ..errors import BadInput
from .candidates import relative

MIB = 1024 * 1024
_PIECE = MIB
_LOOKED_AT = 500_000
"""Bytes of a file that are looked through for secrets."""

#: Names of files that hold keys and passwords.
_SECRET = re.compile(
    r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|keytab|ovpn"
    r"|asc|gpg)|credentials(?:\.\w+)?|secrets?(?:\.\w+)?|.*[._-]secrets?\.\w+|.*\.env(?:\.\w+)?"
    r"|client_secret.*\.json|service[_-]account.*\.json|kubeconfig|htpasswd|wallet\.dat",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A file that can be shared.

    Attributes
    ----------
    name
        Its path below the notebook's folder.
    size
        In bytes.
    danger
        ``hidden``, or ``secret`` where its name says that it holds keys; "" else.
    path
        Where it is, links followed.
    """

    name: str
    size: int
    danger: str
    path: Path


class Folder:
    """The folder of a notebook.

    Parameters
    ----------
    root
        The user's files: nothing outside is read.
    notebook
        The notebook's path below them.
    """

    def __init__(self, root: Path, notebook: str) -> None:
        self._root = root.resolve()
        place = self._root / notebook.strip("/")
        self._notebook, self._folder = place.name, place.parent

    def find(self, name: str) -> Found:
        """Return a file.

        Raises
        ------
        BadInput
            There is none that can be shared; its sentence says why.
        """
        plain = relative(name.strip())
        if not plain:
            raise BadInput(
                "not_below",
                f"“{name:.200}” is no path below the notebook's folder: only what lies there, or "
                "in a folder of it, finds its place in a copy. Move the file there.",
            )
        try:
            real = (self._folder / plain).resolve(strict=True)
            state = real.stat()
        except (OSError, RuntimeError, ValueError):
            raise BadInput("no_file", f"There is no file {plain} beside the notebook.") from None
        if not real.is_relative_to(self._root):
            raise BadInput("outside", f"{plain} leads out of your files, so it can't be shared.")
        if not stat.S_ISREG(state.st_mode):
            raise BadInput("no_file", f"{plain} is no file; name the files in it one by one.")
        if plain == self._notebook or not os.access(real, os.R_OK):
            what = "the notebook itself" if plain == self._notebook else "not yours to read"
            raise BadInput("no_file", f"{plain} is {what}.")
        below = real.relative_to(self._root)
        return Found(plain, state.st_size, _danger(plain, str(below)), real)

    def suggested(self, names: list[str]) -> list[Found]:
        """Return those files that are there, and are no danger."""
        found = []
        for name in names:
            try:
                one = self.find(name)
            except BadInput:
                continue
            if not one.danger:
                found.append(one)
        return found


def digest_of(found: Found) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises
    ------
    BadInput
        It can't be read.
    """
    digest = sha256()
    with _opened(found) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def bytes_of(found: Found, limit: int) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    BadInput
        It can't be read, or has become larger than `limit`.
    """
    with _opened(found) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BadInput("file_changed", f"{found.name} was changed while it was read; try again.")
    return content


def secrets_of(found: Found) -> list[str]:
    """Return the kinds of secrets that a text file seems to hold."""
    try:
        with _opened(found) as file:
            return secrets_in(file.read(_LOOKED_AT))
    except BadInput:
        return []


@contextmanager
def _opened(found: Found) -> Iterator[BinaryIO]:
    try:
        # Its links were followed: what is a link by now was put there since.
        descriptor = os.open(found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadInput("no_file", f"{found.name} is no file any more.")
            yield file
    except OSError as error:
        raise BadInput(
            "not_read", f"{found.name} can't be read: {error.strerror or error}."
        ) from None


def _danger(*names: str) -> str:
    parts = [part for name in names for part in name.split("/")]
    if any(_SECRET.fullmatch(part) for part in parts):
        return "secret"
    return "hidden" if any(part.startswith(".") for part in parts) else ""


def size_text(size: int) -> str:
    """Return a size for a person."""
    for unit, factor in (("MiB", MIB), ("KiB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"
