"""The pages of schedules: what they lead with, whom they are for, and their words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lodge_runner.endings import ASKED
from lodge_runner.spec import RunError
from lodge_services.schedules import service as service_module
from lodge_services.schedules.chinese import MESSAGES
from lodge_services.schedules.core import Schedules
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.models import Run
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.service import create_service
from lodge_services.schedules.testing import FakeClock, FakeExecutor, as_json, new_job, notebook
from lodge_services.testing import COOKIE_SECRET, FakeHub
from tornado.httpclient import HTTPResponse

ADA = Viewer("ada")


@dataclass
class Browser:
    """A reader's browser: signed in by cookie, forms with their xsrf token."""

    core: Schedules
    executor: FakeExecutor
    client: Callable[..., Awaitable[HTTPResponse]]
    cookies: dict[str, str]
    language: str = "en"

    async def get(self, path: str, user: str = "ada") -> HTTPResponse:
        return await self.client("GET", path, headers=self._headers(user))

    async def text(self, path: str, user: str = "ada", expect: int = 200) -> str:
        response = await self.get(path, user)
        assert response.code == expect, response.body
        return response.body.decode()

    async def post(self, path: str, user: str = "ada", **fields: str) -> HTTPResponse:
        """Fill in a form of the home page: its cookie and its field belong together."""
        page = await self.get("", user)
        xsrf = page.headers.get_list("Set-Cookie")
        cookie = "; ".join(item.partition(";")[0] for item in xsrf)
        found = re.search(r'name="_xsrf" value="([^"]+)"', page.body.decode())
        assert found, "the user needs a job, so that the page has a form"
        token = found[1]
        headers = self._headers(user)
        headers["Cookie"] = "; ".join(part for part in (headers["Cookie"], cookie) if part)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({**fields, "_xsrf": token})
        return await self.client("POST", path, headers=headers, body=body)

    def _headers(self, user: str) -> dict[str, str]:
        return {"Cookie": self.cookies[user], "Accept-Language": self.language}

    def job(self, **values: Any) -> str:
        return self.core.create_job("ada", new_job(**values)).job.id

    async def running(self, job_id: str) -> str:
        run = await asyncio.to_thread(self.core.run_now, ADA, job_id, {})
        async with asyncio.timeout(10):
            while run.id not in self.executor.running:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return run.id

    async def ended(self, run_id: str) -> Run:
        async with asyncio.timeout(10):
            while True:
                run = self.core.run(ADA, run_id)
                if run.state not in ("queued", "running"):
                    return run
                await asyncio.sleep(0.005)


@pytest.fixture
async def browser(
    tmp_path: Path, make_hub: Callable[..., FakeHub], start: Callable[..., Any]
) -> AsyncIterator[Browser]:
    hub = make_hub("schedules")
    executor = FakeExecutor()
    service = create_service(
        hub.service_settings(tmp_path),
        executor,
        EngineOptions(max_runs=4),
        FakeClock(),
        cookie_secret=COOKIE_SECRET,
    )
    cookies = {
        "ada": hub.cookie(hub.add_member("ada")),
        "bob": hub.cookie(hub.add_member("bob")),
        "root": hub.cookie(hub.add_admin("root")),
    }
    client = await start(service.application, hub)
    async with service.lifespan():
        yield Browser(service.core, executor, client, cookies)


async def test_a_failed_run_leads_with_the_failing_cell(browser: Browser) -> None:
    run_id = await browser.running(browser.job(parameters={"day": 7}))
    browser.executor.notebooks[run_id] = as_json(notebook("ok = 1", "1/0", "print('<b>')"))
    browser.executor.logs[run_id] = b"kernel <started>\n"
    error = RunError(
        cell=1, cell_source="1/0", ename="ZeroDivisionError", evalue="division", message="m"
    )
    browser.executor.end(run_id, "failed", error)
    await browser.ended(run_id)
    page = await browser.text(f"runs/{run_id}")
    parts = [
        "Failed</span></h1>",
        "Cell 2 failed",
        "ZeroDivisionError",
        '<pre class="failure-source" tabindex="0">1/0</pre>',
        'href="#failing-cell"',
        "<dt>day</dt><dd>7</dd>",
        'id="failing-cell"',
        "kernel &lt;started&gt;",
    ]
    places = [page.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)
    assert "data-run=" not in page


async def test_a_running_run_shows_how_far_it_is(browser: Browser) -> None:
    job_id = browser.job()
    run_id = await browser.running(job_id)
    browser.executor.tell(run_id, cells=2)
    async with asyncio.timeout(10):
        while browser.core.run(ADA, run_id).cells_done != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    page = await browser.text(f"runs/{run_id}")
    assert f'data-run="/services/schedules/api/runs/{run_id}" data-run-state="running"' in page
    assert 'role="status"' in page
    assert "2 of 3 cells are done" in page
    assert 'max="3" value="2"' in page
    waiting = await asyncio.to_thread(browser.core.run_now, ADA, job_id, {})
    assert "The run waits for its turn" in await browser.text(f"runs/{waiting.id}")


async def test_garbage_of_a_run_does_not_break_its_page(browser: Browser) -> None:
    run_id = await browser.running(browser.job())
    for garbage in (b"\xff", b"[" * 50_000, b"{}", as_json({"nbformat": 4, "cells": [1]})):
        browser.executor.notebooks[run_id] = garbage
        browser.executor.logs[run_id] = b"\x00\xff\x1b[31m<script>"
        page = await browser.text(f"runs/{run_id}")
        assert "&lt;script&gt;" in page


async def test_the_list_of_jobs(browser: Browser) -> None:
    job_id = browser.job(name="<i>Delays</i> 延误", cron="0 7 * * *", timezone="Asia/Shanghai")
    browser.job(name="By hand")
    browser.job(name="Paused one", cron="0 7 * * *", enabled=False)
    run_id = await browser.running(job_id)
    browser.executor.end(run_id)
    await browser.ended(run_id)
    page = await browser.text("")
    assert "&lt;i&gt;Delays&lt;/i&gt; 延误" in page
    assert "At 07:00, every day" in page
    assert "Only when asked" in page
    assert "Paused</span>" in page
    assert 'aria-label="Last 1 runs · Succeeded: 1"' in page
    assert f"/services/schedules/runs/{run_id}" in page


async def test_an_empty_list_says_what_belongs_there(browser: Browser) -> None:
    page = await browser.text("")
    assert "No jobs yet" in page
    assert "press Schedule" in page


async def test_the_page_of_a_job(browser: Browser) -> None:
    job_id = browser.job(cron="0 7 * * *", timezone="Asia/Shanghai", parameters={"day": 5})
    page = await browser.text(f"jobs/{job_id}")
    assert "2027-01-05 07:00" in page
    assert page.count("<li><time") == 5
    assert "No runs yet" in page


async def test_run_now_pause_resume_and_cancel(browser: Browser) -> None:
    job_id = browser.job(cron="0 7 * * *")
    response = await browser.post(f"jobs/{job_id}/run")
    assert response.code == 303
    run_id = response.headers["Location"].rpartition("/")[2]
    async with asyncio.timeout(10):
        while run_id not in browser.executor.running:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert (await browser.post(f"runs/{run_id}/cancel")).code == 303
    assert (await browser.ended(run_id)).state == "cancelled"
    response = await browser.post(f"jobs/{job_id}/pause", **{"from": "job"})
    assert response.headers["Location"] == f"/services/schedules/jobs/{job_id}"
    assert browser.core.job(ADA, job_id).job.next_run_at is None
    response = await browser.post(f"jobs/{job_id}/resume")
    assert response.headers["Location"] == "/services/schedules/"
    assert browser.core.job(ADA, job_id).job.next_run_at is not None


async def test_deleting_needs_the_name(browser: Browser) -> None:
    job_id = browser.job(name="Daily")
    response = await browser.post(f"jobs/{job_id}/delete", name="daily")
    assert response.code == 400
    assert "The job was not deleted" in response.body.decode()
    assert (await browser.post(f"jobs/{job_id}/delete", name="Daily")).code == 303
    assert (await browser.get(f"jobs/{job_id}")).code == 404


async def test_forms_need_their_token(browser: Browser) -> None:
    job_id = browser.job()
    response = await browser.client(
        "POST", f"jobs/{job_id}/run", headers={"Cookie": browser.cookies["ada"]}, body=""
    )
    assert response.code == 403
    assert browser.core.runs(ADA, job_id, None, 10).items == []


@pytest.mark.parametrize("verb", ["", "/run", "/pause", "/resume", "/delete"])
async def test_pages_of_others_do_not_exist(browser: Browser, verb: str) -> None:
    job_id = browser.job(name="Secret plan", cron="0 7 * * *")
    browser.core.create_job("bob", new_job())
    run_id = await browser.running(job_id)
    if verb:
        response = await browser.post(f"jobs/{job_id}{verb}", user="bob", name="Secret plan")
    else:
        response = await browser.get(f"jobs/{job_id}", user="bob")
    assert response.code == 404
    assert "Secret plan" not in response.body.decode()
    assert (await browser.get(f"runs/{run_id}", user="bob")).code == 404
    assert (await browser.post(f"runs/{run_id}/cancel", user="bob")).code == 404
    assert browser.executor.running == [run_id]
    assert browser.core.job(ADA, job_id).job.enabled
    assert "Secret plan" not in await browser.text("", user="bob")
    assert (await browser.get("?owner=ada", user="bob")).code == 403
    assert "Secret plan" in await browser.text("?owner=ada", user="root")


async def test_a_running_run_shows_what_it_has_done(browser: Browser) -> None:
    job_id = browser.job()
    run_id = await browser.running(job_id)
    page = await browser.text(f"runs/{run_id}")
    assert "appears here" in page
    so_far = notebook("print('first words')")
    so_far["cells"][0]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "first \ud83d words"}
    ]
    browser.executor.unfinished_notebooks[run_id] = as_json(so_far)
    browser.executor.logs[run_id] = b"the log so far"
    page = await browser.text(f"runs/{run_id}")
    assert "first \ufffd words" in page
    assert "the log so far" in page
    assert f"api/runs/{run_id}/notebook" not in page


async def test_an_administrator_filters_by_owner(browser: Browser) -> None:
    browser.job()
    browser.core.create_job("bob", new_job(name="Bob's"))
    page = await browser.text("?all=true&owner=", user="root")
    assert "Schedules of all" in page
    assert "Bob&#39;s" in page
    assert '<option value="bob">' in page
    assert "Bob&#39;s" not in await browser.text("?all=true&owner=ada", user="root")
    assert "owner-filter" not in await browser.text("", user="bob")
    assert (await browser.get("?all=true", user="bob")).code == 403


async def test_a_stranger_is_sent_to_sign_in(browser: Browser) -> None:
    for path in ("", "jobs/000000000000", "runs/000000000000"):
        response = await browser.client("GET", path)
        assert response.code == 302
        assert "/hub/api/oauth2/authorize" in response.headers["Location"]


async def test_every_word_has_chinese(browser: Browser) -> None:
    folder = Path(service_module.__file__).parent
    sources = [*(folder / "templates").glob("*.html"), folder / "pages.py", folder / "words.py"]
    known = {*MESSAGES, "Schedules"}
    for path in sources:
        text = path.read_text(encoding="utf-8")
        for single, double in re.findall(r"""\b(?:_|translate)\((?:'([^']+)'|"([^"]+)")""", text):
            assert (single or double) in known, (path.name, single or double)
    browser.language = "zh-CN"
    job_id = browser.job(cron="0 7 * * *")
    run_id = await browser.running(job_id)
    assert "运行中" in await browser.text(f"runs/{run_id}")
    assert "每天在07:00" in await browser.text(f"jobs/{job_id}")
    assert "立即运行" in await browser.text("")
    for ename, evalue, shown in (
        ("StdinNotImplementedError", ASKED, "无人回答"),
        ("ValueError", "Failed", "<span>Failed</span>"),  # as the cell has said it
    ):
        failed = await browser.running(browser.job())
        error = RunError(cell=0, cell_source="x", ename=ename, evalue=evalue, message="m")
        browser.executor.end(failed, "failed", error)
        await browser.ended(failed)
        assert shown in await browser.text(f"runs/{failed}")


async def test_a_range_of_past_times_is_started_and_cancelled_by_buttons(browser: Browser) -> None:
    job = browser.job(cron="0 6 * * *", interval="day")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    form = {"first": (yesterday - timedelta(days=2)).isoformat(), "last": yesterday.isoformat()}
    page = f"jobs/{job}/backfill"
    gone = await browser.post(page, **form, again="", together="")
    assert (gone.code, gone.headers["Location"]) == (303, f"/services/schedules/jobs/{job}")
    async with asyncio.timeout(10):
        while not browser.executor.running:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert "Cancel 2 waiting" in await browser.text(f"jobs/{job}")
    refused = await browser.post(page, **form, again="", together="")
    assert (refused.code, b"has run, or waits to" in refused.body) == (409, True)
    cancelled = await browser.post(f"{page}/cancel")
    assert cancelled.code == 303
    assert "waiting</button>" not in await browser.text(f"jobs/{job}")


async def test_a_run_is_run_again_by_its_form(browser: Browser) -> None:
    given = notebook("print(top)", parameters="top = 5\nwords = 'a\\nb'")
    job = browser.job(notebook=given, parameters={"top": 6})
    run = await browser.running(job)
    browser.executor.end(run, "failed")
    await browser.ended(run)
    fields = {"parameter.top": "8", "parameter.words": "a\r\nb"}
    gone = await browser.post(f"runs/{run}/rerun", **fields)
    assert gone.code == 303
    again = browser.core.run(ADA, gone.headers["Location"].rpartition("/")[2])
    assert (again.trigger, again.parameters) == ("manual", {"top": 8})
    refused = await browser.post(f"runs/{run}/rerun", **{**fields, "parameter.top": "many"})
    assert (refused.code, b"top" in refused.body) == (400, True)


async def test_what_a_job_waits_for_is_chosen_in_a_form(browser: Browser) -> None:
    first = browser.job(name="Load", cron="0 5 * * *", interval="day")
    job = browser.job(name="Report", cron="0 6 * * *", interval="day")
    page = f"jobs/{job}/after"
    for hours, said in (("soon", b"as a number"), ("0", b"after_s"), ("inf", b"as a number")):
        refused = await browser.post(page, after=first, hours=hours)
        assert (refused.code, said in refused.body) == (400, True), refused.body
    done = await browser.post(page, after=first, hours="1.5")
    assert done.code == 303
    kept = browser.core.job(ADA, job).job
    assert (kept.after, kept.after_s) == ([first], 5400)
    assert 'value="1.5"' in await browser.text(page)
    await browser.post(page, hours="24")
    assert browser.core.job(ADA, job).job.after == []
