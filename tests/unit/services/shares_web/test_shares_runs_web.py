"""Runs of schedules on the pages of shares, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from lodge_services.testing import FakeHub
from support.sharing import Browser, Caller, notebook, publish

RUN = "r" * 12
JOB = "j" * 12


@pytest.fixture
def schedules(ask: Any, hub: FakeHub) -> Caller:
    """The service of schedules."""
    return Caller(ask, hub.add_user("schedules", "custom:lodge-shares:runs", kind="service"))


def sent(share_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "share": share_id,
        "owner": "ada",
        "job": "Daily delays",
        "job_id": JOB,
        "scheduled_for": "2026-11-28T03:00:00+00:00",
        "parameters": {"day": "2026-11-28", "<b>": "<script>"},
        "notebook": notebook("print(2)"),
        **fields,
    }


async def test_a_run_leads_the_page_with_its_date_and_parameters(
    ada: Caller, bob: Caller, schedules: Caller, browser: Browser
) -> None:
    share = await publish(ada)
    code, made = await schedules("PUT", f"api/runs/{RUN}", sent(share["id"]))
    assert (code, made["version"]) == (200, 2)
    assert made["url"] == f"/services/shares/{share['id']}/versions/2"
    assert (await schedules("PUT", f"api/runs/{RUN}", sent(share["id"])))[1] == made
    _, listed = await bob("GET", f"api/shares/{share['id']}/versions")
    newest, first = listed["items"]
    assert newest["run"] == {
        "id": RUN,
        "job": "Daily delays",
        "scheduled_for": "2026-11-28T03:00:00Z",
        "parameters": {"day": "2026-11-28", "<b>": "<script>"},
    }
    assert first["run"] is None
    page = (await browser.open(share["id"])).body.decode()
    assert "Run of Daily delays" in page
    assert "2026-11-28" in page
    assert "print(2)" in page or "print" in page
    assert "<script>" not in page.partition("share-run")[2].partition("</dl>")[0]
    assert f"/services/schedules/runs/{RUN}" in page
    listed_page = (await browser.open(f"{share['id']}/versions")).body.decode()
    assert "Run of Daily delays" in listed_page
    assert "&#34;2026-11-28&#34;" in listed_page


async def test_only_its_owner_is_led_to_the_run(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, schedules: Caller
) -> None:
    share = await publish(ada)
    await schedules("PUT", f"api/runs/{RUN}", sent(share["id"]))
    page = (await Browser(ask, hub.cookie(bob.token)).open(share["id"])).body.decode()
    assert "Run of Daily delays" in page
    assert f"runs/{RUN}" not in page


async def test_no_user_puts_runs_on_pages(ask: Any, hub: FakeHub, ada: Caller, bob: Caller) -> None:
    share = await publish(ada)
    admin = Caller(ask, hub.add_admin("root"))
    for caller in (ada, bob, admin):
        assert (await caller("PUT", f"api/runs/{RUN}", sent(share["id"])))[0] == 403
        assert (await caller("GET", f"api/runs?share={share['id']}&owner=ada"))[0] == 403


async def test_a_page_is_found_for_its_owner_alone(ada: Caller, schedules: Caller) -> None:
    share = await publish(ada)
    code, found = await schedules("GET", f"api/runs?share={share['id']}&owner=ada")
    assert (code, found["title"], found["wikis"]) == (200, "Delays", [])
    assert (await schedules("GET", f"api/runs?share={share['id']}&owner=bob"))[0] == 404
    assert (await schedules("GET", f"api/runs?share={'0' * 12}&owner=ada"))[0] == 404
    assert (await schedules("GET", "api/runs?share=../x&owner=ada"))[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"scheduled_for": "2026-11-28T03:00:00"},
        {"notebook": {"cells": 3}},
        {"share": "x"},
        {"job_id": "../../x"},
        {"parameters": []},
        {"job": "Daily \u202e"},
        {"scheduled_for": "0001-01-01T00:00:00+14:00"},
        {"scheduled_for": "9999-12-31T23:59:59-14:00"},
        {"more": 1},
    ],
)
async def test_what_is_no_run_is_refused(
    ada: Caller, schedules: Caller, change: dict[str, Any]
) -> None:
    share = await publish(ada)
    code, said = await schedules("PUT", f"api/runs/{RUN}", {**sent(share["id"]), **change})
    assert (code, bool(said["message"])) == (400, True)
    assert (await ada("GET", f"api/shares/{share['id']}"))[1]["version"] == 1


async def test_versions_come_in_pages_by_cursor(ada: Caller, schedules: Caller) -> None:
    share = await publish(ada)
    for letter in "abcd":
        await schedules("PUT", f"api/runs/{letter * 12}", sent(share["id"]))
    path = f"api/shares/{share['id']}/versions?limit=2"
    numbers, more = [], ""
    for _ in range(3):
        _, page = await ada("GET", path + more)
        numbers += [one["version"] for one in page["items"]]
        more = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert numbers == [5, 4, 3, 2, 1]
    assert (await ada("GET", f"{path}&cursor=nonsense"))[0] == 400


async def test_parameters_that_may_be_secret_are_not_told(
    ada: Caller, bob: Caller, schedules: Caller, browser: Browser
) -> None:
    share = await publish(ada)
    given = {"api_key": "of the warehouse", "day": "2026-11-28"}
    await schedules("PUT", f"api/runs/{RUN}", sent(share["id"], parameters=given))
    _, listed = await bob("GET", f"api/shares/{share['id']}/versions")
    assert listed["items"][0]["run"]["parameters"] == {"api_key": "…", "day": "2026-11-28"}
    for path in (share["id"], f"{share['id']}/versions"):
        assert "of the warehouse" not in (await browser.open(path)).body.decode()


async def test_parameters_without_end_are_cut(ada: Caller, schedules: Caller) -> None:
    share = await publish(ada)
    long = {"airports": ["JFK"] * 5_000, **{f"n{number}": number for number in range(300)}}
    code, _ = await schedules("PUT", f"api/runs/{RUN}", sent(share["id"], parameters=long))
    assert code == 200
    _, listed = await ada("GET", f"api/shares/{share['id']}/versions")
    kept = listed["items"][0]["run"]["parameters"]
    assert len(kept) == 200
    assert (kept["n5"], len(kept["airports"])) == (5, 2_000)
    assert kept["airports"].startswith('["JFK", "JFK"')
