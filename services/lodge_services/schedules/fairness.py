"""Whose run is next: a pure function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol


class Waiting(Protocol):
    """What the choice looks at."""

    @property
    def id(self) -> str:
        """The run."""
        ...

    @property
    def job_id(self) -> str:
        """Its job."""
        ...

    @property
    def owner(self) -> str:
        """Its owner."""
        ...

    @property
    def trigger(self) -> str:
        """What has made it wait."""
        ...


def choose(queued: Iterable[Waiting], running: Iterable[Waiting], slots: int) -> list[str]:
    """Return the ids of the runs to start now, at most `slots`.

    A job has one run at a time. Of those that may start, the owner with the fewest running runs
    comes first, and the longest waiting run of that owner: a user who queues a hundred runs
    delays another user by one run at most, not by a hundred. Runs of a range of past times wait for
    the others of their owner.

    Parameters
    ----------
    queued
        Waiting runs, longest waiting first.
    running
        Runs that run now.
    slots
        How many more may run at a time.
    """
    active = list(running)
    load = Counter(run.owner for run in active)
    busy = {run.job_id for run in active}
    waiting = list(queued)
    chosen: list[str] = []
    while len(chosen) < slots:
        free = [run for run in waiting if run.job_id not in busy]
        if not free:
            break
        run = min(free, key=lambda item: (load[item.owner], item.trigger == "backfill"))
        chosen.append(run.id)
        busy.add(run.job_id)
        load[run.owner] += 1
        waiting.remove(run)
    return chosen
