"""The service of shares by itself, with people in a real browser who have signed in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_services.shares.app import shares_application
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from playwright.async_api import Browser, Page, Route, async_playwright
from tornado import httpserver
from tornado.netutil import bind_sockets

from .browser import ARGUMENTS, CHROMIUM, SHOTS


class Site:
    """The service, and a browser."""

    def __init__(self, url: str, service: SharesService, browser: Browser, hub: FakeHub) -> None:
        self.url, self.service, self.hub = url, service, hub
        self._browser = browser
        self._cookies: dict[str, Any] = {}
        self.sent: list[str] = []
        """Addresses that the pages have asked for."""
        self.complaints: list[str] = []
        """What the browser's console has said."""

    def sign_in(self, person: str) -> Any:
        """Let the hub know somebody; return the cookie of their browser."""
        if person not in self._cookies:
            name, _, value = self.hub.cookie(self.hub.add_member(person)).partition("=")
            self._cookies[person] = {"name": name, "value": value, "url": self.url}
        return self._cookies[person]

    async def page(self, path: str, person: str = "ada", **options: Any) -> Page:
        """Open a page as somebody, in a window of its own."""
        context = await self._browser.new_context(**options)
        await context.add_cookies([self.sign_in(person)])
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

        async def sent(route: Route) -> None:
            self.sent.append(route.request.url)
            await route.continue_()

        # What a policy stops never comes here.
        await context.route("**/*", sent)
        await page.goto(self.url + path)
        return page


async def shoot(page: Page, name: str) -> None:
    """Keep a screenshot, and see that axe-core finds nothing serious."""
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    found = (await Axe().run(page)).response["violations"]
    serious = [
        (one["id"], one["help"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious, json.dumps(serious, indent=1)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Run Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def serving(folder: Path, browser: Browser) -> AsyncIterator[Site]:
    """Serve shares that are kept in a folder, to a browser's visitors."""
    hub = FakeHub("shares", "/")
    service = SharesService.open(f"sqlite:///{folder}/shares.sqlite", folder / "store")
    application = shares_application(hub.settings(), service, cookie_secret=COOKIE_SECRET)
    sockets = bind_sockets(0, "127.0.0.1")
    server = httpserver.HTTPServer(application)
    server.add_sockets(sockets)
    origin = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    url = origin + application.settings["context"].hub.service_prefix
    yield Site(url, service, browser, hub)
    for context in browser.contexts:
        await context.close()
    server.stop()
    await server.close_all_connections()
    application.settings["context"].close()
    await hub.close()
    if JupyterHubHTTPClient.initialized():
        await JupyterHubHTTPClient.loop_instance().close()
    service.close()
