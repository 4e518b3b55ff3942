"""Handlers that every service has: health, its OpenAPI document, the end of signing in."""

from __future__ import annotations

import logging
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado import web

from ..errors import Forbidden
from .auth import public
from .handlers import ApiHandler
from .operations import operation
from .pages import PageHandler

log = logging.getLogger(__name__)


class HealthHandler(ApiHandler):
    """Tells that the service is up."""

    @public("says only that the service is up")
    @operation("Tell that the service is up")
    async def get(self) -> dict[str, str]:
        """Answer ``{"status": "ok"}``."""
        return {"status": "ok"}


class OpenApiHandler(ApiHandler):
    """The API's own description."""

    @public("describes the API, and holds no data")
    @operation("This document")
    async def get(self) -> dict[str, Any]:
        """Answer the OpenAPI document."""
        document: dict[str, Any] = self.settings["openapi"]()
        return document


class CallbackHandler(HubOAuthCallbackHandler, PageHandler):
    """Where the hub sends a browser back to after signing in."""

    @public("finishes signing in; JupyterHub checks state and code")
    async def get(self) -> None:
        """Trade the code for a token and go on to the page that was asked for."""
        try:
            # JupyterHub's handler asks for the user in a blocking way unless it is known already
            await self.hub_auth.get_user(self, sync=False)
            await HubOAuthCallbackHandler.get(self)
        except web.HTTPError as error:
            log.warning("signing in did not finish: %s", error.status_code)
            raise Forbidden(
                "sign_in_failed",
                "Signing in did not finish, because the page was used before or waited too long; "
                "open the page you wanted again.",
            ) from error
