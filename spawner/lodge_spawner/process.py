"""Starting and ending processes of users."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Callable, Collection, Iterable

import psutil

from .accounts import Account


def demote(account: Account) -> Callable[[], None]:
    """Return a function for ``Popen(preexec_fn=...)`` that turns the child into the user's.

    It enters the user's control groups, drops Lodge's groups, group and user id where the account
    has ids of its own, enters the home, and lets nobody else read what it makes. Where users share
    Lodge's ids only the latter two are left to do.
    """
    owner = account.owner
    home = str(account.home)

    def become() -> None:
        for entry in account.entries:
            entry.write_bytes(b"0")
        if owner is not None:
            uid, gid = owner
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        os.chdir(home)
        # What Spark writes to tables has the rights that Hadoop gives it.
        os.umask(0o077)

    return become


def processes_with(variable: str, value: str) -> list[psutil.Process]:
    """Return the processes that carry ``variable=value`` in the environment they started with.

    Only processes whose environment may be read are found: all of them for root, else those of
    the same user.
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(variable) == value:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def processes_of(uids: Collection[int]) -> list[psutil.Process]:
    """Return the processes that run under one of the user ids, whatever their environment says."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.uids().real in uids and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_processes(processes: Iterable[psutil.Process], grace_s: float = 5.0) -> int:
    """Terminate processes and kill what is left after `grace_s` seconds; return their number."""
    ended = []
    for process in processes:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
        ended.append(process)
    _, alive = psutil.wait_procs(ended, timeout=grace_s)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=grace_s)
    return len(ended)


def end_account(uid: int, grace_s: float = 2.0) -> None:
    """End all processes under a user id, whatever their environment says.

    Parameters
    ----------
    uid
        The account's.
    grace_s
        How long they may take, in seconds; then they are killed.
    """
    end_processes(processes_of({uid}), grace_s)
    # All at once, as the account itself: one that multiplies can't get away in between.
    command = ["/bin/sh", "-c", "kill -KILL -1"]
    group = pwd.getpwuid(uid).pw_gid
    subprocess.run(command, user=uid, group=group, extra_groups=[], cwd="/", check=False)
