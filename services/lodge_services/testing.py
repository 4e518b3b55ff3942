"""A small hub for tests of services: it speaks what JupyterHub documents, and nothing else.

GET  /hub/api/user                  who a token belongs to, with its scopes; 403 if unknown
GET  /hub/api/users/NAME            what the hub tells the service of a user; 404 if unknown
GET  /hub/api/lodge/full-names      what people are called, by login, as Lodge's hub says it
GET  /hub/api/oauth2/authorize      signs in the user that `sign_in_as` names
POST /hub/api/oauth2/token          trades the code, once, for the user's token
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lodge_spawner.ports import free_port
from tornado import httpserver, web
from tornado.netutil import bind_sockets
from tornado.web import create_signed_value

from .web.settings import HubSettings, ServiceSettings

COOKIE_SECRET = b"0123456789abcdef0123456789abcdef"


@dataclass
class FakeHub:
    """The hub's side of authentication, on a free loopback port.

    Parameters
    ----------
    service
        Name of the service under test.
    base_url
        Path that the hub and its services are below, with slashes.
    """

    service: str
    base_url: str = "/"
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    sign_in_as: str | None = None
    full_names: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    """How often a token was asked about."""
    down: bool = False
    """While true every request is answered 503."""

    def __post_init__(self) -> None:
        """Begin to listen; needs a running loop."""
        self._codes: dict[str, str] = {}
        self._api_token = secrets.token_hex(16)
        application = web.Application(
            [
                (f"{self.base_url}hub/api/user", _UserHandler, {"hub": self}),
                (f"{self.base_url}hub/api/users/([^/]+)", _NamedUserHandler, {"hub": self}),
                (f"{self.base_url}hub/api/groups/([^/]+)", _GroupHandler, {"hub": self}),
                (f"{self.base_url}hub/api/lodge/full-names", _FullNamesHandler, {"hub": self}),
                (f"{self.base_url}hub/api/oauth2/authorize", _AuthorizeHandler, {"hub": self}),
                (f"{self.base_url}hub/api/oauth2/token", _TokenHandler, {"hub": self}),
            ],
            log_function=lambda _handler: None,
        )
        sockets = bind_sockets(0, "127.0.0.1")
        self.port: int = sockets[0].getsockname()[1]
        self._server = httpserver.HTTPServer(application)
        self._server.add_sockets(sockets)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def add_user(self, name: str, *scopes: str, kind: str = "user") -> str:
        """Make a user or service that may access the service and has `scopes`; return a token."""
        token = secrets.token_hex(16)
        self.users[token] = {
            "name": name,
            "kind": kind,
            "admin": False,
            "groups": [],
            "scopes": [f"access:services!service={self.service}", *scopes],
        }
        return token

    def add_member(self, name: str, *groups: str) -> str:
        """Make a user who may read and write, as Lodge's roles grant everyone."""
        prefix = f"custom:lodge-{self.service}"
        token = self.add_user(name, f"{prefix}:read", f"{prefix}:write")
        self.users[token]["groups"] = list(groups)
        return token

    def add_admin(self, name: str) -> str:
        """Make a user with the service's admin scope besides."""
        prefix = f"custom:lodge-{self.service}"
        return self.add_user(name, f"{prefix}:read", f"{prefix}:write", f"{prefix}:admin")

    def code_for(self, token: str) -> str:
        """Return an OAuth code that can be traded for `token` once."""
        code = secrets.token_hex(8)
        self._codes[code] = token
        return code

    def trade(self, code: str) -> str | None:
        """Return the token that `code` stands for, and forget the code."""
        return self._codes.pop(code, None)

    def is_the_service(self, authorization: str) -> bool:
        """Tell whether a request comes from the service under test."""
        return authorization == f"token {self._api_token}"

    def settings(self) -> HubSettings:
        """Return what the service under test is told about this hub."""
        prefix = f"{self.base_url}services/{self.service}/"
        return HubSettings(
            api_url=f"{self.origin}{self.base_url}hub/api",
            api_token=self._api_token,
            service_name=self.service,
            service_prefix=prefix,
            base_url=self.base_url,
            client_id=f"service-{self.service}",
            callback_url=f"{prefix}oauth_callback",
            access_scopes=frozenset({f"access:services!service={self.service}"}),
        )

    def service_settings(self, folder: Path, port: int | None = None) -> ServiceSettings:
        """Return settings of a service that keeps its things in `folder`."""
        return ServiceSettings(
            hub=self.settings(),
            host="127.0.0.1",
            port=port or free_port(),
            database_url=f"sqlite:///{folder / (self.service + '.sqlite')}",
            store=folder / "store",
        )

    def cookie(self, token: str, secret: bytes = COOKIE_SECRET) -> str:
        """Return the Cookie header of a browser that has signed in with `token`."""
        name = f"service-{self.service}"
        return f"{name}={create_signed_value(secret, name, token).decode()}"

    async def close(self) -> None:
        """Stop listening."""
        self._server.stop()
        await self._server.close_all_connections()


class _HubHandler(web.RequestHandler):
    def initialize(self, hub: FakeHub) -> None:
        self.hub = hub

    def prepare(self) -> None:
        if self.hub.down:
            self.send_error(503)


class _UserHandler(_HubHandler):
    async def get(self) -> None:
        self.hub.asked += 1
        token = self.request.headers.get("Authorization", "").partition(" ")[2]
        model = self.hub.users.get(token)
        if model is None:
            self.send_error(403)
            return
        self.finish(model)


class _NamedUserHandler(_HubHandler):
    async def get(self, name: str) -> None:
        if not self.hub.is_the_service(self.request.headers.get("Authorization", "")):
            self.send_error(403)
            return
        for model in self.hub.users.values():
            if (model["kind"], model["name"]) == ("user", name):
                self.finish({each: model[each] for each in ("name", "kind", "admin", "groups")})
                return
        self.send_error(404)


class _GroupHandler(_HubHandler):
    async def get(self, name: str) -> None:
        if not self.hub.is_the_service(self.request.headers.get("Authorization", "")):
            self.send_error(403)
            return
        if not any(name in model["groups"] for model in self.hub.users.values()):
            self.send_error(404)
            return
        self.finish({"name": name, "kind": "group"})


class _FullNamesHandler(_HubHandler):
    async def get(self) -> None:
        if not self.hub.is_the_service(self.request.headers.get("Authorization", "")):
            self.send_error(403)
            return
        self.finish(self.hub.full_names)


class _AuthorizeHandler(_HubHandler):
    async def get(self) -> None:
        token = next(
            (t for t, model in self.hub.users.items() if model["name"] == self.hub.sign_in_as), None
        )
        if token is None:
            self.send_error(403)
            return
        query = urlencode(
            {"code": self.hub.code_for(token), "state": self.get_query_argument("state")}
        )
        self.redirect(f"{self.get_query_argument('redirect_uri')}?{query}")


class _TokenHandler(_HubHandler):
    async def post(self) -> None:
        token = self.hub.trade(self.get_body_argument("code"))
        if token is None:
            self.set_status(400)
            self.finish({"error": "invalid_grant"})
            return
        self.finish({"access_token": token, "token_type": "Bearer"})
