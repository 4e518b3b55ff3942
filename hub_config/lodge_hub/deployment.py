"""What one machine and Kubernetes have each in their own way, behind one interface.

All else of Lodge is the same on both, and asks neither which of the two it is in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .addresses import Addresses
from .folders import DataFolder
from .platform import Platform
from .settings import Settings


@dataclass(frozen=True)
class Helpers:
    """Services that the hub itself runs, and their roles, as JupyterHub wants them."""

    services: list[dict[str, Any]] = field(default_factory=list)
    roles: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Deployment(ABC):
    """A place where Lodge runs.

    Parameters
    ----------
    settings
        The settings.
    folder
        The data folder.
    """

    settings: Settings
    folder: DataFolder

    @property
    @abstractmethod
    def spawner_config(self) -> Path:
        """The file that goes on from the hub's configuration, with the spawner's."""

    @property
    def named_servers(self) -> int:
        """How many servers a user may have beside the first one."""
        return 0

    @abstractmethod
    def addresses(self) -> Addresses:
        """Return where everything listens, and where browsers reach it.

        Raises
        ------
        SettingsError
            The settings name none, or none that can be had.
        """

    @abstractmethod
    def prepare(self) -> Platform:
        """Settle what the processes are started with.

        Raises
        ------
        FolderError, SettingsError
            Something that is needed is missing.
        """

    @abstractmethod
    def spawner_traits(self, platform: Platform) -> dict[str, Any]:
        """Return the traits of the spawner, as JSON has them."""

    def helpers(self) -> Helpers:
        """Return the services that the hub itself runs."""
        return Helpers()

    def shared_account(self, platform: Platform) -> str:  # noqa: ARG002
        """Return a sentence for users who are not apart from each other; empty where they are."""
        return ""
