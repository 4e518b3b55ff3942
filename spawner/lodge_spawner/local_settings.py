"""What a user's processes on one machine are started with: one JSON file, written by the hub."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from .control_groups import ControlGroups, Limits


@dataclass(frozen=True)
class SparkSettings:
    """Where Spark is and which properties its drivers start with.

    Parameters
    ----------
    home
        ``SPARK_HOME``: the folder that holds ``jars``.
    java_home
        ``JAVA_HOME`` of a Java that this Spark runs on.
    python
        The interpreter of driver and executors, ``PYSPARK_PYTHON``.
    properties
        Spark properties (name to value). They must hold no secret: every user reads them.
    limits
        The most that a session may ask for, by property.
    """

    home: Path
    java_home: Path
    python: Path
    properties: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LocalSettings:
    """Settings of processes that run for users on this machine.

    Parameters
    ----------
    data_dir
        Lodge's data folder.
    instance
        Name of this installation; every process of it carries the name as ``LODGE_INSTANCE``, so
        that what a killed parent left behind can be found.
    separate_users
        Whether each user's processes run under a Unix account of their own. Needs root.
    first_uid, last_uid
        The range that user ids are taken from, both included.
    spark
        Spark's settings.
    sources
        The SQL sources, as in ``lodge.toml``: ``{"default": name, "sources": {name: {...}}}``.
    environment
        Further variables for every process of a user.
    control_groups
        The folders of the group that users' groups are made in. None: no limits.
    limits
        What users' processes may have.
    temporary_dir
        Folder of users' temporary files. None: ``tmp`` in the data folder.
    sockets_dir
        Folder of users' sockets, whose paths have to be short. None: in the folder of files that
        are made anew at each start.
    """

    data_dir: Path
    instance: str
    separate_users: bool
    spark: SparkSettings
    first_uid: int = 20000
    last_uid: int = 29999
    sources: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    control_groups: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    temporary_dir: Path | None = None
    sockets_dir: Path | None = None

    @property
    def groups(self) -> ControlGroups:
        """The users' control groups."""
        return ControlGroups(self.control_groups, self.limits)

    @property
    def homes(self) -> Path:
        """The folder of the users' homes."""
        return self.data_dir / "homes"

    @property
    def run_dir(self) -> Path:
        """The folder of files that are made anew at each start."""
        return self.data_dir / "run"

    @property
    def temporary(self) -> Path:
        """The folder of users' temporary files, a folder for each server and run."""
        return self.temporary_dir or self.data_dir / "tmp"

    @property
    def sockets(self) -> Path:
        """The folder of users' sockets, a folder for each user."""
        return self.sockets_dir or self.run_dir / "sockets"

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read settings that :meth:`save` wrote.

        Raises
        ------
        OSError, ValueError, TypeError
            The file can't be read or isn't one of ours.
        """
        raw = json.loads(Path(path).read_text(encoding="utf-8"))
        spark = raw.pop("spark")
        groups = tuple(Path(folder) for folder in raw.pop("control_groups"))
        names = ("data_dir", "temporary_dir", "sockets_dir")
        folders = {name: Path(raw.pop(name)) for name in names if raw[name]}
        return cls(
            **{**raw, **folders, "limits": Limits(**raw["limits"])},
            control_groups=groups,
            spark=SparkSettings(
                home=Path(spark["home"]),
                java_home=Path(spark["java_home"]),
                python=Path(spark["python"]),
                properties=dict(spark["properties"]),
                limits=dict(spark.get("limits", {})),
            ),
        )

    def save(self, path: Path) -> None:
        """Write the settings to `path` at mode 0600, whole or not at all."""
        write_private(path, json.dumps(asdict(self), default=str, indent=1))


def closed(path: str, flags: int) -> int:
    """Open a file that nobody else may open, as the `opener` of :func:`open`.

    Whoever can read a file can lock it, and make all wait who want to.
    """
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def write_private(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """Write a file of mode 0600 by a temporary file beside it and a rename.

    Parameters
    ----------
    path
        The file; its folder must exist.
    text
        The content, written as UTF-8.
    owner
        User and group id that the file is to belong to. None leaves the writer's.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if owner is not None:
                os.fchown(file.fileno(), *owner)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
