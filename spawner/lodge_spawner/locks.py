"""Locks on files: nobody else takes them or waits for ever, and who waits learns for whom."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psutil

from .local_settings import closed

#: Between two tries to take a lock: seconds.
_AGAIN_S = 0.05


def open_lock(path: Path) -> IO[str]:
    """Open a lock file that nobody else may open, and so nobody else can lock."""
    return open(path, "a+", encoding="utf-8", opener=closed)


def take(file: IO[str], limit_s: float, **more: Any) -> bool:
    """Take the lock of an open file, and note there who has it; tell whether it was got.

    It is held as long as the file is open.

    Parameters
    ----------
    file
        The file, as :func:`open_lock` returns it.
    limit_s
        How long to wait for another one who has it: seconds.
    more
        Noted as well.
    """
    end = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(_AGAIN_S)
        else:
            note(file, since=datetime.now(UTC).isoformat(timespec="seconds"), **more)
            return True


def note(file: IO[str], **more: Any) -> None:
    """Write into a lock file what is to be known of the one that holds it."""
    said = {**noted(file), "pid": os.getpid(), **more}
    # On a full disk the lock is held all the same.
    with contextlib.suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), json.dumps(said).encode())


def noted(file: IO[str]) -> dict[str, Any]:
    """Return what is written in a lock file."""
    file.seek(0)
    try:
        said = json.loads(file.read())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def holder(file: IO[str]) -> str:
    """Return who holds a lock: process, command, since when."""
    said = noted(file)
    pid = said.get("pid")
    if not isinstance(pid, int):
        return "another process"
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        command = ""
    since = f", since {said['since']}" if "since" in said else ""
    return f"process {pid}{f', `{command}`' if command else ''}{since}"
