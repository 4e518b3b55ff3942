"""Who may read a share, over HTTP: whoever may not is told what they are told of none."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_services.shares.models import LODGE
from lodge_services.shares.publications.models import Target
from lodge_services.shares.routes import routes
from lodge_services.shares.service import SharesService
from lodge_services.shares.wikis.base import Place
from lodge_services.testing import FakeHub
from lodge_services.web.openapi import verbs_of
from support.sharing import Browser, Caller, notebook, publish
from support.wiki_fake import WikiFake

RISK = {"groups": ["risk"]}
BODIES: dict[tuple[str, str], Any] = {
    ("patch", "share"): {"title": "x"},
    ("post", "share_forks"): {},
    ("post", "share_compare"): {"notebook": notebook()},
    ("post", "share_propose"): {},
    ("post", "share_proposal_accept"): {"changes": [1], "newest": 1, "digest": "x"},
    ("post", "share_proposal_decline"): {},
    ("post", "share_comments"): {"text": "x"},
    ("post", "share_transfer"): {"owner": "bob"},
    ("put", "share_wiki"): {},
    ("post", "share_wiki_answer"): {"way": "anew"},
}
FIELDS = {
    "title": "x",
    "confirm": "Delays",
    "everyone": "yes",
    "way": "anew",
    "owner": "bob",
    "text": "x",
    "liked": "yes",
    "message": "x",
    "changes": "1",
    "newest": "1",
    "digest": "x",
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    """Shares that can be published to a wiki."""
    opened = SharesService.open(
        f"sqlite:///{tmp_path}/shares.sqlite",
        tmp_path / "store",
        wikis={"team": Target("team", "fake", Place(), frozenset(), lambda _own=None: WikiFake())},
    )
    yield opened
    opened.close()


@pytest.fixture
def cem(ask: Any, hub: FakeHub) -> Caller:
    """Somebody of the group that may read."""
    return Caller(ask, hub.add_member("cem", "risk"))


@pytest.fixture
def strangers_browser(ask: Any, hub: FakeHub, bob: Caller) -> Browser:
    return Browser(ask, hub.cookie(bob.token))


def told(text: bytes, share_id: str) -> str:
    """Return what an answer says, but for what differs by request."""
    return html.unescape(text.decode()).replace(share_id, "ID")


async def test_every_route_of_a_share_hides_it(
    ada: Caller, bob: Caller, cem: Caller, strangers_browser: Browser
) -> None:
    share = await publish(ada, notebook=notebook(picture=True), readers=RISK)
    walked = 0
    # A page with forms lets a browser send them.
    await strangers_browser.open((await publish(bob, title="Mine"))["id"])
    for route in routes():
        if "{share_id}" not in route.path:
            continue
        for verb, _method in verbs_of(route):
            said = []
            for share_id in (share["id"], "0" * 12):
                names = {"wiki": "team", "chart": "0", "name": "data/a.csv"}
                names |= dict.fromkeys(("number", "comment", "proposal"), "1")
                path = route.path.format(share_id=share_id, **names)
                if path.startswith("api/"):
                    code, answer = await bob(verb.upper(), path, BODIES.get((verb, route.name)))
                    said.append((code, json.dumps(answer).replace(share_id, "ID")))
                elif verb == "get":
                    page = await strangers_browser.open(path)
                    said.append((page.code, told(page.body, share_id)))
                else:
                    page = await strangers_browser.send(path, **FIELDS)
                    said.append((page.code, told(page.body, share_id)))
            assert said[0] == said[1], (verb, route.path)
            assert said[0][0] == 404, (verb, route.path, said[0])
            walked += 1
    assert walked > 20
    for path in (f"api/shares/{share['id']}", f"api/shares/{share['id']}/versions/1/notebook"):
        assert (await cem("GET", path))[0] == 200


async def test_lists_and_pages_hold_what_each_may_read(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, cem: Caller, strangers_browser: Browser
) -> None:
    await publish(ada, title="Closed", tags=["merger"], readers=RISK)
    await publish(ada, title="Open", tags=["sales"])
    readers_browser = Browser(ask, hub.cookie(cem.token))
    # Whoever comes first: what was made for one is not shown to the other.
    for _ in range(2):
        for browser, sees in ((readers_browser, True), (strangers_browser, False)):
            for path in ("", "?owner=ada", "?q=closed", "?tag=merger", "?sort=forks"):
                page = (await browser.open(path)).body.decode()
                assert ("merger</a>" in page or ">Closed<" in page) == sees, (path, sees)
            assert ("2 notebooks" if sees else "1 notebook<") in (
                await browser.open("?owner=ada")
            ).body.decode()
    for caller, titles in ((cem, ["Open", "Closed"]), (bob, ["Open"]), (ada, ["Open", "Closed"])):
        _, page = await caller("GET", "api/shares")
        assert [one["title"] for one in page["items"]] == titles


async def test_only_its_owner_is_told_who_may_read(ada: Caller, cem: Caller, hub: FakeHub) -> None:
    hub.full_names["cem"] = "Cem Özdemir"
    share = await publish(ada, readers={"groups": ["risk"], "people": ["CEM"]})
    assert (share["restricted"], share["readers"]) == (
        True,
        {"everyone": False, "groups": ["risk"], "people": ["cem"]},
    )
    _, seen = await cem("GET", f"api/shares/{share['id']}")
    assert (seen["restricted"], seen["readers"]) == (True, None)
    _, named = await ada(
        "PATCH", f"api/shares/{share['id']}", {"readers": {"people": ["cem özdemir"]}}
    )
    assert named["readers"]["people"] == ["cem"]
    # Somebody who has signed in since the names were read.
    hub.add_member("dee")
    hub.full_names["dee"] = "Dee Dee"
    _, named = await ada("PATCH", f"api/shares/{share['id']}", {"readers": {"people": ["Dee Dee"]}})
    assert named["readers"]["people"] == ["dee"]
    _, opened = await ada("PATCH", f"api/shares/{share['id']}", {"readers": {"everyone": True}})
    assert (opened["restricted"], opened["version"]) == (False, 1)


@pytest.mark.parametrize(
    ("readers", "named"),
    [
        ({"people": ["nobdy"]}, "'nobdy'"),
        ({"groups": ["rsk"]}, "'rsk'"),
        ({"groups": ["../users/ada"]}, "'../users/ada'"),
        ({"everyone": True, "groups": ["risk"]}, "nobody is named besides"),
        ({"people": ["a"] * 101}, "people"),
    ],
)
async def test_readers_that_there_are_not(
    ada: Caller, cem: Caller, service: SharesService, readers: Any, named: str
) -> None:
    code, problem = await ada(
        "POST", "api/shares", {"title": "T", "notebook": notebook(), "readers": readers}
    )
    assert code == 400
    assert named in problem["message"]
    assert service.shares.count(LODGE) == 0


async def test_a_hub_that_does_not_say(ada: Caller, cem: Caller, hub: FakeHub) -> None:
    share = await publish(ada)
    hub.down = True
    one = f"api/shares/{share['id']}"
    code, problem = await ada("PATCH", one, {"readers": {"people": ["cem"]}})
    assert (code, problem["reason"]) == (503, "hub_unavailable")
    hub.down = False
    assert (await cem("GET", one))[1]["restricted"] is False


async def test_the_form(ada: Caller, cem: Caller, bob: Caller, browser: Browser) -> None:
    share = await publish(ada)
    page = (await browser.open(share["id"])).body.decode()
    assert 'name="everyone" value="yes" checked' in page
    path = f"{share['id']}/readers"
    assert (await browser.send(path, everyone="", people="cem， risk")).code == 303
    page = (await browser.open(share["id"])).body.decode()
    assert 'name="everyone" value="" checked' in page
    assert 'value="risk" checked' in page
    assert 'name="people" value="cem"' in page
    assert "Not everyone may read it" in page
    assert (await bob("GET", f"api/shares/{share['id']}"))[0] == 404
    wrong = await browser.send(path, everyone="", people="cem, nobdy", groups="risk")
    assert wrong.code == 400
    said = html.unescape(wrong.body.decode())
    assert "nobody and no group of the name 'nobdy'" in said
    # What was typed is not lost, and nothing was changed.
    assert 'name="people" value="cem, nobdy"' in said
    assert (await ada("GET", f"api/shares/{share['id']}"))[1]["readers"]["people"] == ["cem"]


async def test_a_fork_names_its_origin_to_those_who_may_read_that(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, cem: Caller
) -> None:
    origin = await publish(ada, readers=RISK)
    cells = [nbformat.v4.new_code_cell("2", id="one")]
    lodge = {"forked_from": {"id": origin["id"], "version": 1}}
    copy = nbformat.v4.new_notebook(cells=cells, metadata={"lodge": lodge})
    fork = await publish(cem, title="Fork", notebook=copy)
    for caller, sees in ((cem, True), (bob, False), (ada, True), (bob, False)):
        page = await Browser(ask, hub.cookie(caller.token)).open(fork["id"])
        assert (origin["id"] in page.body.decode()) == sees
        _, told = await caller("GET", f"api/shares/{fork['id']}")
        assert told["forked_from"] == ({"id": origin["id"], "version": 1} if sees else None)
        _, listed = await caller("GET", "api/shares?q=Fork")
        assert (origin["id"] in json.dumps(listed)) == sees
