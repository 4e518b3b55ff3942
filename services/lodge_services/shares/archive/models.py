"""What archives hand out: plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Lost:
    """Content that a version names and the store does not have.

    Attributes
    ----------
    share_id, title, version
        Name the version.
    what
        ``notebook``, ``picture``, ``environment`` or ``file NAME``; of a proposal, whose number
        the version's is then, ``proposal``.
    why
        What the store says.
    """

    share_id: str
    title: str
    version: int
    what: str
    why: str

    def __str__(self) -> str:
        which = "proposal" if self.what == "proposal" else "version"
        lost = "notebook" if self.what == "proposal" else self.what
        return (
            f"{self.share_id}, {which} {self.version} of “{self.title}”: the {lost} is lost "
            f"or damaged ({self.why})"
        )


@dataclass
class Progress:
    """How far it is.

    Attributes
    ----------
    total
        Shares that there are.
    shares, contents, size
        That are done, with notebooks, files and pictures, and the bytes of those.
    """

    total: int
    shares: int = 0
    contents: int = 0
    size: int = 0


@dataclass
class Imported:
    """What came of an import, by the ids of shares.

    Attributes
    ----------
    added
        Were not there, and are now.
    same, other
        Were there, with the same versions or with others: their rows stay as they were.
    lost
        Have versions whose content the archive does not have.
    """

    added: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


Tell = Callable[[Progress], None]
"""Called with how far it is, often."""
