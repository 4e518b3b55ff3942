"""One part of Lodge in a pod: prepared, then replaced by its process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lodge_spawner import user_environment

from .. import parts, programs
from ..folders import DataFolder, FolderError
from ..identity import make_people
from ..network import listens
from ..platform import Platform
from ..prepared import make_warehouse, write_hub_values, write_identity
from ..process import ProcessSpec
from ..settings import Settings
from .addresses import cluster_of
from .authorities import trust
from .deployment import Cluster

#: The parts that need Java and Spark: their pods run the servers' image.
WITH_SPARK = ("schedules", "metastore", "samples")
#: The only account that a new installation has; others are made by it, or by `lodge user`.
_FIRST = (("admin", "Lodge Admin", True),)
_PATIENCE_S = 300.0


def _hub(platform: Platform) -> ProcessSpec:
    write_hub_values(platform, Cluster(platform.settings, platform.folder))
    return parts.hub(platform)


def _identity(platform: Platform) -> ProcessSpec:
    write_identity(platform)
    make_people(platform, _FIRST)
    return parts.identity(platform)


def _metastore(platform: Platform) -> ProcessSpec:
    make_warehouse(platform)
    return parts.metastore(platform)


def _shares(platform: Platform) -> ProcessSpec:
    return parts.service(platform, "shares")


def _schedules(platform: Platform) -> ProcessSpec:
    platform.local.save(platform.folder.local_settings)
    return parts.service(platform, "schedules")


_PROCESSES: dict[str, Callable[[Platform], ProcessSpec]] = {
    "hub": _hub,
    "proxy": parts.proxy,
    "identity": _identity,
    "metastore": _metastore,
    "shares": _shares,
    "schedules": _schedules,
}

#: What `lodge serve` knows.
PARTS = (*_PROCESSES, "samples")


def mounted_folder(settings: Settings) -> DataFolder:
    """Return the data folder of a part, whose secrets the chart makes.

    Raises
    ------
    SettingsError
        The settings are one machine's.
    """
    secrets = Path(cluster_of(settings).secrets_dir)
    return DataFolder(settings.data_folder(root=os.geteuid() == 0), secrets)


def serve(settings: Settings, folder: DataFolder, part: str) -> None:
    """Run one part; a process takes this one's place, so that it gets the pod's signals.

    Parameters
    ----------
    settings
        The settings.
    folder
        The part's own data folder.
    part
        One of `PARTS`. ``samples`` makes the sample tables and ends.

    Raises
    ------
    AuthoritiesError, FolderError, SettingsError, IdentityError
        The part can't be started.
    """
    authorities = os.environ.get("LODGE_AUTHORITIES", "/etc/lodge/authorities")
    os.environ |= trust(Path(authorities), Path(tempfile.gettempdir(), "authorities.pem"))
    platform = Cluster(settings, folder).prepare()
    missing = programs.java_home(settings.spark.java_home) is None or programs.spark_home() is None
    if part in WITH_SPARK and missing:
        raise FolderError(f"The part {part} needs Java and Spark: its pod runs another image.")
    if part == "samples":
        _make_samples(platform)
        return
    spec = _PROCESSES[part](platform)
    os.umask(0o077 if spec.umask is None else spec.umask)
    os.execve(spec.command[0], [*spec.command], {**os.environ, **spec.environment})  # noqa: S606


def _make_samples(platform: Platform) -> None:
    """Make the sample flights' Hive tables, once the metastore answers."""
    kubernetes = cluster_of(platform.settings)
    metastore = platform.addresses.metastore
    host = metastore.url.removeprefix("thrift://").partition(":")[0]
    end = time.monotonic() + _PATIENCE_S
    while not asyncio.run(listens(metastore.port, host)):
        if time.monotonic() > end:
            raise FolderError(f"The metastore at {metastore.url} does not answer.")
        time.sleep(1)
    environment = user_environment(platform.local, platform.metastore_account())
    files = Path(kubernetes.samples_dir) / "flights"
    command = [sys.executable, "-m", "lodge_hub.sample.hive", str(files), metastore.url]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise FolderError("The tables of the sample flights could not be made; see above.")
