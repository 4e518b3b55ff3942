"""Rendered notebooks in a folder: made once, when they are shared, and found by every process.

A file that this release did not write, or that is damaged, is made anew: what readers get was
always cleaned by the renderer that runs.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from .. import render

log = logging.getLogger(__name__)

CAPACITY = 1024 * 1024 * 1024
"""Bytes that are kept."""

_LIBRARIES = (
    *(
        "lodge-services",
        "latex2mathml",
        "markdown-it-py",
        "mdit-py-plugins",
        "nh3",
        "pygments",
        "vl-convert-python",
    ),
)


class RenderedStore:
    """A folder of rendered notebooks, which may be emptied at any time.

    Parameters
    ----------
    folder
        The folder; made when something is kept.
    capacity
        Bytes that `prune` leaves.
    """

    def __init__(self, folder: Path, capacity: int = CAPACITY) -> None:
        self.folder = folder
        self._capacity = capacity

    def get(self, digest: str, language: str, make: Callable[[], str]) -> bytes:
        """Return the page of a notebook, encoded; `make` it where it is not here."""
        path = self.folder / f"{digest}.{language}.{self._renderer}"
        try:
            told, _, page = path.read_bytes().partition(b"\n")
        except OSError:
            told, page = b"", b""
        if told and told.decode("ascii", "replace") == sha256(page).hexdigest():
            return page
        page = make().encode()
        self._keep(path, page)
        return page

    def prune(self) -> None:
        """Remove what another renderer made, and the oldest beyond the capacity."""
        if not self.folder.is_dir():
            return
        left = self._capacity
        found = [(path.stat(), path) for path in self.folder.iterdir()]
        for info, path in sorted(found, key=lambda each: each[0].st_mtime, reverse=True):
            left -= info.st_size
            if left < 0 or not path.name.endswith(f".{self._renderer}"):
                path.unlink(missing_ok=True)

    def _keep(self, path: Path, page: bytes) -> None:
        temporary = path.with_name(f"{secrets.token_hex(8)}.tmp")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                temporary.write_bytes(sha256(page).hexdigest().encode() + b"\n" + page)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            # It can be made again; the disk may be full.
            log.warning("%s can't be kept: %s", path, error)

    @cached_property
    def _renderer(self) -> str:
        """What tells this renderer from others: its code and the libraries that it uses."""
        found = sha256("".join(version(name) for name in _LIBRARIES).encode())
        for source in sorted(Path(render.__file__).parent.glob("*.py")):
            found.update(source.read_bytes())
        return found.hexdigest()[:16]
