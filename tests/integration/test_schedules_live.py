"""The pages of schedules in a real browser: they stay fresh, and everyone can use them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from jupyterhub.httpclient import JupyterHubHTTPClient
from lodge_runner.spec import RunError
from lodge_services.schedules.core import Schedules
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.service import create_service
from lodge_services.schedules.testing import FakeExecutor, as_json, new_job, notebook
from lodge_services.testing import COOKIE_SECRET, FakeHub
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from support.browser import ARGUMENTS, CHROMIUM
from tornado import httpserver
from tornado.netutil import bind_sockets

pytestmark = pytest.mark.integration

ADA = Viewer("ada")
PATIENCE_MS = 30_000


@dataclass
class Site:
    """The service, and a browser that is signed in to it."""

    url: str
    core: Schedules
    executor: FakeExecutor
    browser: Browser
    cookie: dict[str, Any]
    complaints: list[str]

    async def context(self, **options: Any) -> BrowserContext:
        context = await self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies([self.cookie])  # type: ignore[list-item]
        return context

    async def page(self, context: BrowserContext, path: str = "") -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(message.text))
        await page.goto(self.url + path)
        return page

    async def running(self, run_id: str) -> None:
        async with asyncio.timeout(30):
            while run_id not in self.executor.running:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    hub = FakeHub("schedules")
    executor = FakeExecutor()
    service = create_service(
        hub.service_settings(tmp_path), executor, EngineOptions(), cookie_secret=COOKIE_SECRET
    )
    sockets = bind_sockets(0, "127.0.0.1")
    server = httpserver.HTTPServer(service.application)
    server.add_sockets(sockets)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/services/schedules/"
    name, _, value = hub.cookie(hub.add_member("ada")).partition("=")
    async with service.lifespan(), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        cookie = {"name": name, "value": value, "url": url}
        made = Site(url, service.core, executor, browser, cookie, [])
        yield made
        await browser.close()
    server.stop()
    await server.close_all_connections()
    service.application.settings["context"].close()
    await hub.close()
    if JupyterHubHTTPClient.initialized():
        await JupyterHubHTTPClient.loop_instance().close()
    assert made.complaints == []


async def test_pages_follow_what_happens(site: Site) -> None:
    site.core.create_job("ada", new_job(cron="0 7 * * *"))
    context = await site.context()
    home = await site.page(context)
    page = await site.page(context)
    await page.get_by_role("button", name="Run now").click()
    await page.wait_for_url("**/runs/*")
    run_id = page.url.rpartition("/")[2]
    await site.running(run_id)
    await page.get_by_role("heading", name="Running").wait_for()
    site.executor.tell(run_id, cells=2)
    await page.get_by_text("2 of 3 cells are done").wait_for()
    await home.bring_to_front()
    await home.locator(".strip a").first.wait_for()
    site.executor.notebooks[run_id] = as_json(notebook("'shown'"))
    site.executor.end(run_id)
    await home.get_by_text("Succeeded just now").wait_for()
    await page.bring_to_front()
    await page.get_by_role("heading", name="Succeeded").wait_for()
    await page.get_by_text("'shown'").wait_for()


async def test_a_job_is_paused_and_deleted(site: Site) -> None:
    site.core.create_job("ada", new_job(cron="0 7 * * *"))
    page = await site.page(await site.context())
    await page.get_by_role("button", name="Pause").click()
    await page.get_by_text("Paused").wait_for()
    await page.get_by_role("link", name="Daily delays").click()
    await page.get_by_text("Delete this job").click()
    await page.get_by_label("Write the name").fill("Daily delays")
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_text("No jobs yet").wait_for()


@pytest.mark.parametrize(
    ("scheme", "width", "locale"), [("light", 1440, "en"), ("dark", 390, "zh-CN")]
)
async def test_everyone_can_use_the_pages(site: Site, scheme: str, width: int, locale: str) -> None:
    long = "reports/" + "a_name_without_any_blank_" * 6 + ".ipynb"
    first = site.core.create_job("ada", new_job(name="每日延误" * 20, notebook_path=long))
    second = site.core.create_job("ada", new_job(cron="*/10 9-17 * * 1-5", parameters={"day": 2}))
    runs = [site.core.run_now(ADA, job.job.id, {}).id for job in (first, second)]
    waiting = site.core.run_now(ADA, second.job.id, {}).id
    for run_id in runs:
        await site.running(run_id)
    site.executor.notebooks[runs[0]] = as_json(notebook("1 / 0", "x = 1"))
    site.executor.logs[runs[0]] = b"a long line of the log " * 50
    error = RunError(cell=0, cell_source="1 / 0", ename="ZeroDivisionError", message="Cell 1.")
    site.executor.end(runs[0], "failed", error)
    context = await site.context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, locale=locale
    )
    paths = ["", f"jobs/{second.job.id}", *(f"runs/{run_id}" for run_id in (*runs, waiting))]
    async with asyncio.timeout(30):
        while site.core.run(ADA, runs[0]).state != "failed":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    for path in paths:
        page = await site.page(context, path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = (await Axe().run(page)).response["violations"]
        serious = [
            (one["id"], one["help"], [node["html"][:160] for node in one["nodes"]][:3])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert not serious, (path, json.dumps(serious, indent=1))
        await page.close()
