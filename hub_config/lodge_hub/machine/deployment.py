"""Lodge on one machine: every part a process of it, users' servers too."""

from __future__ import annotations

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lodge_spawner import LocalSettings, SparkSettings
from lodge_spawner.control_groups import ControlGroups
from lodge_spawner.spark import machine_properties, quick_start_properties

from .. import programs
from ..addresses import Addresses
from ..deployment import Deployment
from ..folders import DataFolder, FolderError
from ..platform import Platform, hive_tables, sources_of
from ..prepared import make_warehouse, write_hub_values, write_identity
from ..roles import SERVICES
from ..settings import Settings
from .addresses import choose_addresses
from .limits import make_groups
from .users_folders import socket_folder, temporary_folder

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Machine(Deployment):
    """One machine, which `lodge up` runs all parts on."""

    @property
    def spawner_config(self) -> Path:
        """The file of the spawner's configuration."""
        return _HERE / "spawner_config.py"

    def addresses(self) -> Addresses:
        """Choose ports; the identity provider's is kept from start to start.

        Raises
        ------
        SettingsError
            The port asked for is in use.
        """
        return choose_addresses(self.settings, self.folder, SERVICES)

    def prepare(self) -> Platform:
        """Settle ports and accounts, and write the files that the processes read.

        Raises
        ------
        FolderError, SettingsError
            The data folder or a port can't be used.
        """
        settings, folder = self.settings, self.folder
        folder.make()
        separate = self._separates()
        if separate:
            folder.check_reachable()
        addresses = self.addresses()
        local = _local_settings(settings, folder, addresses, separate=separate)
        local.save(folder.local_settings)
        platform = Platform(settings, folder, addresses, local)
        make_warehouse(platform)
        for name in ("cookie", "auth-state", "proxy", *(f"service-{one}" for one in SERVICES)):
            folder.secret(name)
        if platform.embedded_identity:
            folder.secret("identity-client")
            write_identity(platform)
        write_hub_values(platform, self)
        return platform

    def _separates(self) -> bool:
        """Tell whether users have Unix accounts of their own."""
        root = os.geteuid() == 0
        separate = {"auto": root, "yes": True, "no": False}[self.settings.users.separate]
        if separate and not root:
            raise FolderError(
                "Users can have Unix accounts of their own only where Lodge runs as root: set "
                'users.separate = "auto" in lodge.toml, or start Lodge as root.'
            )
        return separate

    def spawner_traits(self, platform: Platform) -> dict[str, Any]:
        """Return the traits of `LodgeLocalSpawner`."""
        return {
            "settings_file": str(platform.folder.local_settings),
            "skeleton": str(_HERE.parent / "skel"),
        }

    def shared_account(self, platform: Platform) -> str:
        """Return a sentence for users who share one Unix account."""
        if platform.local.separate_users:
            return ""
        login = pwd.getpwuid(os.getuid()).pw_name
        return (
            f"All users of this Lodge share one Unix account ({login}) and can read each other's "
            "files. Started as root, Lodge gives each of them an account of their own."
        )


def _local_settings(
    settings: Settings, folder: DataFolder, addresses: Addresses, *, separate: bool
) -> LocalSettings:
    java = programs.java_home(settings.spark.java_home)
    spark = programs.spark_home(settings.spark.home)
    if java is None or spark is None:
        raise FolderError("Java or Spark is missing: `lodge doctor` names how to get it.")
    instance = folder.secret("instance")
    groups = make_groups(settings.users, instance) if separate else ControlGroups()
    return LocalSettings(
        data_dir=folder.root,
        instance=instance,
        separate_users=separate,
        first_uid=settings.users.first_uid,
        last_uid=settings.users.last_uid,
        spark=SparkSettings(
            home=spark,
            java_home=java,
            python=Path(sys.executable),
            properties={
                **machine_properties(settings.spark.master),
                **quick_start_properties(programs.class_archive()),
                **hive_tables(settings, folder, addresses, separate=separate),
                **settings.spark.properties,
            },
            limits=settings.spark.limits,
        ),
        sources=sources_of(settings, folder.sources),
        control_groups=groups.folders,
        limits=groups.limits,
        temporary_dir=temporary_folder(settings, folder, instance, separate=separate),
        sockets_dir=socket_folder(instance),
    )
