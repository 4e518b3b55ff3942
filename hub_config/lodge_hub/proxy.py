"""The hub's side of the proxy: the routes of one that has started anew are put back at once."""

from __future__ import annotations

from functools import partial
from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy
from tornado.ioloop import PeriodicCallback

#: Between two looks at whether the proxy still has its routes.
_LOOK_MS = 1000.0


class WatchedProxy(ConfigurableHTTPProxy):
    """A proxy that somebody else starts, and starts again.

    It comes back without routes. JupyterHub by itself looks only when it updates the activity of
    users, and for a minute nobody would reach anything.
    """

    _watch: PeriodicCallback | None = None

    async def check_routes(
        self, user_dict: Any, service_dict: Any, routes: dict[str, Any] | None = None
    ) -> None:
        """Put right which routes there are, now and from now on."""
        await super().check_routes(user_dict, service_dict, routes)
        if self._watch is None:
            look = partial(self._restore, user_dict, service_dict)
            self._watch = PeriodicCallback(look, _LOOK_MS)
            self._watch.start()

    async def _restore(self, user_dict: Any, service_dict: Any) -> None:
        try:
            routes = await self.get_all_routes()
        except TimeoutError:
            return  # it is down, which the log says already
        if self.app.hub.routespec not in routes:
            self.log.warning("The proxy has started anew; its routes are put back.")
            await self.check_routes(user_dict, service_dict)
