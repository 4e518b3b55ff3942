"""What a file of a version is: plain data, and which names it may have."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

MIB = 1024 * 1024

LONGEST_NAME = 400
"""Characters of a file's name, folders and all."""

LONGEST_PART = 255
"""Bytes of a folder's or a file's own name: what file systems take."""

MOST = 200
"""Files of a version."""


@dataclass(frozen=True, order=True)
class File:
    """A file that is kept with a version.

    Attributes
    ----------
    name
        Its place below the notebook's folder, with slashes.
    digest
        SHA-256 of its bytes, in hexadecimal.
    size
        How many there are.
    """

    name: str
    digest: str
    size: int


@dataclass(frozen=True)
class NamedFile:
    """A file that is to be kept with a version, and whose bytes were sent before."""

    name: str
    digest: str


@dataclass(frozen=True)
class Limits:
    """How large the files of a version may be, in bytes."""

    each: int = 20 * MIB
    all: int = 100 * MIB


def why_no_name(name: str) -> str:
    """Return what keeps a file from being called so, in a few words; "" where nothing does.

    Git runs what the settings in a folder `.git` say, also for who only goes there.

    >>> why_no_name("data/2013/flights.csv")
    ''
    >>> why_no_name("../secrets.csv")
    'its path must go down from the folder of the notebook'
    """
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "its path must go down from the folder of the notebook"
    if any(part.lower() == ".git" for part in parts):
        return "git's own files can't be shared"
    if len(name) > LONGEST_NAME or any(len(part.encode()) > LONGEST_PART for part in parts):
        return f"its path is too long: {LONGEST_NAME} characters are the most"
    if "\\" in name or any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name):
        return "its name holds characters that no system's files have"
    return ""


def why_not_together(names: Sequence[str]) -> str:
    """Return what keeps files from lying beside each other; "" where nothing does."""
    if len(names) > MOST:
        return f"{len(names)} files are too many: {MOST} are the most"
    if len(set(names)) < len(names):
        return "a file is named twice"
    there = set(names)
    for name in names:
        parts = name.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        if found := next((one for one in above if one in there), None):
            return f"{found} is a file, and the folder of another one"
    return ""


def size_text(size: int) -> str:
    """Return a size for a person.

    >>> size_text(20 * MIB), size_text(1536), size_text(1)
    ('20 MiB', '1.5 KiB', '1 B')
    """
    for unit, factor in (("MiB", MIB), ("KiB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"
