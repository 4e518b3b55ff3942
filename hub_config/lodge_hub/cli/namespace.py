"""``lodge namespace``: users' namespaces on Kubernetes that an admin makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml  # type: ignore[import-untyped]

from ..kubernetes.addresses import cluster_of
from ..settings import SettingsError
from .options import config_option, read_settings


@click.command()
@click.argument("users", nargs=-1, required=True, metavar="USER...")
@config_option
def namespace(users: tuple[str, ...], config: Path | None) -> None:
    """Print the namespaces of users, with the hub's rights in them.

    For `kubectl apply -f -`, on Kubernetes with premade_namespaces. A USER is called as the hub
    calls them, in lower case.
    """
    # Kubernetes' client takes half a second, which every other command would wait for.
    from ..kubernetes.namespaces import premade_namespaces

    settings = read_settings(config, {})
    try:
        # The hub knows no capitals.
        made = premade_namespaces(cluster_of(settings), (user.lower() for user in users))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    click.echo(yaml.dump_all(made, Dumper=_Plain, sort_keys=False, explicit_start=True), nl=False)


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice: people read it before they let it be made."""

    def ignore_aliases(self, _: Any) -> bool:
        """Tell that nothing stands for another."""
        return True
