"""What notebooks run with here: Python, the image and the packages.

A run tells it of itself, so nothing is imported for it that takes longer than it does: the names
and versions of packages are those of their folders, as installers write them.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_DASHES = re.compile(r"[-_.]+")
_FOLDER = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._]{0,199})-(?P<version>[a-z0-9.!+_]{1,100})"
    r"(?:\.dist-info|(?:-py[\d.]+)?\.egg-info)\Z",
    re.IGNORECASE,
)


def environment() -> dict[str, Any]:
    """Return what notebooks run with here.

    Returns
    -------
    dict
        ``python`` is its version, ``image`` the container's image or "", ``packages`` the
        versions by normalised name.
    """
    return {
        "python": platform.python_version(),
        "image": os.environ.get("JUPYTER_IMAGE_SPEC", ""),
        "packages": installed(),
    }


def installed(path: Sequence[str] | None = None) -> dict[str, str]:
    """Return the versions of the installed packages by their normalised names.

    Parameters
    ----------
    path
        Where modules are looked for; ``sys.path`` by default. What comes first counts.
    """
    found: dict[str, str] = {}
    for folder in sys.path if path is None else path:
        try:
            names = sorted(entry.name for entry in os.scandir(folder or "."))
        except OSError:
            continue  # not there, or an archive
        for name in names:
            if match := _FOLDER.match(name):
                # A dash can't be in a folder's parts, so installers write an underscore.
                version = match["version"].replace("_", "-")
                found.setdefault(normal(match["name"]), version)
    return found


def normal(name: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return _DASHES.sub("-", name).lower()


def is_own(command: Sequence[str]) -> bool:
    """Tell whether a command runs the Python that this is, with what is installed for it."""
    return bool(command) and Path(command[0]) == Path(sys.executable)
