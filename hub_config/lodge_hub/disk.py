"""Whether the disk that Lodge keeps its things on is full."""

from __future__ import annotations

import os
from pathlib import Path

#: With less than this nothing of use can be kept: bytes.
_LEAST = 256 * 1024

#: What people are told, in the languages of Lodge's pages.
_ENGLISH = (
    "This could not be done, because Lodge's disk is full; what was kept before is whole. Ask "
    "your administrator to make room, then try again."
)
_CHINESE = "无法完成操作：Lodge 的磁盘已满；此前保存的内容完好无损。请联系管理员清理空间后重试。"
FULL = (_ENGLISH, _CHINESE)


def is_full(folder: Path) -> bool:
    """Tell whether there is no room left on the disk of a folder."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _LEAST
