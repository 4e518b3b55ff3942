"""What the tests' clusters begin with: never the half of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster.kubernetes import seeds


def test_what_one_who_was_killed_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds, "cache", lambda: tmp_path)
    for seed, names in {
        "whole": seeds.DATABASES,
        "half": seeds.DATABASES[:1],
        ".old-x": (),
    }.items():
        (tmp_path / "seeds" / seed).mkdir(parents=True)
        for name in names:
            (tmp_path / "seeds" / seed / name).parent.mkdir(parents=True)
            (tmp_path / "seeds" / seed / name).touch()
    seeds._clear()
    assert [path.name for path in (tmp_path / "seeds").iterdir()] == ["whole"]
