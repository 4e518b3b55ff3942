"""``lodge shares``: all shared notebooks into one file, out of it, and whether all are there."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from lodge_services.db.engine import Database
from lodge_services.db.migrate import is_newest, upgrade
from lodge_services.shares.archive.errors import ArchiveError
from lodge_services.shares.archive.models import Lost, Progress
from lodge_services.shares.archive.reading import import_shares
from lodge_services.shares.archive.verifying import verify as look_through
from lodge_services.shares.archive.writing import export_shares
from lodge_services.shares.stores.base import ContentStore, StoreUnavailable
from lodge_services.shares.stores.settings import StoreSettings, open_store
from lodge_services.storage import why_closed
from lodge_services.web.settings import SettingsError as ServiceSettingsError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from ..folders import DataFolder, FolderError
from ..kubernetes.authorities import AuthoritiesError, trust
from ..parts import database_url
from ..settings import Settings
from ..settings.shares import store_table
from .options import config_option, data_dir_option, data_folder, read_settings

_EVERY_S = 0.2


@click.group()
def shares() -> None:
    """Back up, move and verify shared notebooks."""


@shares.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--skip-lost",
    is_flag=True,
    help="Leave out content that is lost or damaged, instead of writing nothing.",
)
@config_option
@data_dir_option
def export(target: Path, skip_lost: bool, config: Path | None, data_dir: Path | None) -> None:
    """Write all shares into one file: TARGET, or a new one in the folder TARGET.

    With versions, readers, pages in wikis and content, deleted ones that can be restored too; Lodge
    may run. The file is there as a whole or not at all. Exits with 1, and writes nothing, where
    content is lost or damaged.
    """
    if target.is_dir():
        target /= f"lodge-shares-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.tar"
    with _opened(config, data_dir) as (database, store), _progress("written") as tell:
        lost = export_shares(database, store, target, tell, skip_lost=skip_lost)
    _name(lost)
    if lost and not skip_lost:
        click.echo("Nothing was written; --skip-lost writes all the others.")
    else:
        click.echo(f"{target}: {_counted(tell.progress)}")
    if lost:
        raise SystemExit(1)


@shares.command("import")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@data_dir_option
def import_(source: Path, config: Path | None, data_dir: Path | None) -> None:
    """Add the shares of the file SOURCE that are not there yet, with their addresses.

    On one machine Lodge must not run. Of shares that are there nothing is changed but content that
    the store lacks or has damaged: that is put back. Doing it again goes on where it was.
    """
    with (
        _opened(config, data_dir, changing=True) as (database, store),
        _progress("looked at") as tell,
    ):
        done = import_shares(database, store, source, tell)
    for share_id in done.other:
        click.echo(f"  {share_id} is there with other versions, and stays as it is.")
    for share_id in done.lost:
        click.echo(f"  {share_id} has versions whose content the file does not have.")
    there = len(done.same) + len(done.other)
    click.echo(f"Shares added: {len(done.added):,}. There before, and left alone: {there:,}.")


@shares.command()
@config_option
@data_dir_option
def verify(config: Path | None, data_dir: Path | None) -> None:
    """Read all notebooks and pictures of all versions, and name those that are lost or damaged.

    Lodge may run. Exits with 1 where something is lost, with 2 where that can't be found out.
    """
    with _opened(config, data_dir) as (database, store), _progress("verified") as tell:
        lost = look_through(database, store, tell)
    _name(lost)
    click.echo(f"Whole: {_counted(tell.progress)}")
    if lost:
        raise SystemExit(1)


class _Stopped(click.ClickException):
    """The work could not be done."""

    exit_code = 2


class _Told:
    """Shows on a terminal how far it is, in one line."""

    def __init__(self, done: str) -> None:
        self.progress = Progress(0)
        self._done = done
        self._next = 0.0
        self._shown = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        self.progress = progress
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_S
            far = f"{progress.shares:,} of {progress.total:,} shares, {_size(progress)}"
            click.echo(f"\r\x1b[K{self._done}: {far}", nl=False, err=True)

    def end(self) -> None:
        """Remove the line."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextlib.contextmanager
def _progress(done: str) -> Iterator[_Told]:
    told = _Told(done)
    try:
        yield told
    finally:
        told.end()


@contextlib.contextmanager
def _opened(
    config: Path | None, data_dir: Path | None, *, changing: bool = False
) -> Iterator[tuple[Database, ContentStore]]:
    """Open database and store of the shares; `changing` makes those that are not there yet."""
    # What the store logs is told here in another way.
    logging.getLogger("lodge_services").addHandler(logging.NullHandler())
    settings = read_settings(config, {"data_dir": str(data_dir) if data_dir else None})
    folder = data_folder(settings)
    url = database_url(settings, folder, "shares")
    try:
        with (
            _held(settings, folder, changing),
            _authorities(settings),
            contextlib.closing(_database(url, changing)) as database,
        ):
            table = StoreSettings(**store_table(settings.shares))
            yield database, open_store(table, folder.root / "shares", os.environ)
    except ArchiveError as error:
        raise _Stopped(f"{error}.") from error
    except StoreUnavailable as error:
        raise _Stopped(error.why) from error
    except (AuthoritiesError, FolderError, ServiceSettingsError) as error:
        raise _Stopped(str(error)) from error
    except SQLAlchemyError as error:
        raise _Stopped(why_closed(url, error)) from error
    except OSError as error:
        raise _Stopped(f"{error.filename or 'A file'}: {error.strerror or error}.") from error


@contextlib.contextmanager
def _held(settings: Settings, folder: DataFolder, changing: bool) -> Iterator[None]:
    """Keep the data folder of one machine from a Lodge that starts, where it is changed."""
    if settings.kubernetes is not None or not changing:
        yield
        return
    folder.make()
    with folder.lock("an import of shares", click.echo):
        yield


@contextlib.contextmanager
def _authorities(settings: Settings) -> Iterator[None]:
    """Trust whom the service trusts, in its pod."""
    if settings.kubernetes is None:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        authorities = os.environ.get("LODGE_AUTHORITIES", "/etc/lodge/authorities")
        os.environ |= trust(Path(authorities), Path(folder, "authorities.pem"))
        yield


def _database(url: str, changing: bool) -> Database:
    parsed = make_url(url)
    if changing:
        upgrade(url, "shares")
    elif parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        raise FolderError(
            f"There are no shares: {parsed.database} is not there, or not yours to read. Name the "
            "folder of a Lodge with --data-dir, or its settings with --config."
        )
    elif not is_newest(url, "shares"):
        raise FolderError(
            "The database of shares is of another release: start this release of Lodge once."
        )
    return Database(url)


def _name(lost: list[Lost]) -> None:
    for one in lost:
        click.echo(f"  LOST  {one}")


def _counted(progress: Progress) -> str:
    return (
        f"{progress.shares:,} shares, {progress.contents:,} notebooks and pictures, "
        f"{_size(progress)}"
    )


def _size(progress: Progress) -> str:
    size = progress.size
    return f"{size / 1024:,.0f} KiB" if size < 1 << 20 else f"{size / (1 << 20):,.1f} MiB"
