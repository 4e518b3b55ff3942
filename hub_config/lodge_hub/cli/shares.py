"""``lodge shares``: all shared notebooks into one file, out of it, and whether all are there."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import config_option, data_dir_option, data_folder, read_settings

# What reads databases and stores takes a while to import: all `lodge` commands would wait for it.
if TYPE_CHECKING:
    from lodge_services.db.engine import Database
    from lodge_services.shares.archive.models import Lost, Progress
    from lodge_services.shares.stores.base import ContentStore

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
    from lodge_services.shares.archive.writing import export_shares

    if target.is_dir():
        target /= f"lodge-shares-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.tar"
    with _opened(config, data_dir) as (database, store), _progress("written") as tell:
        lost = export_shares(database, store, target, tell, skip_lost=skip_lost)
    _name(lost)
    if lost and not skip_lost:
        click.echo("Nothing was written; --skip-lost writes all the others.")
    else:
        click.echo(f"{target}: {tell.progress.shares:,} shares, {_counted(tell.progress)}")
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
    from lodge_services.shares.archive.reading import import_shares

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
    """Read notebooks, files and pictures of all versions, and name those that are lost or damaged.

    Lodge may run. Exits with 1 where something is lost, with 2 where that can't be found out.
    """
    from lodge_services.shares.archive.verifying import verify as look_through

    with _opened(config, data_dir) as (database, store), _progress("verified") as tell:
        lost = look_through(database, store, tell)
    _name(lost)
    click.echo(f"{tell.progress.shares:,} shares; whole: {_counted(tell.progress)}")
    if lost:
        raise SystemExit(1)


class _Stopped(click.ClickException):
    """The work could not be done."""

    exit_code = 2


class _Told:
    """Shows on a terminal how far it is, in one line."""

    def __init__(self, done: str) -> None:
        from lodge_services.shares.archive.models import Progress

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
    from ..kept_shares import KeptSharesError, opened_shares

    settings = read_settings(config, {"data_dir": str(data_dir) if data_dir else None})
    try:
        with opened_shares(settings, data_folder(settings), click.echo, changing=changing) as both:
            yield both
    except KeptSharesError as error:
        raise _Stopped(str(error)) from error


def _name(lost: Sequence[Lost]) -> None:
    for one in lost:
        click.echo(f"  LOST  {one}")


def _counted(progress: Progress) -> str:
    return f"{progress.contents:,} notebooks, files and pictures, {_size(progress)}"


def _size(progress: Progress) -> str:
    size = progress.size
    return f"{size / 1024:,.0f} KiB" if size < 1 << 20 else f"{size / (1 << 20):,.1f} MiB"
