"""Puts the service together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lodge_spawner.local_settings import LocalSettings
from tornado import web

from ..clock import Clock, utc_now
from ..db import Database, upgrade
from ..pages.environment import Pages
from ..web.app import create_application
from ..web.context import ServiceContext
from ..web.settings import ServiceSettings
from .alerts.core import Alerts
from .alerts.courier import telling
from .alerts.lateness import Lateness
from .alerts.outbox import Outbox as AlertOutbox
from .alerts.settings import AlertSettings
from .alerts.ways import Ways
from .alerts_api import ALERTS_ROUTES
from .alerts_pages import ALERT_PAGE_ROUTES
from .api import API_ROUTES
from .backfill_api import BACKFILL_ROUTES
from .backfill_pages import BACKFILL_PAGE_ROUTES
from .blobs import Snapshots
from .chinese import MESSAGES
from .core import Schedules
from .engine import Engine, EngineOptions
from .executors.base import Executor
from .executors.local import LocalExecutor
from .ledger import Ledger
from .owners import HubOwners, Owners
from .pages import PAGE_ROUTES
from .readiness_pages import READINESS_ROUTES
from .settings import ScheduleSettings
from .sharing.courier import putting
from .sharing.pages import ServicePages, SharePages

HERE = Path(__file__).parent

ROUTES = [
    *API_ROUTES,
    *ALERTS_ROUTES,
    *BACKFILL_ROUTES,
    *PAGE_ROUTES,
    *ALERT_PAGE_ROUTES,
    *BACKFILL_PAGE_ROUTES,
    *READINESS_ROUTES,
]


@dataclass
class Service:
    """A service that can be served: its application and the background work."""

    settings: ServiceSettings
    application: web.Application
    core: Schedules
    database: Database
    ways: Ways

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the engine while the service listens."""
        core = self.core
        await core.engine.start()
        try:
            executor = core.engine.executor
            outbox = AlertOutbox(self.database, core.clock)
            lateness = Lateness(self.database, core.clock)
            async with (
                putting(core.outbox, core.share_pages, executor),
                telling(outbox, lateness, self.ways.senders, executor),
            ):
                yield
        finally:
            self.ways.close()
            await self.core.engine.stop()
            self.database.close()


def create_service(
    settings: ServiceSettings,
    executor: Executor,
    options: EngineOptions,
    clock: Clock = utc_now,
    *,
    cookie_secret: bytes | None = None,
    owners: Owners | None = None,
    share_pages: SharePages | None = None,
    alert_settings: AlertSettings | None = None,
) -> Service:
    """Return the service of `settings`; its database is brought to the newest schema first.

    Parameters
    ----------
    settings
        Of the service.
    executor
        Where runs happen.
    options
        Of the engine.
    clock
        Gives the time.
    cookie_secret
        Key that signs cookies. None: one that the store keeps.
    owners
        Knows who is there. None: all are.
    share_pages
        The pages that runs may be put on. None: there is no gallery.
    alert_settings
        How people are told of their schedules. None: in JupyterLab's bell alone.
    """
    upgrade(settings.database_url, "schedules")
    database = Database(settings.database_url)
    snapshots = Snapshots(settings.store / "notebooks")
    engine = Engine(Ledger(database), executor, snapshots, options, clock, owners)
    pages = Pages(
        templates=HERE / "templates", chinese=MESSAGES, static=HERE / "static", clock=clock
    )
    ways = Ways.of(alert_settings or AlertSettings(), settings, pages.translator, clock)
    alerts = Alerts(database, clock, ways.places)
    core = Schedules(database, engine, snapshots, clock, share_pages, alerts)
    context = ServiceContext(hub=settings.hub, core=core, pages=pages, max_body=settings.max_body)
    application = create_application(
        ROUTES,
        context,
        cookie_secret=cookie_secret or settings.cookie_secret(),
        title="Lodge schedules",
    )
    return Service(settings, application, core, database, ways)


def local_service(settings: ServiceSettings, own: ScheduleSettings) -> Service:
    """Return the service with runs as processes of this machine."""
    executor = LocalExecutor(LocalSettings.load(own.local_settings), settings.store / "runs")
    pages = ServicePages(own.shares_url, settings.hub.api_token) if own.shares_url else None
    return create_service(
        settings,
        executor,
        own.options,
        owners=HubOwners(settings.hub),
        share_pages=pages,
        alert_settings=own.alerts,
    )
