"""Options that several commands share, and errors as one sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..folders import DataFolder
from ..settings import Settings, SettingsError, load_settings

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="LODGE_CONFIG",
    help="The settings file, lodge.toml. Default: the one in the current folder, if there is one.",
)
data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of everything that Lodge keeps; overrides data_dir of the settings.",
)


def read_settings(config: Path | None, overrides: Mapping[str, Any]) -> Settings:
    """Return the settings of the file `config`, or of ``lodge.toml`` here, with overrides.

    Raises
    ------
    click.ClickException
        They can't be used.
    """
    if config is None and Path("lodge.toml").exists():
        config = Path("lodge.toml")
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return load_settings(config, given)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def data_folder(settings: Settings) -> DataFolder:
    """Return the data folder."""
    return DataFolder(settings.data_folder(root=os.geteuid() == 0))
