"""``lodge up``: runs Lodge on this machine until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click
from lodge_spawner import AccountError

from .. import programs
from ..folders import FolderError
from ..identity import IdentityError
from ..machine.launch import run
from ..machine.supervisor import StartError
from ..settings import SettingsError
from .doctor import describe
from .options import config_option, data_dir_option, data_folder, read_settings


@click.command()
@click.option("--host", help="Address to listen on. Default: 127.0.0.1, this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port. Default 8000; 0 takes any.")
@click.option(
    "--allow-plain-http",
    is_flag=True,
    default=None,
    help="Acknowledge that there is no TLS on an address that the network reaches.",
)
@data_dir_option
@config_option
def up(
    host: str | None,
    port: int | None,
    allow_plain_http: bool | None,
    data_dir: Path | None,
    config: Path | None,
) -> None:
    """Run Lodge: hub, proxy, identity provider, Hive metastore, shares and schedules.

    Prints one line `Lodge is ready at http://...` when it is. Ctrl-C ends it with everything
    that it started; users, notebooks, shares and jobs are kept.
    """
    settings = read_settings(
        config,
        {
            "server.host": host,
            "server.port": port,
            "server.allow_plain_http": allow_plain_http,
            "data_dir": str(data_dir) if data_dir else None,
        },
    )
    findings = programs.examine(settings.spark.java_home, settings.spark.home)
    if missing := [finding for finding in findings if not finding.found]:
        for finding in missing:
            click.echo(describe(finding), err=True)
        raise click.ClickException("Lodge can't start without what is missing.")
    try:
        run(settings, data_folder(settings), say=click.echo)
    except* (AccountError, FolderError, SettingsError, StartError, IdentityError) as group:
        raise click.ClickException("\n".join(str(one) for one in _leaves(group))) from group


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _leaves(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found
