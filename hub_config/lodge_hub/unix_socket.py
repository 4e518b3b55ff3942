"""Unix sockets at paths of any length: an address holds 107 bytes only (unix(7))."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextlib.contextmanager
def bound(path: Path, owner: int = -1) -> Iterator[socket.socket]:
    """Listen at `path` until the context ends, for one user alone.

    Parameters
    ----------
    path
        Where; what was there is replaced.
    owner
        The user's id; the default is whoever listens.
    """
    path.unlink(missing_ok=True)
    with _address(path) as address, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        path.chmod(0o600)
        os.chown(path, owner, -1)
        listening.listen(64)
        try:
            yield listening
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def connected(path: Path, timeout_s: float) -> Iterator[socket.socket]:
    """Connect to what listens at `path`.

    Raises
    ------
    OSError
        Nothing does.
    """
    with _address(path) as address, socket.socket(socket.AF_UNIX) as made:
        made.settimeout(timeout_s)
        made.connect(address)
        yield made


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """Give a short name of a path, by its folder's descriptor."""
    folder = os.open(path.parent, _FOLDER)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
