"""Run the service: ``python -m lodge_services.shares``, told by its environment."""

from __future__ import annotations

import sys

from ..web.serve import configure_logging, serve
from ..web.settings import ServiceSettings, SettingsError
from .app import housekeeping, shares_application
from .service import SharesService


def main() -> int:
    """Serve until SIGTERM; return the exit code."""
    configure_logging()
    try:
        settings = ServiceSettings.from_environment()
        secret = settings.cookie_secret()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    service = SharesService.open(settings.database_url, settings.store)
    application = shares_application(
        settings.hub, service, cookie_secret=secret, max_body=settings.max_body
    )
    serve(application, settings, lifespan=lambda: housekeeping(application))
    return 0


if __name__ == "__main__":
    sys.exit(main())
