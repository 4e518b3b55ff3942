"""What is settled before the first process starts: addresses, accounts, files."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lodge_spawner import Account, Accounts, LocalSettings, SparkSettings
from lodge_spawner.spark import hive_properties, machine_properties, quick_start_properties

from . import machine
from .addresses import Addresses, choose_addresses
from .folders import DataFolder, FolderError
from .hub_values import hub_values
from .identity import provider_settings, translations
from .roles import SERVICES
from .settings import Settings


@dataclass(frozen=True)
class Platform:
    """Everything that is settled before the first process starts.

    Parameters
    ----------
    settings
        The settings.
    folder
        The data folder.
    addresses
        Ports and public addresses.
    local
        Settings of users' processes.
    """

    settings: Settings
    folder: DataFolder
    addresses: Addresses
    local: LocalSettings

    @property
    def embedded_identity(self) -> bool:
        """Whether Lodge runs an identity provider of its own."""
        return not self.settings.identity.issuer

    @property
    def embedded_metastore(self) -> bool:
        """Whether Lodge runs a Hive metastore of its own."""
        return not self.settings.hive.metastore

    @property
    def identity_config(self) -> Path:
        """The embedded identity provider's settings file."""
        return self.folder.identity / "canaille.toml"

    def metastore_account(self) -> Account:
        """Return the account of metastore and warehouse.

        Never root's: the metastore deletes whatever folder a dropped table names.
        """
        account = Accounts(self.local).ensure("service:metastore")
        return replace(account, home=self.folder.metastore)


def prepare(settings: Settings, folder: DataFolder) -> Platform:
    """Settle ports and accounts, and write the files that the processes read.

    Raises
    ------
    FolderError, SettingsError
        The data folder or a port can't be used.
    """
    folder.make()
    root = os.geteuid() == 0
    separate = {"auto": root, "yes": True, "no": False}[settings.users.separate]
    if separate and not root:
        raise FolderError(
            "Users can have Unix accounts of their own only where Lodge runs as root: set "
            'users.separate = "auto" in lodge.toml, or start Lodge as root.'
        )
    if separate:
        folder.check_reachable()
    addresses = choose_addresses(settings, folder, SERVICES)
    local = _local_settings(settings, folder, addresses, separate=separate)
    local.save(folder.local_settings)
    platform = Platform(settings, folder, addresses, local)
    make_warehouse(platform)
    for name in ("cookie", "auth-state", "proxy", *(f"service-{one}" for one in SERVICES)):
        folder.secret(name)
    if platform.embedded_identity:
        folder.secret("identity-client")
        write_identity(platform)
    write_hub_values(platform)
    return platform


def write_identity(platform: Platform) -> None:
    """Write the settings file of the embedded identity provider, and its Chinese words."""
    from .identity.words import write_words  # needs what comes with the provider only

    write_words(translations(platform.folder))
    text = provider_settings(platform.settings, platform.folder, platform.addresses)
    platform.identity_config.touch(0o600)
    platform.identity_config.write_text(text, encoding="utf-8")


def write_hub_values(platform: Platform) -> None:
    """Write the values of the hub's configuration."""
    hub_values(platform).save(platform.folder.hub_values)


def _local_settings(
    settings: Settings, folder: DataFolder, addresses: Addresses, *, separate: bool
) -> LocalSettings:
    java = machine.java_home(settings.spark.java_home)
    spark = machine.spark_home(settings.spark.home)
    if java is None or spark is None:
        raise FolderError("Java or Spark is missing: `lodge doctor` names how to get it.")
    metastore = settings.hive.metastore or addresses.metastore.url
    warehouse = settings.hive.warehouse or f"file:{folder.warehouse}"
    return LocalSettings(
        data_dir=folder.root,
        instance=folder.secret("instance"),
        separate_users=separate,
        first_uid=settings.users.first_uid,
        last_uid=settings.users.last_uid,
        spark=SparkSettings(
            home=spark,
            java_home=java,
            python=Path(sys.executable),
            properties={
                **machine_properties(settings.spark.master),
                **quick_start_properties(machine.class_archive()),
                **hive_properties(metastore, warehouse),
                **settings.spark.properties,
            },
            limits=settings.spark.limits,
        ),
        sources=sources_of(settings, folder.sources),
    )


def make_warehouse(platform: Platform) -> None:
    """Make the folders of the embedded metastore."""
    if not platform.embedded_metastore:
        return
    folder = platform.folder
    account = platform.metastore_account()
    for path, mode in ((folder.metastore, 0o700), (folder.warehouse, 0o1777)):
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        if account.owner is not None:
            os.chown(path, *account.owner)


def sources_of(settings: Settings, samples: Path) -> dict[str, Any]:
    """Return the SQL sources as users' processes read them.

    Parameters
    ----------
    settings
        The settings.
    samples
        The folder of the sample database.
    """
    sources: dict[str, Any] = {
        name: source.model_dump(exclude_defaults=True) for name, source in settings.sources.items()
    }
    if settings.samples.flights and "flights" not in sources:
        sources["flights"] = {
            "type": "duckdb",
            "path": str(samples / "flights.duckdb"),
            "read_only": True,
            "description": "Flights that left New York in 2013",
        }
    sources.setdefault("hive", {"type": "hive", "description": "Hive tables, through Spark"})
    default = settings.default_source or (
        "flights" if "flights" in sources else next(iter(sources))
    )
    return {"default": default, "sources": sources}
