"""Proposals, over HTTP."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from lodge_services.testing import FakeHub
from nbformat.v4 import new_code_cell, new_notebook
from support.sharing import Browser, Caller, publish


def make(*sources: str, origin: str = "") -> Any:
    cells = [new_code_cell(source, id=f"c{at}") for at, source in enumerate(sources)]
    lodge = {"lodge": {"forked_from": {"id": origin, "version": 1}}} if origin else {}
    return new_notebook(cells=cells, metadata=lodge)


@pytest.fixture
async def forked(ada: Caller, bob: Caller) -> tuple[str, str]:
    """A share of Ada's, and Bob's fork of it."""
    origin = (await publish(ada, notebook=make("a = 1", "b = 1")))["id"]
    copy = make("a = 2", "b = 2", origin=origin)
    return origin, (await publish(bob, title="Mine", notebook=copy))["id"]


async def test_by_rest(ada: Caller, bob: Caller, forked: tuple[str, str]) -> None:
    origin, fork = forked
    one = f"api/shares/{origin}"
    assert (await ada("POST", f"api/shares/{fork}/propose", {}))[0] == 403
    code, made = await bob("POST", f"api/shares/{fork}/propose", {"message": "b was wrong"})
    assert (code, made["state"], made["share"], made["author"]) == (201, "open", origin, "bob")
    assert (await ada("GET", f"{one}/proposals"))[1]["items"] == [made]
    assert (await bob("GET", f"{one}/proposals"))[0] == 403
    path = f"{one}/proposals/{made['number']}"
    _, opened = await ada("GET", path)
    assert [(c["cell"]["kind"], c["conflict"]) for c in opened["changes"]] == [
        ("changed", False),
        ("changed", False),
    ]
    body = {
        "changes": [opened["changes"][0]["number"]],
        "newest": opened["newest"],
        "digest": opened["proposal"]["digest"],
    }
    assert (await bob("POST", f"{path}/accept", body))[0] == 403
    assert (await ada("POST", f"{path}/accept", {**body, "newest": 7}))[0] == 409
    code, share = await ada("POST", f"{path}/accept", body)
    assert (code, share["version"]) == (200, 2)
    _, versions = await bob("GET", f"{one}/versions")
    names = [(v["author"], v["coauthor"]) for v in versions["items"]]
    assert names == [("ada", "bob"), ("ada", "")]
    assert (await ada("POST", f"{path}/decline", {}))[0] == 409
    assert (await bob("DELETE", path))[0] == 409
    assert (await bob("GET", f"{one}/proposals/{'9' * 20}"))[0] == 404


async def test_the_pages(
    ask: Any, hub: FakeHub, bob: Caller, browser: Browser, forked: tuple[str, str]
) -> None:
    origin, fork = forked
    hub.full_names["bob"] = "Bob <Bauer>"
    bobs = Browser(ask, hub.cookie(bob.token))
    assert "Propose to the original" in (await bobs.open(fork)).body.decode()
    assert "Propose to the original" not in (await browser.open(fork)).body.decode()
    answer = await bobs.send(f"{fork}/propose", message="b was <wrong>")
    assert answer.code == 303
    path = answer.headers["Location"].rpartition("/services/shares/")[2]
    assert path.startswith(f"{origin}/proposals/")
    mine = html.unescape((await bobs.open(path)).body.decode())
    assert "Take it back" in mine
    assert "Accept what is chosen" not in mine
    page = (await browser.open(path)).body.decode()
    assert "Bob &lt;Bauer&gt;" in page
    assert page.count('name="changes"') == 2
    assert page.count("checked>") == 2
    # Others are told of it, and led nowhere.
    cem = Browser(ask, hub.cookie(hub.add_member("cem")))
    others = (await cem.open(origin)).body.decode()
    assert "proposal 1" in others
    assert path not in others
    assert path in (await bobs.open(origin)).body.decode()
    # It is told on the page of the original, and to its owner.
    for where in (origin, "notices"):
        said = (await browser.open(where)).body.decode()
        assert "proposes changes" in said, where
        assert "b was &lt;wrong&gt;" in said, where
    fields = dict(re.findall(r'name="(newest|digest)" value="(\w+)"', page))
    nothing = await browser.send(f"{path}/accept", **fields)
    assert nothing.code == 400
    assert "Choose the changes to accept" in nothing.body.decode()
    for wrong in ("9" * 5000, "x"):
        assert (await browser.send(f"{path}/accept", **fields, changes=wrong)).code == 400
    late = await browser.send(f"{path}/accept", **{**fields, "newest": "3"}, changes="1")
    assert late.code == 409
    # What was chosen is still chosen.
    assert re.findall(r'value="(\d)" checked', late.body.decode()) == ["1"]
    assert (await browser.send(f"{path}/accept", **fields, changes="1")).code == 303
    assert "Accepted: version 2 has it." in (await bobs.open(path)).body.decode()
    newest = (await browser.open(origin)).body.decode()
    assert "accepted changes that were proposed" in newest
    assert "with changes of bob" in newest


async def test_declining_and_taking_back(
    ask: Any, hub: FakeHub, bob: Caller, browser: Browser, forked: tuple[str, str]
) -> None:
    origin, fork = forked
    bobs = Browser(ask, hub.cookie(bob.token))
    await bobs.open(fork)
    await browser.open(origin)
    for message in ("one", "two"):
        answer = await bobs.send(f"{fork}/propose", message=message)
        path = answer.headers["Location"].rpartition("/services/shares/")[2]
        if message == "one":
            assert (await bobs.send(f"{path}/withdraw")).code == 303
            assert "Taken back by its author." in (await browser.open(path)).body.decode()
        else:
            assert (await bobs.send(f"{path}/decline", message="no")).code == 403
            assert (await browser.send(f"{path}/decline", message="not <yet>")).code == 303
            assert "Declined." in (await bobs.open(path)).body.decode()
    assert "not &lt;yet&gt;" in (await bobs.open("notices")).body.decode()
    too_long = await bobs.send(f"{fork}/propose", message="x" * 4001)
    assert too_long.code == 400
    assert "x" * 4001 in too_long.body.decode()
