"""``lodge serve PART``: runs one part of Lodge, in a pod of its own."""

from __future__ import annotations

from pathlib import Path

import click

from ..folders import FolderError
from ..identity import IdentityError
from ..kubernetes.authorities import AuthoritiesError
from ..kubernetes.serve import PARTS, mounted_folder
from ..kubernetes.serve import serve as run
from ..settings import SettingsError
from .options import config_option, read_settings


@click.command()
@click.argument("part", type=click.Choice(sorted(PARTS)))
@config_option
def serve(part: str, config: Path | None) -> None:
    """Run one part of Lodge on Kubernetes, until the pod is ended.

    The chart runs each part so, in a pod of its own; on one machine `lodge up` runs all of them.
    """
    settings = read_settings(config, {})
    try:
        run(settings, mounted_folder(settings), part)
    except (AuthoritiesError, FolderError, SettingsError, IdentityError) as error:
        raise click.ClickException(str(error)) from error
