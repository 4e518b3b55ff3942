"""Shares as they are kept: opened beside the service, or in its place, for a command."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from lodge_services.db.engine import Database
from lodge_services.db.migrate import is_newest, upgrade
from lodge_services.shares.archive.errors import ArchiveError
from lodge_services.shares.stores.base import ContentStore, StoreUnavailable
from lodge_services.shares.stores.settings import StoreSettings, open_store
from lodge_services.storage import why_closed
from lodge_services.web.settings import SettingsError as ServiceSettingsError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from .folders import DataFolder, FolderError
from .kubernetes.authorities import AuthoritiesError, trust
from .parts import database_url
from .settings import Settings
from .settings.shares import store_table

Say = Callable[[str], None]


class KeptSharesError(Exception):
    """Shares can't be read or added; the message says why and what to do."""


@contextlib.contextmanager
def opened_shares(
    settings: Settings, folder: DataFolder, say: Say, *, changing: bool = False
) -> Iterator[tuple[Database, ContentStore]]:
    """Open the database of shares and their store, for as long as the context is.

    Parameters
    ----------
    settings, folder
        Of a Lodge.
    say
        Called with a line where something is waited for.
    changing
        Whether shares are added: what is not there yet is made, and no Lodge runs on one machine.

    Raises
    ------
    KeptSharesError
        They can't be opened, or what is done with them is not possible.
    """
    # What the store logs is told in another way.
    logging.getLogger("lodge_services").addHandler(logging.NullHandler())
    url = database_url(settings, folder, "shares")
    try:
        with (
            _held(settings, folder, say, changing),
            _authorities(settings),
            contextlib.closing(_database(url, changing)) as database,
        ):
            table = StoreSettings(**store_table(settings.shares))
            yield database, open_store(table, folder.root / "shares", os.environ)
    except ArchiveError as error:
        raise KeptSharesError(f"{error}.") from error
    except StoreUnavailable as error:
        raise KeptSharesError(error.why) from error
    except (AuthoritiesError, FolderError, ServiceSettingsError) as error:
        raise KeptSharesError(str(error)) from error
    except SQLAlchemyError as error:
        raise KeptSharesError(why_closed(url, error)) from error
    except OSError as error:
        raise KeptSharesError(
            f"{error.filename or 'A file'}: {error.strerror or error}."
        ) from error


@contextlib.contextmanager
def _held(settings: Settings, folder: DataFolder, say: Say, changing: bool) -> Iterator[None]:
    """Keep the data folder of one machine from a Lodge that starts, where it is changed."""
    if settings.kubernetes is not None or not changing:
        yield
        return
    folder.make()
    with folder.lock("an import of shares", say):
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
