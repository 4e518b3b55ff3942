"""Runs an application until SIGTERM or SIGINT, and ends it in order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from jupyterhub.httpclient import JupyterHubHTTPClient
from tornado import httpserver, web

from .bodies import LET_GO
from .context import ServiceContext
from .settings import ServiceSettings
from .sockets import handed_socket

log = logging.getLogger(__name__)

GRACE_SECONDS = 2.0
"""How long requests that are under way may go on after SIGTERM, in seconds."""

HARD_LIMIT_SECONDS = 4.5
"""When the process ends after SIGTERM even if a part of it hangs, in seconds."""

BODY_SECONDS = 300.0
"""How long a body may take to come, in seconds."""

HEADER_BYTES = 32 * 1024
"""Largest headers that are accepted."""

SWITCH_SECONDS = 0.0005
"""How long a worker thread that computes may keep readers waiting at each turn, in seconds."""

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


def configure_logging() -> None:
    """Log to standard error, in lines; of JupyterHub's own client only errors."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # below an error JupyterHub logs session ids and OAuth states with this logger
    logging.getLogger("tornado.application").setLevel(logging.ERROR)


def serve(
    application: web.Application,
    settings: ServiceSettings,
    *,
    lifespan: Lifespan = nullcontext,
) -> None:
    """Listen where `settings` say and return once SIGTERM or SIGINT has come.

    Parameters
    ----------
    application
        Made by `create_application`.
    settings
        Address and limits.
    lifespan
        Makes an asynchronous context that background work lives in: entered before the service
        listens, left after the last request.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    asyncio.run(serve_until(application, settings, lifespan=lifespan))


async def serve_until(
    application: web.Application,
    settings: ServiceSettings,
    *,
    lifespan: Lifespan = nullcontext,
    stop: asyncio.Event | None = None,
) -> None:
    """As `serve`, inside a running loop; ends also when `stop` is set."""
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    context: ServiceContext = application.settings["context"]

    def end(name: str) -> None:
        log.info("ending on %s", name)
        watchdog = threading.Timer(HARD_LIMIT_SECONDS, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number.name)
    server = httpserver.HTTPServer(
        application,
        max_body_size=LET_GO,
        max_header_size=HEADER_BYTES,
        body_timeout=BODY_SECONDS,
        xheaders=True,
    )
    try:
        async with lifespan():
            own = handed_socket(settings.port)
            if own is not None:
                server.add_socket(own)
            else:
                server.listen(settings.port, settings.host)
            log.info("listening on http://%s:%s", settings.host, settings.port)
            await stop.wait()
            server.stop()
            await _drain(application)
            await server.close_all_connections()
    finally:
        context.close()
        if JupyterHubHTTPClient.initialized():
            await JupyterHubHTTPClient.loop_instance().close()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    log.info("ended")


async def _drain(application: web.Application) -> None:
    """Give requests that are under way a moment to finish."""
    context: ServiceContext = application.settings["context"]
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await context.idle.wait()
    except TimeoutError:
        log.warning("ending with %s requests under way", context.active)
