"""Of the spawner of one machine: what needs no hub."""

from __future__ import annotations

import os
from pathlib import Path

from lodge_spawner.local import last_lines


def test_the_end_of_a_log_is_read_however_long_it_is(tmp_path: Path) -> None:
    log = tmp_path / "ada.log"
    with log.open("wb") as file:
        file.write(b"first\n")
        # More than a machine has memory, and no room on the disk.
        os.truncate(file.fileno(), 1 << 42)
        file.seek(0, os.SEEK_END)
        file.write(b"".join(b"\nline %d" % number for number in range(9)))
    assert last_lines(log).splitlines() == [f"line {number}" for number in range(4, 9)]
    assert last_lines(tmp_path / "none.log") == "(no log)"
    log.write_bytes(b"only\n")
    assert last_lines(log) == "only"
