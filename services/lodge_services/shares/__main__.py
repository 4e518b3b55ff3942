"""Run the service: ``python -m lodge_services.shares``, told by its environment."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from ..keys import DamagedKeyError
from ..storage import why_closed
from ..web.serve import configure_logging, serve
from ..web.settings import ServiceSettings, SettingsError
from .app import housekeeping, shares_application
from .archive.verifying import newest_is_there
from .files.settings import read_limits
from .publishing.settings import read_wikis, targets
from .service import SharesService
from .stores.base import ContentStore, StoreUnavailable
from .stores.s3 import S3Store
from .stores.settings import open_store, read_store

log = logging.getLogger(__name__)


def main() -> int:
    """Serve until SIGTERM; return the exit code."""
    configure_logging()
    try:
        settings = ServiceSettings.from_environment()
        secret = settings.cookie_secret()
        wikis = targets(read_wikis(os.environ), settings.store / "wikis")
        contents = open_store(read_store(os.environ), settings.store, os.environ)
        limits = read_limits(os.environ)
        _try(contents)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        service = SharesService.open(
            settings.database_url,
            settings.store,
            wikis=wikis,
            address=settings.hub.service_address(os.environ.get("LODGE_PUBLIC_URL", "")),
            refuse_secrets=os.environ.get("LODGE_SHARE_SECRETS") == "refuse",
            contents=contents,
            limits=limits,
            tiles=os.environ.get("LODGE_MAP_TILES", ""),
        )
    except DamagedKeyError as error:
        sys.stderr.write(
            f"shares can't start. {error}: delete it, and people give their wikis' tokens again.\n"
        )
        return 2
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"shares can't start. {why_closed(settings.database_url, error)}\n")
        return 2
    _look_for_moved(service)
    application = shares_application(
        settings.hub, service, cookie_secret=secret, max_body=settings.max_body
    )
    serve(application, settings, lifespan=lambda: housekeeping(application))
    return 0


def _try(contents: ContentStore) -> None:
    """See that a store in S3 lets the service in.

    One that is away may come back: until then what needs it is refused, and all else goes on.

    Raises
    ------
    SettingsError
        It has answered that it does not.
    """
    if not isinstance(contents, S3Store):
        return
    try:
        contents.check()
    except StoreUnavailable as error:
        if error.refused:
            raise SettingsError(f"shares can't start. {error.why}") from None


def _look_for_moved(service: SharesService) -> None:
    """Say so where the settings name a store in S3 that shares were not moved to."""
    store = service.shares.store
    if not isinstance(store, S3Store):
        return
    with suppress(StoreUnavailable):
        if not newest_is_there(service.shares.database, store):
            log.error(
                "%s does not have the notebook that was shared last: `lodge shares verify` names "
                "what it lacks, `lodge shares import` brings it there",
                store.place,
            )


if __name__ == "__main__":
    sys.exit(main())
