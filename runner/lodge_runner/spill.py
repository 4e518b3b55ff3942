"""Files beside the output notebook for output that is too large for it."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from lodge_runner.forms import Place

_PLAIN = re.compile(r"[^a-zA-Z0-9_-]")
_SUFFIX = {"text": "txt", "rich": "jsonl"}


class Spill:
    """Writes a cell's excess: text as it is, rich output as one JSON object a line.

    Files are named ``OUT.cell-N.txt`` and ``OUT.cell-N.jsonl``; N counts cells from 1. Those of an
    ``Output`` widget are named by its id. They are made when the first byte comes.

    Parameters
    ----------
    output
        The output notebook.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self._files: dict[tuple[Place, str], BinaryIO] = {}
        self._sizes: dict[tuple[Place, str], int] = {}

    @classmethod
    def remove(cls, output: Path) -> None:
        """Remove what an earlier run of the same output has spilled."""
        name = re.compile(re.escape(output.name) + r"\.(cell-\d+|widget-[\w-]+)\.(txt|jsonl)")
        for path in output.parent.iterdir():
            if name.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()

    def path(self, cell: Place, kind: str) -> Path:
        """Return the file for a cell's excess of a kind, ``text`` or ``rich``."""
        # An id is the kernel's to choose, and no way out of the folder.
        place = f"cell-{cell + 1}" if isinstance(cell, int) else f"widget-{_PLAIN.sub('-', cell)}"
        return self._output.with_name(f"{self._output.name}.{place[:80]}.{_SUFFIX[kind]}")

    def write_text(self, cell: Place, text: str) -> None:
        """Add text."""
        self._write(cell, "text", text.encode("utf-8", "backslashreplace"))

    def write_rich(self, cell: Place, output: dict[str, Any]) -> None:
        """Add an output."""
        line = json.dumps(output, ensure_ascii=False) + "\n"
        self._write(cell, "rich", line.encode("utf-8", "backslashreplace"))

    def notice(self, cell: Place, kind: str) -> str:
        """Return the sentence that stands in the notebook instead."""
        size = _readable(self._sizes.get((cell, kind), 0))
        what = "More text" if kind == "text" else "More output"
        whose = "cell" if isinstance(cell, int) else "widget"
        return (
            f"{what} than a notebook can hold: the remaining {size} of this {whose} are in "
            f"{self.path(cell, kind).name}, beside this notebook."
        )

    def flush(self) -> None:
        """Hand what is buffered to the system."""
        for file in self._files.values():
            file.flush()

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _write(self, cell: Place, kind: str, data: bytes) -> None:
        file = self._files.get((cell, kind))
        if file is None:
            file = self._files[cell, kind] = self.path(cell, kind).open("ab")
        file.write(data)
        self._sizes[cell, kind] = self._sizes.get((cell, kind), 0) + len(data)


def _readable(size: int) -> str:
    if size < 1024:
        return f"{size} bytes"
    for unit in ("KiB", "MiB"):
        size_ = size / 1024 if unit == "KiB" else size / 1024**2
        if size_ < 1024:
            return f"{size_:.1f} {unit}"
    return f"{size / 1024**3:.1f} GiB"
