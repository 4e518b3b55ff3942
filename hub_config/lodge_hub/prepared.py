"""Files and folders that the parts find when they start."""

from __future__ import annotations

import os

from .deployment import Deployment
from .hub_values import hub_values
from .identity import provider_settings, translations
from .platform import Platform


def write_identity(platform: Platform) -> None:
    """Write the settings file of the embedded identity provider, and its Chinese words."""
    from .identity.words import write_words  # needs what comes with the provider only

    write_words(translations(platform.folder))
    text = provider_settings(platform.settings, platform.folder, platform.addresses)
    platform.identity_config.touch(0o600)
    platform.identity_config.write_text(text, encoding="utf-8")


def write_hub_values(platform: Platform, deployment: Deployment) -> None:
    """Write the values of the hub's configuration."""
    hub_values(platform, deployment).save(platform.folder.hub_values)


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
