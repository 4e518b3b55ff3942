"""The properties of parsers and intervals, with other examples each time, for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNIT = Path(__file__).parents[1] / "unit"


def test_no_example_breaks_a_property(rounds: Iterator[int]) -> None:
    files = [path for path in sorted(UNIT.rglob("test_*.py")) if "@given" in path.read_text()]
    for number in rounds:
        options = ["--hypothesis-profile=soak", f"--hypothesis-seed={number}", "--timeout=0"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *files],
            cwd=UNIT.parents[1],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"with seed {number}:\n{done.stdout}"
