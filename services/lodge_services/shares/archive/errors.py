"""What can be wrong with an archive."""

from __future__ import annotations


class ArchiveError(Exception):
    """An archive can't be written, or is none; the message says why, as the rest of a sentence."""
