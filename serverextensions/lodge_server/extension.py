"""Puts the handlers into Jupyter's server, with what the environment tells about Lodge."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.utils import url_path_join
from traitlets.config import Config

from .client import ServiceClient
from .contents import ContentsNotebooks
from .cores import Cores
from .exports import unusable_exporters
from .handlers import CORES
from .schedule.handlers import ROUTES as SCHEDULE_ROUTES
from .share.handlers import ROUTES as SHARE_ROUTES
from .share.wikis import ROUTES as WIKI_ROUTES
from .spark.handlers import ROUTES as SPARK_ROUTES
from .spark.kernels import SessionKernels
from .sql.handlers import ROUTES as SQL_ROUTES
from .sql.worker import CatalogWorker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_server.serverapp import ServerApp

ROUTES = [*SHARE_ROUTES, *WIKI_ROUTES, *SCHEDULE_ROUTES, *SPARK_ROUTES, *SQL_ROUTES]


def load(serverapp: ServerApp, environ: Mapping[str, str] | None = None) -> None:
    """Add Lodge's handlers to a server.

    Parameters
    ----------
    serverapp
        The user's server.
    environ
        ``LODGE_USER``, ``LODGE_SHARES_URL``, ``LODGE_SCHEDULES_URL`` and
        ``JUPYTERHUB_API_TOKEN``, by default of the process. Where they are missing the handlers
        answer 503 with a sentence. ``LODGE_SOURCES`` names the file of SQL sources; without it
        there are none. ``LODGE_PROFILE`` and ``LODGE_PROFILES`` tell the server's profile, and
        those that its user may choose.
    """
    env = os.environ if environ is None else environ
    token = env.get("JUPYTERHUB_API_TOKEN")
    web_app = serverapp.web_app
    web_app.settings[CORES] = Cores.make(
        user=env.get("LODGE_USER", ""),
        notebooks=ContentsNotebooks(serverapp.contents_manager),
        kernels=SessionKernels(serverapp.session_manager),
        runtime=Path(jupyter_runtime_dir()),
        shares=ServiceClient("shares", env.get("LODGE_SHARES_URL"), token),
        schedules=ServiceClient("schedules", env.get("LODGE_SCHEDULES_URL"), token),
        catalog=CatalogWorker(env),
        environ=env,
    )
    serverapp.update_config(Config({name: {"enabled": False} for name in unusable_exporters()}))
    # A fork's ticket stays out of the log.
    scrubbed = web_app.settings.get("extra_log_scrub_param_keys") or []
    web_app.settings["extra_log_scrub_param_keys"] = [*scrubbed, "ticket"]
    base_url = web_app.settings["base_url"]
    web_app.add_handlers(
        ".*$", [(url_path_join(base_url, pattern), handler) for pattern, handler in ROUTES]
    )
