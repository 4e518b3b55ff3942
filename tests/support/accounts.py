"""Commands that Unix accounts run."""

from __future__ import annotations

import subprocess
from pathlib import Path


def as_account(
    uid: int, *command: str | Path, said: str = "", cwd: str | Path = "/"
) -> subprocess.CompletedProcess[str]:
    """Run a command as an account, with no groups but its own; return what came of it.

    Parameters
    ----------
    uid
        The account, whose group has the same number.
    command
        The command.
    said
        What it reads.
    cwd
        The folder that it begins in.
    """
    return subprocess.run(
        command,
        user=uid,
        group=uid,
        extra_groups=[],
        input=said,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )
