"""Snapshots of notebooks, each kept once under the digest of its content."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
from pathlib import Path
from typing import Any

from ..errors import LodgeError

log = logging.getLogger(__name__)

_DIGEST = re.compile(r"[0-9a-f]{64}")


class MissingSnapshotError(LodgeError):
    """A snapshot that a job needs is not in the store any more."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "snapshot_missing",
            "The notebook of this job is not in Lodge's store any more; schedule it again.",
        )


class Snapshots:
    """Notebooks in a folder, by the SHA-256 of their canonical JSON.

    Parameters
    ----------
    folder
        Made where it is missing, readable by Lodge alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, notebook: dict[str, Any]) -> str:
        """Keep a notebook and return its digest; a snapshot that was damaged is whole again."""
        data = json.dumps(notebook, sort_keys=True, separators=(",", ":")).encode("ascii")
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if not self._holds(path, digest):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            temporary = path.with_name(f".{digest}.{secrets.token_hex(4)}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        return digest

    def get(self, digest: str) -> bytes:
        """Return a notebook as JSON in UTF-8.

        Raises
        ------
        MissingSnapshotError
            It was dropped, or the store lost or damaged it.
        """
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise MissingSnapshotError from None
        except OSError as error:
            log.error("The snapshot %s can't be read: %s", path, error)
            raise MissingSnapshotError from None
        if hashlib.sha256(data).hexdigest() != digest:
            log.error("The snapshot %s is damaged", path)
            raise MissingSnapshotError
        return data

    def drop(self, digest: str) -> None:
        """Forget a notebook; one that is not there is fine, one that stays is named in the log."""
        path = self._path(digest)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("The snapshot %s can't be removed: %s", path, error)

    @staticmethod
    def _holds(path: Path, digest: str) -> bool:
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == digest
        except OSError:
            return False

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is not a digest")
        return self.folder / digest[:2] / digest[2:]
