"""Makes a tornado application out of a service's routes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache

from tornado import web
from tornado.routing import URLSpec

from .. import __version__
from .auth import make_hub_auth
from .common import CallbackHandler, HealthHandler, OpenApiHandler
from .context import ServiceContext
from .handlers import ApiNotFoundHandler
from .openapi import openapi_document
from .pages import BarePrefixHandler, PageNotFoundHandler, StaticHandler
from .route import Route

access_log = logging.getLogger("lodge.access")


def common_routes() -> list[Route]:
    """Return the routes that every service has."""
    return [
        Route("api/health", HealthHandler, "health"),
        Route("api/openapi.json", OpenApiHandler, "openapi"),
        Route("oauth_callback", CallbackHandler, "oauth_callback"),
        Route("static/{name}", StaticHandler, "static", {"name": r"[\w][\w./-]*"}),
    ]


def create_application(
    routes: Sequence[Route], context: ServiceContext, *, cookie_secret: bytes, title: str
) -> web.Application:
    """Return the application of a service.

    Parameters
    ----------
    routes
        The service's own routes; health, OpenAPI, OAuth callback, static files and 404 are added.
    context
        What handlers work with.
    cookie_secret
        Key that signs cookies, 32 bytes.
    title
        Of the OpenAPI document.
    """
    prefix = context.hub.service_prefix
    everything = [*common_routes(), *routes]
    # Few ask for it, so it is made when somebody does.
    document = cache(
        lambda: openapi_document(everything, title=title, version=__version__, prefix=prefix)
    )
    return web.Application(
        [
            *(route.spec(prefix) for route in everything),
            URLSpec(prefix + "api/.*", ApiNotFoundHandler),
            URLSpec(prefix.rstrip("/"), BarePrefixHandler),
        ],
        default_handler_class=PageNotFoundHandler,
        cookie_secret=cookie_secret,
        xsrf_cookie_kwargs={
            "httponly": True,
            "samesite": "Lax",
            # Like the names of the other cookies: where the hub says that there is TLS.
            **({"secure": True} if context.hub.host_cookies else {}),
        },
        context=context,
        hub_auth=make_hub_auth(context.hub),
        routes=everything,
        openapi=document,
        log_function=log_request,
    )


def log_request(handler: web.RequestHandler) -> None:
    """Log a request in one line; never its query string, which may hold codes and tickets."""
    request = handler.request
    identity = getattr(handler, "identity", None)
    level = logging.DEBUG if request.path.endswith("/api/health") else logging.INFO
    access_log.log(
        level,
        "%s %s %s %s %.0f ms",
        handler.get_status(),
        request.method,
        request.path,
        identity.name if identity is not None else "-",
        request.request_time() * 1000,
    )
