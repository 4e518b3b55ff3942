"""The pages and the API of alerts: what is chosen, said and shown, and to whom."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lodge_services.schedules.alerts.settings import AlertSettings, MailSettings
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.service import create_service
from lodge_services.schedules.testing import FakeClock, FakeExecutor
from lodge_services.testing import COOKIE_SECRET, FakeHub
from support.scheduling import Site
from tornado.httpclient import HTTPResponse

MAIL = MailSettings(host="127.0.0.1", port=9, sender="lodge@example.com")


class Browser:
    """A reader's browser, on pages with forms."""

    def __init__(self, site: Site, cookies: dict[str, str]) -> None:
        self.site = site
        self.cookies = cookies
        self.language = "en"

    async def get(self, path: str, user: str = "ada") -> HTTPResponse:
        headers = {"Cookie": self.cookies[user], "Accept-Language": self.language}
        return await self.site.client("GET", path, headers=headers)

    async def text(self, path: str, user: str = "ada") -> str:
        return (await self.get(path, user)).body.decode()

    async def post(self, page: str, path: str, user: str = "ada", **fields: str) -> HTTPResponse:
        """Send a form of a page."""
        shown = await self.get(page, user)
        xsrf = "; ".join(one.partition(";")[0] for one in shown.headers.get_list("Set-Cookie"))
        found = re.search(r'name="_xsrf" value="([^"]+)"', shown.body.decode())
        assert found
        headers = {
            "Cookie": "; ".join(one for one in (self.cookies[user], xsrf) if one),
            "Accept-Language": self.language,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({**fields, "_xsrf": found[1]})
        return await self.site.client("POST", path, headers=headers, body=body)

    async def follow(self, response: HTTPResponse, user: str = "ada") -> str:
        assert response.code == 303, response.body
        return await self.text(response.headers["Location"].partition("#")[0], user)


@pytest.fixture
async def browser(
    tmp_path: Path, make_hub: Callable[..., FakeHub], start: Callable[..., Any]
) -> AsyncIterator[Browser]:
    hub, executor, clock = make_hub("schedules"), FakeExecutor(), FakeClock()
    service = create_service(
        hub.service_settings(tmp_path),
        executor,
        EngineOptions(max_runs=4),
        clock,
        cookie_secret=COOKIE_SECRET,
        alert_settings=AlertSettings(mail=MAIL),
    )
    tokens = {
        "ada": hub.add_member("ada"),
        "bob": hub.add_member("bob"),
        "reader": hub.add_user("ada", "custom:lodge-schedules:read"),
    }
    client = await start(service.application, hub)
    async with service.lifespan():
        site = Site(hub, service, executor, clock, client, tokens)
        yield Browser(site, {name: hub.cookie(token) for name, token in tokens.items()})


async def failed(site: Site, job_id: str) -> str:
    run = await site.run(job_id)
    await site.started(run["id"])
    site.executor.end(run["id"], "failed")
    await site.ended(run["id"])
    return str(run["id"])


async def test_the_owner_chooses_on_the_jobs_page_what_is_told(browser: Browser) -> None:
    job_id = (await browser.site.job(cron="0 8 * * *"))["id"]
    page = f"jobs/{job_id}"
    before = await browser.text(page)
    assert re.search(r'name="failed" value="1" checked', before)
    assert re.search(r'name="late" value="1" >', before)
    assert "Nothing was told yet." in before
    sent = await browser.post(page, f"{page}/alerts", late="1", late_minutes="45", language="zh")
    assert "What is told was saved." in await browser.follow(sent)
    told = await browser.site("GET", f"api/{page}/alerts")
    assert {name: told[name] for name in ("failed", "recovered", "late", "late_minutes")} == {
        "failed": False,
        "recovered": False,
        "late": True,
        "late_minutes": 45,
    }
    assert told["language"] == "zh"
    for wrong in ("99999999", "0", "soon"):
        refused = await browser.post(page, f"{page}/alerts", late="1", late_minutes=wrong)
        assert refused.code == 400
        assert b'role="alert"' in refused.body
    assert (await browser.site("GET", f"api/{page}/alerts"))["late_minutes"] == 45


async def test_somebody_is_added_tested_and_removed(browser: Browser) -> None:
    job_id = (await browser.site.job())["id"]
    page = f"jobs/{job_id}"
    wrong = await browser.post(page, f"{page}/alerts/add", kind="mail", where="ada at home")
    assert wrong.code == 400
    assert "This is no mail address" in wrong.body.decode()
    assert 'value="ada at home"' in wrong.body.decode()
    added = await browser.post(page, f"{page}/alerts/add", kind="mail", where=" ada@example.com ")
    shown = await browser.follow(added)
    assert "They are told from now on." in shown
    assert "ada@example.com" in shown
    tested = await browser.post(page, f"{page}/alerts/test")
    assert "A test is on its way" in await browser.follow(tested)
    again = await browser.post(page, f"{page}/alerts/test")
    assert (again.code, "just now" in again.body.decode()) == (409, True)
    told = await browser.site("GET", f"api/{page}/alerts")
    (whom,) = [one["id"] for one in told["recipients"] if one["kind"] == "mail"]
    assert {one["what"] for one in told["deliveries"]} == {"test"}
    removed = await browser.post(page, f"{page}/alerts/remove", recipient=whom)
    assert "They are told no more." in await browser.follow(removed)


async def test_a_job_is_muted_for_a_day_and_no_more(browser: Browser) -> None:
    job_id = (await browser.site.job())["id"]
    page = f"jobs/{job_id}"
    muted = await browser.follow(await browser.post(page, f"{page}/alerts/mute"))
    assert "Nothing is told of this job for a day." in muted
    assert "Muted until 2027-01-05 07:00 UTC" in muted
    await failed(browser.site, job_id)
    assert "No alerts" in await browser.text("alerts")
    await browser.follow(await browser.post(page, f"{page}/alerts/unmute"))
    await failed(browser.site, job_id)
    assert "Daily delays failed" in await browser.text("alerts")


async def test_the_bell_shows_what_is_new_until_it_was_seen(browser: Browser) -> None:
    job_id = (await browser.site.job(name="<i>Delays</i>"))["id"]
    run_id = await failed(browser.site, job_id)
    page = await browser.text("alerts")
    assert "&lt;i&gt;Delays&lt;/i&gt; failed" in page
    assert f"/services/schedules/runs/{run_id}" in page
    assert page.count("bell-unseen") == 1
    until = re.search(r'name="until" value="(\d+)"', page)
    assert until
    assert "bell-unseen" in await browser.text("alerts")
    await browser.post("alerts", "alerts", until=until[1])
    assert "bell-unseen" not in await browser.text("alerts")
    assert "Delays" not in await browser.text("alerts", "bob")
    browser.language = "zh-CN"
    assert "失败" in await browser.text("alerts")


async def test_the_api_tells_what_the_pages_do(browser: Browser) -> None:
    site = browser.site
    job_id = (await site.job())["id"]
    run_id = await failed(site, job_id)
    (alert,) = (await site("GET", "api/alerts?unseen=true&language=zh"))["items"]
    assert (alert["what"], alert["run_id"], alert["seen"]) == ("failed", run_id, False)
    assert alert["headline"] == "Daily delays 失败"
    await site("POST", "api/alerts/seen", {"until": alert["number"]}, expect=204)
    assert (await site("GET", "api/alerts?unseen=true"))["items"] == []
    told = await site("GET", f"api/jobs/{job_id}/alerts")
    assert [(one["cause"], one["count"], one["told"]) for one in told["incidents"]] == [
        ("failed", 1, True)
    ]
    assert told["ways"][:2] == ["bell", "mail"]
    muted = await site("POST", f"api/jobs/{job_id}/alerts/mute", {"hours": 2})
    assert muted["muted_until"] == "2027-01-04T09:00:00Z"
    await site("POST", f"api/jobs/{job_id}/alerts/test", {}, expect=202)
    whom = {"kind": "bell"}
    said = await site("POST", f"api/jobs/{job_id}/alerts/recipients", whom, expect=409)
    assert said["reason"] == "told_already"
    await site("PATCH", f"api/jobs/{job_id}/alerts", {"failed": None}, expect=400)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "alerts", None),
        ("PATCH", "alerts", {"failed": False}),
        ("POST", "alerts/mute", {}),
        ("POST", "alerts/test", {}),
        ("POST", "alerts/recipients", {"kind": "bell"}),
        ("DELETE", "alerts/recipients/x", None),
    ],
)
async def test_anothers_alerts_do_not_exist_and_readers_change_none(
    browser: Browser, method: str, path: str, body: Any
) -> None:
    job_id = (await browser.site.job())["id"]
    path = f"api/jobs/{job_id}/{path}"
    await browser.site(method, path, body, user="bob", expect=404)
    expected = 200 if method == "GET" else 403
    await browser.site(method, path, body, user="reader", expect=expected)
