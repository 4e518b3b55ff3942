"""The hub's process: JupyterHub behind Lodge's front.

Run as ``python -m lodge_hub.hub``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from jupyterhub.app import JupyterHub
from tornado.httpserver import HTTPServer
from tornado.routing import Rule

from .front import Elsewhere, ElsewhereHandler, HubHeaders, Limits, TooLarge, TooLargeHandler

_LIMITS = Limits()


class LodgeHub(JupyterHub):
    """JupyterHub, with one origin for its pages, limits for requests and headers for answers."""

    name = "jupyterhub"
    _http_server: HTTPServer | None = None

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
        self._http_server = server


if __name__ == "__main__":
    LodgeHub.launch_instance()
