"""The hub's process: JupyterHub behind Lodge's front.

Run as ``python -m lodge_hub.hub``.
"""

from __future__ import annotations

import sqlite3
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyterhub import orm
from jupyterhub.app import JupyterHub
from lodge_services.db.engine import keep_room
from lodge_services.web.sockets import handed_socket
from sqlalchemy import event
from sqlalchemy.engine import make_url
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.routing import Rule
from traitlets import Bool

from .departures import EVERY_S, Departures
from .disk import FULL, is_full
from .front import (
    Elsewhere,
    ElsewhereHandler,
    HubHeaders,
    Limits,
    TooLarge,
    TooLargeHandler,
    with_own_handlers,
)
from .full_names import PATH, FullNames, FullNamesHandler

_LIMITS = Limits()

#: What of an admin's rights leads into the servers of others.
ENTERING = ("access:servers", "tokens", "shares")


class LodgeHub(JupyterHub):
    """JupyterHub, with one origin for its pages, limits for requests and headers for answers."""

    name = "jupyterhub"
    _http_server: HTTPServer | None = None

    admins_enter_servers = Bool(
        False,
        config=True,
        help="""
        Whether admins may open the servers of others, and make tokens in their names. False, the
        default: they start and stop servers, and manage users.
        """,
    )

    refusal_is_final = Bool(
        False,
        config=True,
        help="""
        Whether a user whom the provider refuses is gone: their sessions, tokens and servers end.
        False, the default: they sign in again.
        """,
    )

    async def start(self) -> None:
        """Start the hub, and look out for users who are gone."""
        await super().start()
        if self.refusal_is_final:
            departures = Departures(self)
            self._watch = PeriodicCallback(departures.look, EVERY_S * 1000)
            self._watch.start()

    async def init_role_creation(self) -> None:
        """Load the roles; take from admins what leads into the servers of others."""
        await super().init_role_creation()
        if not self.admins_enter_servers:
            admin = orm.Role.find(self.db, "admin")
            admin.scopes = [scope for scope in admin.scopes if scope not in ENTERING]
            self.db.commit()
        event.listen(orm.APIToken, "after_insert", self._note_visit)

    def _note_visit(self, _mapper: Any, _connection: Any, token: orm.APIToken) -> None:
        """Write to the log who was let into the server of somebody else."""
        client = token.oauth_client
        owner = client.spawner.user.name if client is not None and client.spawner else None
        if owner is not None and token.user is not None and token.user.name != owner:
            self.log.warning("%s opened the server of %s", token.user.name, owner)

    def init_db(self) -> None:
        """Open the database, with room kept in it for a full disk."""
        super().init_db()
        url = make_url(self.db_url)
        if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
            path = Path(str(url.database)).absolute()
            self.template_vars: dict[str, Any] = {
                **self.template_vars,
                "lodge_full": lambda _user: FULL if is_full(path.parent) else None,
            }
            self._room = sqlite3.connect(path, isolation_level=None, timeout=10)
            try:
                self._room.execute("PRAGMA journal_mode = WAL")
                keep_room(self._room)
            except sqlite3.OperationalError as error:
                self.log.error("%s has no room kept for a full disk: %s", path, error)

    @cached_property
    def _names(self) -> FullNames:
        # Authenticators that are none of OAuth's keep no claims.
        return FullNames(getattr(self.authenticator, "user_auth_state_key", ""))

    def init_tornado_settings(self) -> None:
        """Set up what pages are made of, with what their reader is called."""
        names = self._names
        self.template_vars = {
            **self.template_vars,
            "lodge_name": lambda user: names.of(user.orm_user) if user else "",
        }
        super().init_tornado_settings()

    def init_handlers(self) -> None:
        """Set up JupyterHub's handlers, with those of Lodge in the place of theirs."""
        super().init_handlers()
        self.handlers: list[Any] = [
            (f"{self.hub_prefix}{PATH}", FullNamesHandler, {"names": self._names}),
            *with_own_handlers(self.handlers),
        ]

    def init_tornado_application(self) -> None:
        """Make the application, and put the front before it."""
        super().init_tornado_application()
        application, own = self.tornado_application, urlsplit(self.hub.bind_url).port
        rules = [Rule(TooLarge(_LIMITS, self.hub.cookie_name), TooLargeHandler)]
        targets = ""
        if self.subdomain_host:
            arguments = {"public_url": self.public_url, "hub_prefix": self.hub.base_url}
            elsewhere = Elsewhere(self.public_url, own, self.hub.base_url)
            rules.append(Rule(elsewhere, ElsewhereHandler, arguments))
            targets = self.subdomain_host.replace("://", "://*.")
        application.default_router.rules[:0] = rules
        headers = {"form_targets": targets, "own_port": str(own)}
        application.transforms.append(type("Headers", (HubHeaders,), headers))

    @property
    def http_server(self) -> HTTPServer | None:
        """The server, which JupyterHub makes: it has no setting for the limits of one."""
        return self._http_server

    @http_server.setter
    def http_server(self, server: HTTPServer) -> None:
        parameters = server.conn_params
        parameters.max_body_size = _LIMITS.known
        parameters.max_header_size = _LIMITS.headers
        parameters.body_timeout = _LIMITS.body_s
        own = handed_socket(urlsplit(self.hub.bind_url).port or 0)
        if own is not None:
            server.listen = lambda *_, **__: server.add_socket(own)  # type: ignore[method-assign]
        self._http_server = server


if __name__ == "__main__":
    LodgeHub.launch_instance()
