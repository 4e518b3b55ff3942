"""Stores of each kind, with the files that they keep content in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lodge_services.shares.stores.base import ContentStore
from lodge_services.shares.stores.folder import FolderStore
from lodge_services.shares.stores.s3 import S3Store

from support.s3 import S3Server

_prefixes = itertools.count()


@dataclass(frozen=True)
class Kept:
    """A store of a kind, and the files that it keeps content in."""

    store: ContentStore
    files: Callable[[], list[Path]]
    named: tuple[str, ...]
    """What another process opens it by."""


def in_s3(server: S3Server) -> Kept:
    """Return a store of its own in a server."""
    prefix = f"kept-{next(_prefixes)}"
    place = server.place(prefix)
    return Kept(S3Store(place), lambda: server.objects(prefix), ("s3", place.endpoint, prefix))


def in_folder(place: Path) -> Kept:
    """Return a store in a folder."""
    objects = place / "objects"
    return Kept(
        FolderStore(place),
        lambda: sorted(path for path in objects.rglob("*") if path.is_file()),
        ("folder", str(place)),
    )
