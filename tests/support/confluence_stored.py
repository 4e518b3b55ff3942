"""What a fake Confluence is asked, and what it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    """What came: of a form its files, by their names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class StoredFile:
    """An attachment."""

    id: str
    name: str
    versions: list[bytes]


@dataclass
class Stored:
    """A page."""

    id: str
    space: str
    title: str
    parent: str
    status: str = "current"
    versions: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says now."""
        text: str = self.versions[-1]["text"]
        return text
