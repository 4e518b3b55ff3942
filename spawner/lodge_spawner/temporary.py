"""Temporary files of users' processes: a closed folder for each server and each run.

Spark keeps shuffled and cached rows there, Python and Java whatever they put into ``/tmp``
elsewhere. A folder goes with the server or run; what a kill left goes at the next start.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from .accounts import Account, slug_of
from .closed_folders import make_closed, remove_closed
from .local_settings import LocalSettings

logger = logging.getLogger(__name__)

#: The variables that name a closed folder of a user's.
_NAMING = ("TMPDIR", "JUPYTER_RUNTIME_DIR")


@dataclass(frozen=True)
class TemporaryFolder:
    """The folder of the temporary files of one server or one run.

    Parameters
    ----------
    path
        Where it is.
    """

    path: Path

    @classmethod
    def of_server(cls, settings: LocalSettings, account: Account, name: str = "") -> Self:
        """Return the folder of a user's server; `name` is that of a named one."""
        named = f"@{slug_of(name)}" if name else ""
        return cls(settings.temporary / f"server-{account.slug}{named}")

    @classmethod
    def of_run(cls, settings: LocalSettings, run_id: str) -> Self:
        """Return the folder of a scheduled run."""
        return cls(settings.temporary / f"run-{run_id}")

    def make(self, account: Account) -> None:
        """Make the folder for a user, empty.

        Raises
        ------
        OSError
            What an earlier process left can't be removed.
        """
        remove_closed(self.path)
        make_closed(self.path, account.owner)

    def remove(self) -> None:
        """Remove the folder with all that is in it; what can't be removed is logged."""
        try:
            remove_closed(self.path)
        except OSError as error:
            logger.warning("%s", error)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which processes find it."""
        # HotSpot writes performance data of each JVM into /tmp, wherever its other files are.
        quiet = "-XX:-UsePerfData"
        named = str(self.path).replace("\\", "\\\\").replace('"', '\\"')
        return {
            "TMPDIR": str(self.path),
            "SPARK_SUBMIT_OPTS": f'"-Djava.io.tmpdir={named}" {quiet}',
            "SPARK_LAUNCHER_OPTS": quiet,
        }


def sweep(settings: LocalSettings) -> None:
    """Remove the folders of temporary files and sockets that no living process was given."""
    folders = [*_folders(settings.temporary), *_folders(settings.sockets)]
    used = _used() if folders else set()
    for folder in folders:
        if str(folder) not in used:
            TemporaryFolder(folder).remove()
    with contextlib.suppress(OSError):  # it is there, and empty
        settings.sockets.rmdir()


def _folders(parent: Path) -> Iterator[Path]:
    if parent.is_dir():
        yield from parent.iterdir()


def _used() -> set[str]:
    found: set[str] = set()
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        found.update(environment[name] for name in _NAMING if name in environment)
    return found
