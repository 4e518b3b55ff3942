"""Pages in wikis: their API, and what their share's page shows of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from lodge_services.shares.publications.models import Target
from lodge_services.shares.publishing.courier import delivering
from lodge_services.shares.service import SharesService
from lodge_services.shares.wikis.base import Place, Refused, Unreachable
from lodge_services.testing import FakeHub
from support.sharing import Browser, Caller, notebook, publish
from support.wiki_fake import WikiFake


@pytest.fixture
def wiki() -> WikiFake:
    return WikiFake()


@pytest.fixture
def service(tmp_path: Path, wiki: WikiFake) -> Iterator[SharesService]:
    opened = SharesService.open(
        f"sqlite:///{tmp_path}/shares.sqlite",
        tmp_path / "store",
        wikis={
            "team": Target(
                "team", "fake", Place("", "Reports"), frozenset(), lambda _own=None: wiki
            ),
            "board": Target("board", "fake", Place(), frozenset({"board"}), lambda _own=None: wiki),
        },
        address="https://lodge.example/services/shares/",
    )
    yield opened
    opened.close()


@pytest.fixture
async def courier(ada: Caller, service: SharesService) -> AsyncIterator[None]:
    async def known() -> None:
        """Nobody has a full name."""

    async with delivering(service.publishing, known):
        yield


async def settled(caller: Caller, share: Any) -> Any:
    """Return a share's page once it waits no more."""
    while True:
        _, found = await caller("GET", f"api/shares/{share['id']}/wikis")
        (one,) = found["items"]
        if one["state"] != "waiting" or one["tries"]:
            return one


async def seen(browser: Browser, path: str) -> str:
    """Return a page's HTML."""
    page = await browser.open(path)
    assert page.code == 200, page.body
    text: str = page.body.decode()
    return text


@pytest.mark.usefixtures("courier")
async def test_a_share_is_published_and_follows_its_versions(
    ada: Caller, bob: Caller, wiki: WikiFake
) -> None:
    share = await publish(ada, title="Delays")
    one = f"api/shares/{share['id']}/wikis/team"
    code, said = await ada("PUT", one, {"parent": "Reports/2026"})
    assert (code, said["state"], said["wiki"]) == (200, "waiting", "team")
    done = await settled(ada, share)
    assert (done["state"], done["version"]) == ("published", 1)
    assert done["title"] == "Reports/2026/Delays"
    (page,) = wiki.pages.values()
    assert done["url"] == page.url
    assert f"https://lodge.example/services/shares/{share['id']}" in page.text
    await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook("two")})
    assert (await settled(bob, share))["version"] == 2
    assert await ada("DELETE", one) == (204, None)
    assert (await ada("GET", f"api/shares/{share['id']}/wikis"))[1]["items"] == []


async def test_who_may(ada: Caller, bob: Caller, hub: FakeHub) -> None:
    share = await publish(ada)
    one = f"api/shares/{share['id']}/wikis"
    assert [item["name"] for item in (await ada("GET", "api/wikis"))[1]["items"]] == ["team"]
    assert (await ada("PUT", f"{one}/board", {}))[0] == 403
    assert (await bob("PUT", f"{one}/team", {}))[0] == 403
    hub.users[ada.token]["groups"] = ["board"]
    assert (await ada("PUT", f"{one}/nosuch", {}))[0] == 404
    assert (await ada("PUT", f"{one}/team", {"parent": "Elsewhere"}))[0] == 400
    assert (await ada("POST", f"{one}/team/answer", {"way": "anew"}))[0] == 404
    await ada("PUT", f"{one}/team", {})
    code, problem = await ada("POST", f"{one}/team/answer", {"way": "anew"})
    assert (code, problem["reason"]) == (409, "not_asked")
    for way in ("GET", "DELETE"):
        path = f"{one}/team/texts" if way == "GET" else f"{one}/team"
        assert (await bob(way, path))[0] == 403


async def test_groups_are_those_that_the_hub_names(ask: Any, hub: FakeHub) -> None:
    caller = Caller(ask, hub.add_member("carl"))
    hub.users[caller.token]["groups"] = ["board"]
    names = [item["name"] for item in (await caller("GET", "api/wikis"))[1]["items"]]
    assert names == ["team", "board"]


@pytest.mark.usefixtures("courier")
async def test_a_changed_page_is_asked_about_in_the_browser(
    ada: Caller, browser: Browser, wiki: WikiFake
) -> None:
    share = await publish(ada, title="Delays")
    page = await seen(browser, share["id"])
    assert 'id="wikis"' in page
    assert (await browser.send(f"{share['id']}/wikis/team/publish")).code == 303
    assert (await settled(ada, share))["state"] == "published"
    page = await seen(browser, share["id"])
    assert "Up to date, version 1" in page
    assert 'In the wiki team: <a href="https://wiki.example/p0"' in page
    wiki.by_hand("p0", wiki.pages["p0"].text.replace("Delays v1", "<b>Better</b>"))
    await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook("two")})
    assert (await settled(ada, share))["state"] == "edited"
    page = await seen(browser, share["id"])
    assert "Somebody has changed the page" in page
    page = await seen(browser, f"{share['id']}/wikis/team")
    assert "&lt;b&gt;Better&lt;/b&gt;" in page
    assert "<b>Better" not in page
    assert "Lodge p0: " not in page
    revision = wiki.pages["p0"].revision
    sent = await browser.send(f"{share['id']}/wikis/team", way="below", revision=revision)
    assert sent.code == 303
    assert (await settled(ada, share))["state"] == "published"
    assert "<b>Better</b>" in wiki.pages["p0"].text


@pytest.mark.usefixtures("courier")
async def test_a_changed_page_that_is_deleted_before_anybody_looks_can_be_made_anew(
    ada: Caller, browser: Browser, wiki: WikiFake
) -> None:
    share = await publish(ada, title="Delays")
    await seen(browser, share["id"])
    await browser.send(f"{share['id']}/wikis/team/publish")
    await settled(ada, share)
    wiki.by_hand("p0", wiki.pages["p0"].text.replace("Delays v1", "Better"))
    await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook("two")})
    assert (await settled(ada, share))["state"] == "edited"
    wiki.pages.clear()
    assert "Make it anew" in await seen(browser, f"{share['id']}/wikis/team")
    assert (await browser.send(f"{share['id']}/wikis/team", way="anew")).code == 303
    assert (await settled(ada, share))["state"] == "published"
    assert len(wiki.pages) == 1


@pytest.mark.usefixtures("courier")
@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (Unreachable("The wiki does not answer."), "waiting", "Not written yet, tried again"),
        (Refused("The page is protected."), "refused", "The wiki does not take it"),
    ],
)
async def test_what_went_wrong_is_told(
    ada: Caller, browser: Browser, wiki: WikiFake, error: Any, state: str, words: str
) -> None:
    wiki.error = error
    share = await publish(ada)
    await ada("PUT", f"api/shares/{share['id']}/wikis/team", {})
    found = await settled(ada, share)
    assert (found["state"], found["message"]) == (state, error.message)
    page = await seen(browser, share["id"])
    assert words in page
    assert error.message in page


async def test_readers_see_no_controls(ask: Any, ada: Caller, hub: FakeHub, bob: Caller) -> None:
    share = await publish(ada)
    reader = Browser(ask, hub.cookie(bob.token))
    assert 'id="wikis"' not in await seen(reader, share["id"])


async def test_admins_see_and_try_the_wikis(ask: Any, hub: FakeHub, wiki: WikiFake) -> None:
    scopes = ("custom:lodge-shares:read", "custom:lodge-shares:admin")
    boss = Browser(ask, hub.cookie(hub.add_user("boss", *scopes)))
    page = await seen(boss, "wikis")
    assert "Reports" in page
    assert "board" in page
    tried = await boss.send("wikis/team")
    assert (tried.code, b"Pages can be written as Lodge." in tried.body) == (200, True)
    assert wiki.pages == {}
    wiki.error = Unreachable("The wiki does not answer.")
    assert b"The wiki does not answer." in (await boss.send("wikis/team")).body


async def test_others_do_not(browser: Browser) -> None:
    assert (await browser.open("wikis")).code == 403
    assert (await browser.send("wikis/team")).code == 403


async def test_a_wiki_that_is_no_more_connected_is_told_so(
    ada: Caller, browser: Browser, service: SharesService
) -> None:
    share = await publish(ada)
    await ada("PUT", f"api/shares/{share['id']}/wikis/team", {})
    service.publishing.targets = {}
    page = await seen(browser, share["id"])
    assert "This wiki is no longer connected" in page
    assert "data-lodge-waiting" not in page
    assert "Stop updating" in page
    assert "Update now" not in page


async def test_pages_to_go_below_are_found_as_one_types(
    ada: Caller, bob: Caller, wiki: WikiFake
) -> None:
    for title in ("Reports/Weekly", "Reports/Daily", "Elsewhere"):
        wiki.create(title, "x", "by hand")
    found = await ada("GET", "api/wikis/team/parents?begun=We")
    assert found == (200, {"items": ["Reports/Weekly"], "next_cursor": None})
    assert len((await ada("GET", "api/wikis/team/parents"))[1]["items"]) == 2
    assert (await bob("GET", "api/wikis/board/parents"))[0] == 403
    assert (await bob("GET", "api/wikis/none/parents"))[0] == 404
    wiki.error = Unreachable("The wiki is down.")
    code, said = await ada("GET", "api/wikis/team/parents")
    assert (code, said["message"]) == (503, "The wiki is down.")
