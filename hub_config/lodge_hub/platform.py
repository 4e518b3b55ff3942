"""What is settled before the first process starts: folders, addresses, accounts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lodge_spawner import Account, Accounts, LocalSettings
from lodge_spawner.spark import hive_properties

from .addresses import Addresses
from .folders import DataFolder
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


def hive_tables(
    settings: Settings, folder: DataFolder, addresses: Addresses, *, separate: bool = False
) -> dict[str, str]:
    """Return Spark's properties that lead to the Hive tables, the company's or Lodge's own.

    `separate` tells whether users have Unix accounts of their own.
    """
    warehouse = settings.hive.warehouse or f"file:{folder.warehouse}"
    return hive_properties(
        settings.hive.metastore or addresses.metastore.url,
        warehouse,
        own_folders=separate and not settings.hive.metastore,
    )
