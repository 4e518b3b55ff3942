"""What the processes of users may have of this machine."""

from __future__ import annotations

import logging

from lodge_spawner.control_groups import ControlGroups, Limits, memory_of, own_groups

from ..settings import SettingsError
from ..settings.model import Users

log = logging.getLogger(__name__)

_UNITS = {"M": 2**20, "G": 2**30, "T": 2**40}


def make_groups(users: Users, instance: str) -> ControlGroups:
    """Make the control groups that an installation's users get theirs in; say where there are none.

    Parameters
    ----------
    users
        The settings of users.
    instance
        The installation's name.

    Raises
    ------
    SettingsError
        Nothing is left to users.
    """
    own = own_groups()
    total = memory_of(own)
    together = total - _bytes(users.platform_memory, total)
    if together <= 0:
        raise SettingsError(
            f"users.platform_memory, {users.platform_memory}, leaves nothing to users: this "
            f"machine has {total / 2**30:.1f}G."
        )
    limits = Limits(
        memory=min(_bytes(users.memory, total), together),
        all_memory=together,
        processes=users.processes,
    )
    groups = ControlGroups(tuple(group / f"lodge-{instance}" for group in own), limits)
    try:
        groups.make()
    except OSError as error:
        log.warning("The processes of users have no limits: %s", error)
        return ControlGroups()
    return groups


def _bytes(share: str, total: int) -> int:
    if share.endswith("%"):
        return total * int(share[:-1]) // 100
    return int(float(share[:-1]) * _UNITS[share[-1]])
