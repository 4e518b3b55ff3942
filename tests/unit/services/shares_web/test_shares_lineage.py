"""The page of a share's forks."""

from __future__ import annotations

from typing import Any

from lodge_services.testing import FakeHub
from nbformat.v4 import new_code_cell, new_notebook
from support.sharing import Browser, Caller, notebook, publish


async def test_the_page_of_forks(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, browser: Browser
) -> None:
    hub.full_names["bob"] = "Bob Bauer"
    share_id = (await publish(ada, title="Origin", notebook=notebook("a\nb")))["id"]
    assert "Nobody has shared a fork" in (await browser.open(f"{share_id}/forks")).body.decode()
    lodge = {"lodge": {"forked_from": {"id": share_id, "version": 1}}}
    copy = new_notebook(cells=[new_code_cell("a\nc\nd", id="one")], metadata=lodge)
    made = await publish(bob, title="My fork", notebook=copy, readers={"people": ["ada"]})
    page = (await browser.open(f"{share_id}/forks")).body.decode()
    for said in ("My fork", "Bob Bauer", "− 1", "+ 2", f"{made['id']}/compare?base={share_id}"):
        assert said in page, said
    above = (await browser.open(f"{made['id']}/forks")).body.decode()
    assert "Forked from" in above
    assert "Origin" in above
    # Of a fork that is not for everyone nobody else is told, whoever comes first.
    cem = Browser(ask, hub.cookie(hub.add_member("cem")))
    assert "My fork" not in (await cem.open(f"{share_id}/forks")).body.decode()
    assert "My fork" in (await browser.open(f"{share_id}/forks")).body.decode()
