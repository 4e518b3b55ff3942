"""Results of relational queries kept as Parquet in the user's cache folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lodge_magics.folders import cache_folder

if TYPE_CHECKING:
    from lodge_magics.sql.bind import Bound
    from lodge_magics.sql.config import SourceConfig
    from lodge_magics.sql.sources.base import Answer

__all__ = ["ResultCache", "age_text", "key_of"]


def key_of(config: SourceConfig, bound: Bound) -> str:
    """Return the key of a result: source, text and values decide it.

    Parameters
    ----------
    config
        The source.
    bound
        The statement with its values.
    """
    settings = sorted((key, repr(value)) for key, value in config.settings.items())
    values = sorted(
        (name, type(value).__name__, repr(value)) for name, value in bound.named.items()
    )
    # Where markers have no names, the text does not say which value stands where.
    order = [(type(value).__name__, repr(value)) for value in bound.positions]
    parts = [config.name, config.type, settings, bound.text, values, order]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def age_text(seconds: float) -> str:
    """Return an age in the largest unit that fits.

    Parameters
    ----------
    seconds
        The age.
    """
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


@dataclass
class ResultCache:
    """A folder of results.

    Attributes
    ----------
    folder
        It need not exist yet.
    """

    folder: Path

    @classmethod
    def of_user(cls) -> ResultCache:
        """Return the one in the user's cache folder."""
        return cls(cache_folder() / "sql")

    def get(self, key: str) -> tuple[Answer, float] | None:
        """Return a kept result and its age in seconds, or None.

        Parameters
        ----------
        key
            From `key_of`.
        """
        path = self.folder / f"{key}.parquet"
        try:
            kept_at = path.stat().st_mtime
            import pyarrow.parquet

            from lodge_magics.sql.codec import unpacked

            answer = unpacked(pyarrow.parquet.read_table(path))
        except (OSError, TypeError, ValueError, KeyError):
            # Not there, or half a file of a crashed machine: the database is asked instead.
            return None
        return answer, time.time() - kept_at

    def put(self, key: str, answer: Answer) -> str:
        """Keep a result.

        Parameters
        ----------
        key
            From `key_of`.
        answer
            With a frame.

        Returns
        -------
        str
            Why it could not be kept; empty when it was.
        """
        import pyarrow as pa
        import pyarrow.parquet

        from lodge_magics.sql.codec import packed

        temporary: str | None = None
        try:
            table = packed(answer)
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".part")
            os.close(handle)
            pyarrow.parquet.write_table(table, temporary)
            Path(temporary).replace(self.folder / f"{key}.parquet")
        except (OSError, TypeError, ValueError, OverflowError, pa.ArrowException) as error:
            if temporary is not None:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
            return " ".join(str(error).split())
        return ""
