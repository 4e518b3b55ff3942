"""Spawners of Lodge: a user's server with Spark and SQL sources within reach.

The package knows nothing of tornado handlers or of the services: what a process of a user needs
(account, environment, Spark's properties) comes from plain functions that the spawners, and the
executors of scheduled runs, share.
"""

from typing import TYPE_CHECKING, Any

from .accounts import Account, AccountError, Accounts
from .environment import user_environment
from .local_settings import LocalSettings, SparkSettings
from .process import demote

if TYPE_CHECKING:
    from .kube import SparkKubeSpawner
    from .local import LodgeLocalSpawner

__all__ = [
    "Account",
    "AccountError",
    "Accounts",
    "LocalSettings",
    "LodgeLocalSpawner",
    "SparkKubeSpawner",
    "SparkSettings",
    "demote",
    "user_environment",
]


def __getattr__(name: str) -> Any:
    # Only the hub needs a spawner: JupyterHub and Kubernetes' client take a second to be imported.
    if name == "LodgeLocalSpawner":
        from .local import LodgeLocalSpawner

        return LodgeLocalSpawner
    if name == "SparkKubeSpawner":
        from .kube import SparkKubeSpawner

        return SparkKubeSpawner
    raise AttributeError(name)
