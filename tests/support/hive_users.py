"""What users try of Hive's tables, and of their folders."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from lodge_spawner import demote

from support.hive import RefusedError, User

#: Words of the rules, not of the metastore or the client.
RULE = re.compile(r"may not|is not open to users|can't have a table|No database can|The folder")


def refused(user: User, code: str) -> str:
    with pytest.raises(RefusedError) as error:
        user.ask(code)
    said = str(error.value)
    assert RULE.search(said), said
    return said


def by(user: User, *command: str) -> None:
    """Run a command as a user."""
    subprocess.run(command, preexec_fn=demote(user.account), check=True)


def writes(user: User, folder: Path) -> bool:
    """Return whether a user can write and remove a file and a folder there, as Spark does."""
    code = "import os, sys; os.umask(0o2); os.chdir(sys.argv[1]); os.mkdir('_x'); os.rmdir('_x')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        preexec_fn=demote(user.account),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or "PermissionError" in done.stderr, done.stderr
    return done.returncode == 0
