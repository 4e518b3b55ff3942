"""``lodge doctor``: what is missing or damaged on this machine, and how to get or mend it."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from lodge_services.shares.publishing.settings import WikiSettings, targets
from lodge_services.shares.publishing.trial import Trial, tried
from lodge_services.shares.wikis.base import WikiError
from lodge_services.web.settings import SettingsError as ServiceSettingsError
from lodge_spawner import AccountError

from .. import programs
from ..folders import DataFolder, FolderError
from ..machine.backups import BackupError, damage_of
from ..machine.leftovers import end_leftovers
from ..machine.repair import repair
from ..machine.state import kept
from ..settings import Settings
from ..settings.shares import store_table
from .options import config_option, data_dir_option, data_folder, read_settings


@click.command()
@data_dir_option
@config_option
@click.option(
    "--repair",
    "mend",
    is_flag=True,
    help="Restore the newest whole backup of each database and state file that is damaged. "
    "Lodge must not run.",
)
def doctor(data_dir: Path | None, config: Path | None, mend: bool) -> None:
    """Name what Lodge needs and this machine lacks, and what of its own is damaged.

    Each wiki of the settings gets a test page, and a store of shares in S3 a test object, which is
    removed again; the mail server is signed in at. Exits with 1 where something is missing or
    damaged, or one of them takes none.
    """
    settings = read_settings(config, {"data_dir": str(data_dir) if data_dir else None})
    findings = programs.examine(settings.spark.java_home, settings.spark.home)
    for finding in findings:
        click.echo(describe(finding))
    missing = [finding.name for finding in findings if not finding.found]
    folder = data_folder(settings)
    damaged = []
    if os.access(folder.root / "secrets", os.R_OK | os.X_OK):
        damaged = _mend(settings, folder) if mend else _damaged(settings, folder)
    for sentence in damaged:
        click.echo(f"  DAMAGED  {sentence}")
    closed = [*_closed_wikis(settings), *_closed_store(settings), *_closed_mail(settings)]
    if missing:
        click.echo(f"\nLodge can't run here yet: {' and '.join(missing)} missing.")
    if missing or damaged or closed:
        raise SystemExit(1)
    click.echo("\nNothing is missing.")


def _closed_wikis(settings: Settings) -> list[str]:
    """Write a test page to each wiki and remove it; return the names of those that take none."""
    tables = {
        name: WikiSettings(**wiki.model_dump(exclude_defaults=True))
        for name, wiki in settings.wikis.items()
    }
    closed = []
    with TemporaryDirectory(prefix="lodge-doctor") as folder:
        for name, target in targets(tables, Path(folder)).items():
            try:
                with closing(target.open()) as wiki:
                    trial = tried(wiki, target.place)
            except WikiError as error:
                trial = Trial(passed=False, message=error.message)
            click.echo(
                f"  {'found   ' if trial.passed else 'CLOSED  '} wiki {name}: {trial.message}"
            )
            if not trial.passed:
                closed.append(name)
    return closed


def _closed_store(settings: Settings) -> list[str]:
    """Write an object to the store of shares, read it and remove it; name it where it is closed."""
    name = settings.shares.store
    if not name:
        return []
    # It takes a while to import, which every `lodge` command would wait for.
    from lodge_services.shares.stores.base import StoreUnavailable
    from lodge_services.shares.stores.s3 import S3Store
    from lodge_services.shares.stores.settings import StoreSettings, open_store

    try:
        store = open_store(StoreSettings(**store_table(settings.shares)), Path(), os.environ)
        if isinstance(store, S3Store):
            store.check()
    except (ServiceSettingsError, StoreUnavailable) as error:
        why = error.why if isinstance(error, StoreUnavailable) else str(error)
        click.echo(f"  CLOSED   store {name}: {why}")
        return [name]
    click.echo(f"  found    store {name}: Objects can be written, read and removed.")
    return []


def _closed_mail(settings: Settings) -> list[str]:
    """Sign in at the mail server and send nothing; name it where it is closed."""
    host = settings.mail.host
    if not host:
        return []
    from lodge_services.schedules.alerts.sending import FailedError
    from lodge_services.schedules.alerts.settings import MailSettings
    from lodge_services.schedules.alerts.smtp import check

    try:
        name = check(MailSettings(**settings.mail.model_dump(exclude_defaults=True)))
    except FailedError as error:
        click.echo(f"  CLOSED   mail server {host}: {error}")
        return [host]
    click.echo(f"  found    mail server {host}: It takes mail of {name}.")
    return []


def describe(finding: programs.Finding) -> str:
    """Return one line on something that Lodge needs."""
    if finding.found:
        return f"  found    {finding.name}: {finding.found}"
    return f"  MISSING  {finding.name}: get it with `{finding.remedy}`"


def _damaged(settings: Settings, folder: DataFolder) -> list[str]:
    found = ((one, damage_of(folder, one)) for one in kept(settings, folder))
    return [one.sentence(damage) for one, damage in found if damage]


def _mend(settings: Settings, folder: DataFolder) -> list[str]:
    """Restore what is damaged; return what can't be."""
    try:
        with folder.lock("under repair", click.echo):
            end_leftovers(folder, (), click.echo)
            done = repair(settings, folder)
    except (AccountError, BackupError, FolderError) as error:
        raise click.ClickException(str(error)) from error
    for sentence in done.restored:
        click.echo(f"  restored {sentence}")
    return done.lost
