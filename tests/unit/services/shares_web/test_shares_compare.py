"""Two versions compared, over HTTP."""

from __future__ import annotations

import asyncio
import html
import re
import threading
from hashlib import sha256
from typing import Any

import nbformat
import pytest
from lodge_services.comparing import notebooks
from lodge_services.shares.api import comparing as comparing_api
from lodge_services.shares.pages import comparing as comparing_pages
from lodge_services.testing import FakeHub
from nbformat.v4 import new_code_cell, new_notebook, new_output
from support.sharing import Browser, Caller, publish

SAME = new_code_cell("import this", id="same")
LONG = "\n".join(f"line {n}" for n in range(20))


def make(source: str, given: str, *more: Any) -> Any:
    out = new_output("stream", text=given)
    cell = new_code_cell(f"{LONG}\n{source}", id="one", outputs=[out])
    return new_notebook(cells=[SAME, cell, *more])


async def two(ada: Caller, **options: Any) -> str:
    """Share two versions."""
    share_id: str = (await publish(ada, notebook=make("a = 1", "was"), **options))["id"]
    added = new_code_cell("<b>new</b>", id="two")
    await ada("PATCH", f"api/shares/{share_id}", {"notebook": make("a = 2", "is", added)})
    return share_id


def texts(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def spaced(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


async def test_by_rest(ada: Caller, bob: Caller) -> None:
    share_id = await two(ada)
    one = f"api/shares/{share_id}/compare"
    code, found = await bob("GET", one)
    assert code == 200
    assert (found["base"], found["old"], found["new"]) == (share_id, 1, 2)
    assert (found["added"], found["removed"], found["settings"]) == (2, 1, [])
    assert [(c["kind"], c["old"], c["new"], c["outputs"]) for c in found["cells"]] == [
        ("same", 0, 0, False),
        ("changed", 1, 1, True),
        ("added", None, 2, False),
    ]
    assert found["cells"][1]["lines"][-2:] == [
        {"mark": "-", "text": "a = 1"},
        {"mark": "+", "text": "a = 2"},
    ]
    assert (await bob("GET", f"{one}?old=2&new=1"))[1]["removed"] == 2
    assert (await bob("GET", f"{one}?old=2&new=2"))[1]["added"] == 0
    for wrong in ("old=3", "new=9", "base=000000000000"):
        assert (await bob("GET", f"{one}?{wrong}"))[0] == 404, wrong
    for wrong in ("old=0", "old=x", "new=-1", "old=99999999999"):
        assert (await bob("GET", f"{one}?{wrong}"))[0] == 400, wrong
    code, problem = await bob("GET", f"{one}?new=1")
    assert (code, problem["reason"]) == (404, "nothing_before")


async def test_a_notebook_that_is_not_shared_yet(ada: Caller, bob: Caller) -> None:
    share_id = await two(ada)
    one = f"api/shares/{share_id}/compare"
    code, found = await ada("POST", one, {"notebook": make("a = 7", "is")})
    assert (code, found["old"], found["new"]) == (200, 2, None)
    assert (found["added"], found["removed"]) == (1, 2)
    assert [c["kind"] for c in found["cells"]] == ["same", "changed", "removed"]
    _, versions = await ada("GET", f"api/shares/{share_id}/versions")
    assert len(versions["items"]) == 2
    code, problem = await bob("POST", one, {"notebook": {"cells": 1}})
    assert (code, problem["reason"]) == (400, "invalid_notebook")


async def test_the_page(ada: Caller, browser: Browser) -> None:
    share_id = await two(ada)
    assert f"{share_id}/compare?new=2" in (await browser.open(share_id)).body.decode()
    old = (await browser.open(f"{share_id}/versions/1")).body.decode()
    assert f"{share_id}/compare?old=1&amp;new=2" in old
    page = (await browser.open(f"{share_id}/compare")).body.decode()
    said = texts(page)
    for words in ("1 cell is the same", "- a = 1", "+ a = 2", "Gave before", "was", "Gives now"):
        assert words in said, words
    assert "a = <mark>2</mark>" in page
    assert "<b>new</b>" not in page
    assert "+ <b>new</b>" in said
    # Of long sources what is around the change.
    assert "line 19" in said
    assert "line 5" not in said
    assert "⋯" in said
    same = (await browser.open(f"{share_id}/compare?old=2&new=2")).body.decode()
    assert "Nothing differs" in same


async def test_a_fork_with_its_origin(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, browser: Browser
) -> None:
    origin = await two(ada)
    lodge = {"forked_from": {"id": origin, "version": 2}}
    copy = make("a = 3", "is", new_code_cell("<b>new</b>", id="two"))
    copy.metadata["lodge"] = lodge
    fork = (await publish(bob, title="Fork", notebook=copy))["id"]
    assert f"base={origin}" in (await browser.open(fork)).body.decode()
    _, found = await ada("GET", f"api/shares/{fork}/compare")
    assert (found["base"], found["old"], found["new"]) == (origin, 2, 1)
    assert (found["added"], found["removed"]) == (1, 1)
    page = texts((await browser.open(f"{fork}/compare?base={origin}&old=2")).body.decode())
    assert "Version 2 of" in page
    # Whoever may not read the origin gets nothing of it by the fork.
    await ada("PATCH", f"api/shares/{origin}", {"readers": {"people": []}})
    assert (await bob("GET", f"api/shares/{fork}/compare"))[0] == 404
    bobs = Browser(ask, hub.cookie(bob.token))
    assert (await bobs.open(f"{fork}/compare?base={origin}&old=2")).code == 404
    assert (await browser.open(f"{fork}/compare?base={origin}&old=2")).code == 200


async def test_what_can_not_be_compared_in_time(
    ada: Caller, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id = await two(ada)
    monkeypatch.setattr(notebooks, "PATIENCE", 0.001)
    code, problem = await ada("GET", f"api/shares/{share_id}/compare")
    assert (code, problem["reason"]) == (503, "not_compared")
    answer = await browser.open(f"{share_id}/compare")
    assert answer.code == 503
    page = answer.body.decode()
    assert "too unlike" in page
    assert f"{share_id}/versions/1/download" in page
    # It is tried anew.
    monkeypatch.setattr(notebooks, "PATIENCE", 60)
    assert (await browser.open(f"{share_id}/compare")).code == 200


async def test_old_formats_compare(ada: Caller, browser: Browser) -> None:
    old = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Hello")])
    old.nbformat_minor = 2
    old.cells[0].pop("id")
    share_id = (await publish(ada, notebook=old))["id"]
    old.cells[0].source = "Hello you"
    await ada("PATCH", f"api/shares/{share_id}", {"notebook": old})
    assert "Hello you" in texts((await browser.open(f"{share_id}/compare")).body.decode())


async def test_nobody_who_reads_waits_for_those_who_compare(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id = await two(ada)
    begun, may_end = threading.Event(), threading.Event()

    def slow(*_: Any) -> Any:
        begun.set()
        may_end.wait(60)
        raise notebooks.NotCompared

    for module in (comparing_api, comparing_pages):
        monkeypatch.setattr(module, "compare", slow)
    one = f"api/shares/{share_id}"
    many = [asyncio.create_task(ada("GET", f"{one}/compare")) for _ in range(12)]
    try:
        assert await asyncio.to_thread(begun.wait, 30)
        code, _ = await asyncio.wait_for(ada("GET", one), 30)
    finally:
        may_end.set()
        answers = await asyncio.gather(*many)
    assert code == 200
    assert {answer[0] for answer in answers} == {503}


async def test_what_is_kept_besides_is_compared_too(ada: Caller, browser: Browser) -> None:
    ran: dict[str, Any] = {
        "python": "3.11",
        "packages": {"polars": "2.1", "pip": "1"},
        "profile": "small",
        "spark": {"spark.executor.memory": "1g"},
        "parameters": {"top": "5"},
    }

    async def files(**contents: bytes) -> list[dict[str, str]]:
        named = []
        for name, content in contents.items():
            digest = sha256(content).hexdigest()
            await ada.ask("PUT", f"api/files/{digest}", token=ada.token, body=content)
            named.append({"name": name, "digest": digest})
        return named

    kept = await files(a=b"1", b=b"2", c=b"3")
    share_id = (await publish(ada, notebook=make("1", "1"), environment=ran, files=kept))["id"]
    later = {**ran, "profile": "large", "spark": {}, "parameters": {"top": "<b>9</b>"}}
    later["packages"] = {"polars": "3.0", "pip": "1"}
    change = {
        "notebook": make("1", "1"),
        "environment": later,
        "files": await files(b=b"2", c=b"4"),
    }
    change["files"] += await files(d=b"1")
    await ada("PATCH", f"api/shares/{share_id}", change)
    _, found = await ada("GET", f"api/shares/{share_id}/compare")
    assert {one["kind"] for one in found["cells"]} == {"same"}
    assert found["files"] == [
        {"name": "a", "kind": "removed"},
        {"name": "c", "kind": "changed"},
        {"name": "d", "kind": "added"},
    ]
    assert [tuple(one.values()) for one in found["environment"]] == [
        ("profile", "", "small", "large"),
        ("spark", "spark.executor.memory", "1g", ""),
        ("parameter", "top", "5", "<b>9</b>"),
        ("package", "polars", "2.1", "3.0"),
    ]
    page = (await browser.open(f"{share_id}/compare")).body.decode()
    assert "<b>9</b>" not in page
    said = spaced(page)
    assert "File a removed" in said
    assert "File c differs" in said
    assert "Profile of the server small → large" in said
    assert "Spark spark.executor.memory 1g → nothing" in said
    assert "Parameter top 5 → <b>9</b>" in said
    assert "The notebook is the same." in said
    # The page of the version tells what it ran with.
    shown = spaced((await browser.open(share_id)).body.decode())
    assert "Profile of the server large" in shown
    assert "Parameter top <b>9</b>" in shown
