"""Which group runs next: a pure choice among those that wait."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from suite.plan import Group


@dataclass(frozen=True)
class Capacity:
    """What a machine takes at once.

    Attributes
    ----------
    cores
        Cores that groups together may keep busy on average. Somewhat more than the machine has:
        groups wait at different moments.
    groups
        How many may run at once, for their memory.
    """

    cores: float
    groups: int


def next_group(
    waiting: Sequence[Group], running: Collection[Group], capacity: Capacity
) -> Group | None:
    """Return the group to start now, or None when it is better to wait for one to end.

    The longest goes first, with the longest of those that wait for it, so that no long one is
    alone at the end; one that finds no room lets those pass that do. Where nothing runs, anything
    fits.
    """
    if not waiting or len(running) >= capacity.groups:
        return None
    busy = sum(group.cores for group in running)
    unready = {group.name for group in (*waiting, *running)}
    ready = [group for group in waiting if group.after not in unready]
    then = {group.name: 0.0 for group in ready}
    for group in waiting:
        then[group.after] = max(then.get(group.after, 0.0), group.seconds)
    for group in sorted(ready, key=lambda one: (-one.seconds - then[one.name], one.name)):
        if not running or busy + group.cores <= capacity.cores:
            return group
    return None
