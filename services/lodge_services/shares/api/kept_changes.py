"""What differs between two versions besides their notebooks: files, and what they ran with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..files.models import File

PACKAGES = 100
"""Packages that are named."""

FileKind = Literal["added", "removed", "changed"]
Kind = Literal["python", "image", "profile", "spark", "parameter", "package"]
_TABLES: tuple[tuple[Kind, str], ...] = (("spark", "spark"), ("parameter", "parameters"))


@dataclass(frozen=True)
class FileChange:
    """A file that only one version has, or both with other content."""

    name: str
    kind: FileKind


@dataclass(frozen=True)
class Difference:
    """Something that versions ran with, and that differs.

    Attributes
    ----------
    kind
        What it is.
    name
        Of the setting, parameter or package; else "".
    old, new
        What it was in each version; "" where it was not there.
    """

    kind: Kind
    name: str
    old: str
    new: str


@dataclass(frozen=True)
class KeptChanges:
    """All that differs."""

    files: Sequence[FileChange] = ()
    environment: Sequence[Difference] = ()
    packages_left: int = 0
    """Packages that differ and are not named."""


def kept_changes(
    old_files: Sequence[File],
    new_files: Sequence[File],
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
) -> KeptChanges:
    """Return what differs.

    Parameters
    ----------
    old_files, new_files
        Of the versions.
    old, new
        What they ran with; nothing is said of what nobody knows of both.
    """
    files = tuple(_files(old_files, new_files))
    if old is None or new is None:
        return KeptChanges(files)
    packages = list(_pairs("package", old.get("packages"), new.get("packages")))
    return KeptChanges(
        files,
        (*_environment(old, new), *packages[:PACKAGES]),
        max(0, len(packages) - PACKAGES),
    )


def _files(old: Sequence[File], new: Sequence[File]) -> Iterator[FileChange]:
    before, after = ({one.name: one.digest for one in files} for files in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield FileChange(name, "added")
        elif name not in after:
            yield FileChange(name, "removed")
        elif before[name] != after[name]:
            yield FileChange(name, "changed")


def _environment(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    plain: tuple[Kind, ...] = ("python", "image", "profile")
    for kind in plain:
        was, is_now = str(old.get(kind) or ""), str(new.get(kind) or "")
        if was != is_now:
            yield Difference(kind, "", was, is_now)
    for kind, table in _TABLES:
        yield from _pairs(kind, old.get(table), new.get(table))


def _pairs(kind: Kind, old: Any, new: Any) -> Iterator[Difference]:
    before, after = (one if isinstance(one, Mapping) else {} for one in (old, new))
    for name in sorted(before.keys() | after.keys()):
        was, is_now = str(before.get(name, "")), str(after.get(name, ""))
        if was != is_now:
            yield Difference(kind, name, was, is_now)
