"""The service as a tornado application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tornado import web

from ..pages.environment import Pages
from ..web.app import create_application
from ..web.context import ServiceContext
from ..web.settings import HubSettings
from .chinese_errors import ERRORS
from .pages.chinese import MESSAGES
from .publishing.courier import delivering
from .publishing.leaving import forget_gone
from .readings import counting
from .routes import routes
from .service import SharesService

log = logging.getLogger(__name__)

HERE = Path(__file__).parent

HOUSEKEEPING_SECONDS = 24 * 3600.0
"""How long it is from one purge of deleted shares to the next, in seconds."""


def shares_application(
    hub: HubSettings,
    service: SharesService,
    *,
    cookie_secret: bytes,
    max_body: int = 32 * 1024 * 1024,
) -> web.Application:
    """Return the application of the service.

    Parameters
    ----------
    hub
        The hub it belongs to.
    service
        The core's parts.
    cookie_secret
        Key that signs cookies, 32 bytes.
    max_body
        Largest request body, in bytes.
    """
    pages = Pages(
        templates=HERE / "pages" / "templates",
        chinese={**MESSAGES, **ERRORS},
        static=HERE / "pages" / "static",
        clock=service.shares.clock,
    )
    context = ServiceContext(hub=hub, core=service, pages=pages, max_body=max_body)
    service.publishing.named = context.people.name
    return create_application(routes(), context, cookie_secret=cookie_secret, title="Lodge shares")


@asynccontextmanager
async def housekeeping(application: web.Application) -> AsyncIterator[None]:
    """Clear up once a day and serve the wikis, while the context is open; then close the database.

    What is cleared up are shares deleted long ago, and accounts of wikis of people who are gone.
    """
    context: ServiceContext = application.settings["context"]
    service: SharesService = context.core

    async def work() -> None:
        while True:
            try:
                purged = await context.call(service.purge)
                log.info("purged %s deleted shares", purged)
                await forget_gone(context.hub, service.publishing.accounts, context.call)
            except Exception:
                # tomorrow is another day: the service goes on serving
                log.exception("purging deleted shares failed")
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    task = asyncio.create_task(work())
    try:
        async with (
            delivering(service.publishing, context.people.fresh),
            counting(service.readings, context.call),
        ):
            yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        service.close()
