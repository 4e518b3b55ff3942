"""How much memory a kernel may still take, by its control groups."""

from __future__ import annotations

from pathlib import Path

import pytest
from lodge_magics.sql import memory

V2 = ("memory.max", "memory.current")


def group(folder: Path, limit: str, current: int, cached: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{current}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\n")


def test_cached_files_give_way(tmp_path: Path) -> None:
    group(tmp_path, "1000", 700, 200)
    assert memory._group(tmp_path, V2, "inactive_file") == 500


@pytest.mark.parametrize("limit", ["max", str(2**63 - 4096), "nonsense"])
def test_no_limit(tmp_path: Path, limit: str) -> None:
    group(tmp_path, limit, 700, 200)
    assert memory._group(tmp_path, V2, "inactive_file") is None
    assert memory._group(tmp_path / "none", V2, "inactive_file") is None


def test_the_least_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_groups", lambda: [500, 300])
    assert memory.room() == 300
    monkeypatch.setenv(memory.VARIABLE, "1")
    assert memory.room() == 0
