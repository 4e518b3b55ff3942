"""Runs on their way to the pages of shares: two real services, and runs that end as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lodge_runner.spec import Environment
from lodge_services.schedules.engine import EngineOptions
from lodge_services.schedules.service import create_service
from lodge_services.schedules.sharing import courier
from lodge_services.schedules.sharing.pages import ServicePages
from lodge_services.schedules.testing import (
    FakeClock,
    FakeExecutor,
    as_json,
    new_job,
    notebook,
)
from lodge_services.shares.app import shares_application
from lodge_services.shares.models import LODGE, Actor
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from lodge_spawner.ports import free_port
from sqlalchemy.exc import OperationalError
from support.scheduling import Site

ADA = Actor("ada")


@dataclass
class Both:
    """Schedules beside the gallery."""

    site: Site
    gallery: SharesService
    pages: ServicePages
    executor: FakeExecutor

    def shared(self, owner: str = "ada") -> str:
        sent = {"title": "Delays", "notebook": notebook("day = 1")}
        return self.gallery.shares.create(Actor(owner), **sent).id  # type: ignore[arg-type]

    @contextmanager
    def away(self) -> Iterator[None]:
        """Let nothing answer where the gallery is."""
        there = self.pages._url
        self.pages._url = f"http://127.0.0.1:{free_port()}/"
        yield
        self.pages._url = there

    async def ended(self, job_id: str, text: str = "2") -> str:
        """Let a job run and succeed; return the run's id."""
        run = await self.site.run(job_id)
        await self.site.started(run["id"])
        self.executor.notebooks[run["id"]] = as_json(notebook(text))
        self.executor.end(run["id"])
        assert (await self.site.ended(run["id"]))["state"] == "succeeded"
        return str(run["id"])

    async def page(self, run_id: str, state: str) -> dict[str, Any]:
        """Wait until a run's way to its page has come to a state."""
        async with asyncio.timeout(20):
            while True:
                run: dict[str, Any] = await self.site("GET", f"api/runs/{run_id}")
                if (
                    run["page"]
                    and run["page"]["state"] == state
                    and (state != "waiting" or run["page"]["message"])
                ):
                    return dict(run["page"])
                await asyncio.sleep(0.02)

    def versions(self, share_id: str) -> list[str | None]:
        """Return the runs of a share's versions, newest first."""
        found = self.gallery.shares.versions(LODGE, share_id)
        return [one.run.id if one.run else None for one in found]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "LOOK_S", 0.02)


@pytest.fixture
async def both(
    tmp_path: Path,
    make_hub: Callable[..., FakeHub],
    start: Callable[..., Any],
    quick: None,
) -> AsyncIterator[Both]:
    gallery_hub = make_hub("shares")
    gallery = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store")
    asked = await start(
        shares_application(gallery_hub.settings(), gallery, cookie_secret=COOKIE_SECRET),
        gallery_hub,
    )
    token = gallery_hub.add_user("schedules", "custom:lodge-shares:runs", kind="service")
    pages = ServicePages(f"{asked.origin}{asked.prefix}", token)
    hub, executor, clock = make_hub("schedules"), FakeExecutor(), FakeClock()
    service = create_service(
        hub.service_settings(tmp_path / "schedules"),
        executor,
        EngineOptions(max_runs=2, keep_runs=2),
        clock,
        cookie_secret=COOKIE_SECRET,
        share_pages=pages,
    )
    tokens = {"ada": hub.add_member("ada"), "bob": hub.add_member("bob")}
    client = await start(service.application, hub)
    async with service.lifespan():
        site = Site(hub, service, executor, clock, client, tokens)
        yield Both(site, gallery, pages, executor)
    gallery.close()


async def test_each_successful_run_leads_the_page(both: Both) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id, parameters={"day": 3})
    assert (job["share_id"], job["publish"]) == (share_id, False)
    first = await both.ended(job["id"], "day 1")
    page = await both.page(first, "shared")
    assert (page["version"], page["url"]) == (2, f"/services/shares/{share_id}/versions/2")
    second = await both.ended(job["id"], "day 2")
    await both.page(second, "shared")
    assert both.versions(share_id) == [second, first, None]
    newest = both.gallery.shares.version(LODGE, share_id, 3)
    assert newest.run is not None
    assert (newest.run.job, newest.run.parameters) == ("Daily delays", {"day": 3})


async def test_what_a_run_ran_with_is_kept_with_its_version(both: Both) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id, parameters={"day": 3})
    run = await both.site.run(job["id"])
    await both.site.started(run["id"])
    # The user's own process says it: what is no package's name is left out, the rest counts.
    said = {"polars": "2.1.0", "<b>x</b>": "1", "pandas": "2.3 ; rm -rf ~", "odd-" + "x" * 300: "1"}
    both.executor.environments[run["id"]] = Environment(
        python="3.11.7", image="lodge-server:1", packages=said
    )
    cells = "%%spark --executor-memory 2g", "day = 3"
    both.executor.notebooks[run["id"]] = as_json(notebook(*cells))
    both.executor.end(run["id"])
    await both.page(run["id"], "shared")
    assert both.gallery.shares.environment(LODGE, share_id, 2) == {
        "python": "3.11.7",
        "image": "lodge-server:1",
        "packages": {"polars": "2.1.0"},
        "profile": "",
        "spark": {"spark.executor.memory": "2g"},
        "parameters": {"day": "3"},
    }
    silent = await both.ended(job["id"])
    await both.page(silent, "shared")
    assert both.gallery.shares.environment(LODGE, share_id, 3) is None


async def test_what_failed_or_is_meant_for_no_page_is_put_on_none(both: Both) -> None:
    share_id = both.shared()
    with_page = await both.site.job(share_id=share_id)
    without = await both.site.job()
    run = await both.site.run(with_page["id"])
    await both.site.started(run["id"])
    both.executor.end(run["id"], "failed")
    assert (await both.site.ended(run["id"]))["page"] is None
    await both.ended(without["id"])
    after = await both.ended(with_page["id"])
    await both.page(after, "shared")
    assert both.versions(share_id) == [after, None]


async def test_a_gallery_that_is_away_gets_the_runs_in_their_order(both: Both) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id)
    with both.away():
        runs = []
        for day in range(4):
            both.site.clock.advance(days=1)
            runs.append(await both.ended(job["id"], f"day {day}"))
        page = await both.page(runs[0], "waiting")
        assert "does not answer" in page["message"]
        # More than are kept of a job: those that wait are kept.
        assert len((await both.site("GET", f"api/jobs/{job['id']}/runs"))["items"]) == 4
    both.site.clock.advance(minutes=20)
    both.site.service.core.database.state += 1
    for run_id in runs:
        await both.page(run_id, "shared")
    assert both.versions(share_id) == [*reversed(runs), None]


async def test_a_kill_between_the_page_and_its_note_puts_nothing_there_twice(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id)
    outbox = both.site.service.core.outbox
    noted = outbox.shared
    ends = 3

    def dying(run_id: str, version: int) -> None:
        nonlocal ends
        ends -= 1
        if ends >= 0:
            outbox.database.state += 1
            raise OperationalError("killed before the note", {}, OSError())
        noted(run_id, version)

    monkeypatch.setattr(courier, "LONGEST_S", 0.05)
    monkeypatch.setattr(outbox, "shared", dying)
    run_id = await both.ended(job["id"])
    await both.page(run_id, "shared")
    assert ends < 0
    assert both.versions(share_id) == [run_id, None]


async def test_a_run_at_which_lodge_fails_holds_up_no_other(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id, other = both.shared(), both.shared("bob")
    mine = await both.site.job(share_id=share_id)
    theirs = await both.site.job("bob", share_id=other)
    put = both.pages.put

    async def failing(run: Any, job: Any, notebook: Any, told: Any) -> int:
        if run.owner == "ada":
            raise RuntimeError("a fault")
        return await put(run, job, notebook, told)

    monkeypatch.setattr(both.pages, "put", failing)
    bad = await both.ended(mine["id"])
    assert "administrator" in (await both.page(bad, "waiting"))["message"]
    run = await both.site.run(theirs["id"], "bob")
    await both.site.started(run["id"])
    both.executor.notebooks[run["id"]] = as_json(notebook("2"))
    both.executor.end(run["id"])
    async with asyncio.timeout(20):
        while both.versions(other) != [run["id"], None]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_page_that_is_no_longer_theirs_is_told_and_tried_again_when_asked(
    both: Both,
) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id)
    both.gallery.shares.transfer(ADA, share_id, "bob")
    run_id = await both.ended(job["id"])
    page = await both.page(run_id, "refused")
    assert "belongs to somebody else now" in page["message"]
    both.gallery.shares.transfer(Actor("bob"), share_id, "ada")
    await both.site("POST", f"api/runs/{run_id}/page", {}, user="bob", expect=404)
    await both.site("POST", f"api/runs/{run_id}/page", {})
    await both.page(run_id, "shared")
    await both.site("POST", f"api/runs/{run_id}/page", {}, expect=409)


async def test_a_page_that_is_none_of_theirs_is_refused_at_once(both: Both) -> None:
    share_id = both.shared("bob")
    answer = await both.site.ask("POST", "api/jobs", new_job(share_id=share_id))
    assert answer.code == 400
    assert b"no such page" in answer.body
    job = await both.site.job()
    changed = await both.site.ask("PATCH", f"api/jobs/{job['id']}", {"share_id": share_id})
    assert changed.code == 400
    with both.away():
        assert (await both.site.ask("POST", "api/jobs", new_job(share_id=share_id))).code == 503
    assert len((await both.site("GET", "api/jobs"))["items"]) == 1


async def test_what_still_waits_is_taken_back_with_the_page(both: Both) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id)
    with both.away():
        run_id = await both.ended(job["id"])
        await both.page(run_id, "waiting")
        changed = await both.site("PATCH", f"api/jobs/{job['id']}", {"share_id": None})
    assert changed["share_id"] is None
    assert (await both.site("GET", f"api/runs/{run_id}"))["page"] is None
    await both.site("POST", f"api/runs/{run_id}/page", {}, expect=409)


async def test_pages_of_jobs_and_runs_tell_it(both: Both) -> None:
    share_id = both.shared()
    job = await both.site.job(share_id=share_id)
    run_id = await both.ended(job["id"])
    await both.page(run_id, "shared")
    for path, words in (
        (f"jobs/{job['id']}", f"/services/shares/{share_id}"),
        (f"runs/{run_id}", "Version 2 in the gallery"),
    ):
        cookie = both.site.hub.cookie(both.site.tokens["ada"])
        page = await both.site.client("GET", path, headers={"Cookie": cookie})
        assert words in page.body.decode(), path


async def test_without_a_gallery_no_page_is_offered(site: Site) -> None:
    answer = await site.ask("POST", "api/jobs", new_job(share_id="a" * 12))
    assert answer.code == 400
    assert b"no gallery" in answer.body
