"""``python -m lodge_services.schedules``: the service, until SIGTERM."""

from __future__ import annotations

import sys

from sqlalchemy.exc import SQLAlchemyError

from ..storage import why_closed
from ..web.serve import configure_logging, serve
from ..web.settings import ServiceSettings, SettingsError
from .service import local_service
from .settings import ScheduleSettings


def main() -> int:
    """Run the service; return the exit code."""
    configure_logging()
    try:
        settings = ServiceSettings.from_environment()
        own = ScheduleSettings.from_environment()
        service = local_service(settings, own)
    except (SettingsError, OSError, ValueError) as error:
        print(f"schedules can't start: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except SQLAlchemyError as error:
        sentence = why_closed(settings.database_url, error)
        print(f"schedules can't start. {sentence}", file=sys.stderr)  # noqa: T201
        return 2
    serve(service.application, settings, lifespan=service.lifespan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
