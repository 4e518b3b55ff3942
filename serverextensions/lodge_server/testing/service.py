"""Both services over HTTP, on one port."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any, Self

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from .schedules import FakeSchedules
from .shares import FakeShares
from .wire import Json, Refusal


class FakeService(FakeShares, FakeSchedules):
    """Both services at once, for the owner of one token.

    Parameters
    ----------
    user
        Whose token it is.
    token
        What the Authorization header must bear; by default a new one.
    seconds_per_cell
        How long a run takes for each code cell; 0 ends it as soon as it is looked at.

    Attributes
    ----------
    requests
        Method, path and body of each request, in order.
    broken
        When set, each request is answered with this status and a page that is no JSON.
    awake
        While it is cleared no request is answered.
    """

    def __init__(
        self, user: str = "ada", token: str | None = None, *, seconds_per_cell: float = 0.0
    ) -> None:
        FakeShares.__init__(self, user)
        FakeSchedules.__init__(self, user, seconds_per_cell)
        self.token = token or secrets.token_hex(16)
        self.requests: list[tuple[str, str, Any]] = []
        self.broken: int | None = None
        self.awake = asyncio.Event()
        self.awake.set()
        self.url = ""
        self._server: HTTPServer | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def start(self, port: int = 0) -> None:
        """Listen on a port of the loopback; `url` says which."""
        sockets = bind_sockets(port, "127.0.0.1")
        self._server = HTTPServer(
            web.Application([(r"/services/(shares|schedules)/api/(.*)", _Handler, {"fake": self})]),
            max_body_size=2**28,
        )
        self._server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/services/"

    async def stop(self) -> None:
        """Close the port and what is open on it."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
            self._server = None


class _Handler(web.RequestHandler):
    def initialize(self, fake: FakeService) -> None:
        self.fake = fake

    async def prepare(self) -> None:
        fake = self.fake
        bare = self.request.headers.get("Content-Type") == "application/octet-stream"
        sent: Any = self.request.body
        body = sent if bare else json.loads(sent) if sent else None
        fake.requests.append((str(self.request.method), self.request.path, body))
        await fake.awake.wait()
        if fake.broken is not None:
            self.set_status(fake.broken)
            self.finish("<html>Service Unavailable</html>")
        elif self.request.headers.get("Authorization") != f"Bearer {fake.token}":
            self._refuse(Refusal(401, "not_signed_in", "The token is not known to the hub."))
        else:
            self._route(body or (b"" if bare else {}))

    def _route(self, body: Any) -> None:
        service, path = self.path_args
        parts = path.split("/")
        if parts[4:5] == ["files"] and parts[5:]:
            self._send(lambda: self.fake.file(parts[1], parts[3], "/".join(parts[5:])))
            return
        known = [part if at % 2 == 0 else "*" for at, part in enumerate(parts)]
        shape = f"{self.request.method} {service} {'/'.join(known)}"
        which = parts[1] if len(parts) > 1 else ""
        fake, force = self.fake, self.get_query_argument("force", "") == "true"
        routes: dict[str, tuple[int, Callable[[], Any]]] = {
            "POST shares shares": (201, lambda: fake.post_shares(body)),
            "GET shares shares/*": (200, lambda: fake.share(which)),
            "PATCH shares shares/*": (200, lambda: fake.patch_share(which, body)),
            "GET shares wikis": (200, lambda: self._page([{"name": one} for one in fake.wikis])),
            "GET shares wikis/*/parents": (200, self._parents),
            "GET shares shares/*/wikis": (200, lambda: self._page(fake.pages(which))),
            "PUT shares shares/*/wikis/*": (200, lambda: fake.publish(which, parts[-1], body)),
            "POST shares shares/*/compare": (200, lambda: fake.compare(which, body)),
            "GET shares notices": (200, lambda: self._page(fake.notices)),
            "GET shares files": (200, lambda: fake.limits),
            "POST shares files": (200, lambda: fake.wanted(body)),
            "PUT shares files/*": (204, lambda: fake.put_file(which, body)),
            "GET shares shares/*/versions/*/files": (
                200,
                lambda: self._page(fake.version_files(which, parts[3])),
            ),
            "POST shares forks": (200, lambda: fake.redeem(body)),
            "GET schedules alerts": (200, lambda: self._page(fake.alerts)),
            "GET schedules jobs": (200, lambda: self._page([*map(fake.job, fake.jobs)][::-1])),
            "POST schedules jobs": (201, lambda: fake.post_jobs(body)),
            "GET schedules jobs/*": (200, lambda: fake.job(which)),
            "PATCH schedules jobs/*": (200, lambda: fake.patch_job(which, body)),
            "DELETE schedules jobs/*": (204, lambda: fake.delete_job(which, force=force)),
            "GET schedules jobs/*/runs": (200, lambda: self._page(fake.job_runs(which))),
            "POST schedules jobs/*/runs": (201, lambda: fake.post_run(which, body)),
            "GET schedules runs/*": (200, lambda: fake.run(which)),
            "POST schedules runs/*/cancel": (200, lambda: fake.cancel(which)),
            "GET schedules cron": (200, self._cron),
        }
        try:
            if shape not in routes:
                raise Refusal(404, "no_route", f"Nothing answers {shape}.")
            status, answer = routes[shape]
            value = answer()
        except Refusal as refusal:
            self._refuse(refusal)
            return
        self.set_status(status)
        self.finish(value)

    def _send(self, find: Callable[[], bytes]) -> None:
        try:
            content = find()
        except Refusal as refusal:
            self._refuse(refusal)
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(content)

    def _parents(self) -> Json:
        return {"items": [f"Team/{self.get_query_argument('begun', '')}"], "next_cursor": None}

    def _cron(self) -> Json:
        ask = self.get_query_argument
        return self.fake.cron(
            ask("expression", ""),
            ask("timezone", "UTC"),
            int(ask("count", "5")),
            ask("language", "en"),
        )

    def _page(self, items: list[Json]) -> Json:
        start = int(self.get_query_argument("cursor", "0"))
        end = start + int(self.get_query_argument("limit", "24"))
        return {
            "items": items[start:end],
            "next_cursor": str(end) if end < len(items) else None,
        }

    def _refuse(self, refusal: Refusal) -> None:
        self.set_status(refusal.status)
        self.finish({"message": str(refusal), "reason": refusal.reason})
