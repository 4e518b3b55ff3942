"""What is in a new user's home: copied with the user's own rights."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .accounts import Account
from .process import demote


def copy_skeleton(skeleton: Path, account: Account) -> None:
    """Copy what a new user finds into the home; what is there already stays as it is.

    The user may have processes by then, and turn any name in the home into a link at any moment:
    a copy made with more than the user's rights could be led out of it.

    Parameters
    ----------
    skeleton
        A folder that users may read.
    account
        Whose home it is for.

    Raises
    ------
    OSError
        Something could not be copied; what could is there.
    """
    done = subprocess.run(
        ["/bin/cp", "--recursive", "--no-clobber", "--", f"{skeleton}/.", str(account.home)],
        preexec_fn=demote(account),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OSError(f"{skeleton} can't be copied into {account.home}: {done.stderr.strip()}")
