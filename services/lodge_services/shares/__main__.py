"""Run the service: ``python -m lodge_services.shares``, told by its environment."""

from __future__ import annotations

import os
import sys

from sqlalchemy.exc import SQLAlchemyError

from ..storage import why_closed
from ..web.serve import configure_logging, serve
from ..web.settings import ServiceSettings, SettingsError
from .app import housekeeping, shares_application
from .publishing.settings import read_wikis, targets
from .service import SharesService


def main() -> int:
    """Serve until SIGTERM; return the exit code."""
    configure_logging()
    try:
        settings = ServiceSettings.from_environment()
        secret = settings.cookie_secret()
        wikis = targets(read_wikis(os.environ), settings.store / "wikis")
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
        )
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"shares can't start. {why_closed(settings.database_url, error)}\n")
        return 2
    application = shares_application(
        settings.hub, service, cookie_secret=secret, max_body=settings.max_body
    )
    serve(application, settings, lifespan=lambda: housekeeping(application))
    return 0


if __name__ == "__main__":
    sys.exit(main())
