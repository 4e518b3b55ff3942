"""How much memory this kernel may still take."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from lodge_magics.errors import OptionError

__all__ = ["VARIABLE", "room", "used"]

VARIABLE = "LODGE_SQL_MEMORY_LIMIT"
_PAGE = os.sysconf("SC_PAGE_SIZE")
# cgroup v1 writes "no limit" as a number near 2^63.
_ENDLESS = 1 << 60


def used() -> int:
    """Return the bytes of memory this process has in use."""
    return _statm(1)


def room() -> int | None:
    """Return the bytes this process may still take; None when nothing tells.

    The least counts of: the limit of `LODGE_SQL_MEMORY_LIMIT` (bytes for the whole process), those
    of its control group and of the groups above it, its address space, and the free memory of the
    machine.

    Raises
    ------
    OptionError
        The variable holds no number.
    """
    rooms = [*_own(), *_groups(), *_machine()]
    return max(0, min(rooms)) if rooms else None


def _own() -> list[int]:
    rooms = []
    text = os.environ.get(VARIABLE, "")
    if text:
        if not text.isascii() or not text.isdigit():
            raise OptionError(f"{VARIABLE} must be a number of bytes, not {text}.")
        rooms.append(int(text) - used())
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        rooms.append(soft - _statm(0))
    return rooms


def _statm(field: int) -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[field]) * _PAGE
    except OSError:  # no Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _groups() -> list[int]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    rooms = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            root, names = Path("/sys/fs/cgroup"), ("memory.max", "memory.current")
            cache = "inactive_file"
        elif "memory" in controllers.split(","):
            root = Path("/sys/fs/cgroup/memory")
            names, cache = ("memory.limit_in_bytes", "memory.usage_in_bytes"), "total_inactive_file"
        else:
            continue
        folder = root / path.lstrip("/")
        # Inside a container the path may be that of the host: the root is this container then.
        folders = [folder, *folder.parents] if folder.is_dir() else [root]
        for each in folders:
            if root not in (each, *each.parents):
                break
            found = _group(each, names, cache)
            if found is not None:
                rooms.append(found)
    return rooms


def _group(folder: Path, names: tuple[str, str], cache: str) -> int | None:
    try:
        limit, current = ((folder / name).read_text().strip() for name in names)
        if limit == "max" or int(limit) >= _ENDLESS:
            return None
        # Cached files give way before anything is killed.
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return int(limit) - int(current) + int(stat.get(cache, 0))
    except (OSError, ValueError):
        return None


def _machine() -> list[int]:
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return []
    return [
        int(line.split()[1]) * 1024
        for line in text.splitlines()
        if line.startswith("MemAvailable:")
    ]
