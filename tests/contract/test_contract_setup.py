"""The set-up, as whoever runs it again beside running tests needs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_second_setup_finds_nothing_to_do() -> None:
    # What it installed anew would be missing for a moment, for whatever runs from here.
    ended = subprocess.run(
        [str(ROOT / "scripts" / "setup.sh"), "run"], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "- Everything is set up.\n"
