"""Whom the pages of shares name: people in full, as the hub knows them."""

from __future__ import annotations

from typing import Any

from lodge_services.testing import FakeHub
from support.sharing import Browser, Caller, publish


async def test_people_are_named_in_full(
    hub: FakeHub, ask: Any, browser: Browser, ada: Caller, bob: Caller
) -> None:
    hub.full_names = {"ada": "Ada <Lovelace>"}
    share = await publish(ada)
    await publish(bob, "Arrivals")
    for path in ("", "?owner=ada", share["id"]):
        page = (await browser.open(path)).body.decode()
        assert 'title="ada">Ada &lt;Lovelace&gt;</a>' in page or path == "?owner=ada"
        assert '<span class="lodge-account-name" title="ada">Ada &lt;Lovelace&gt;</span>' in page
    gallery = (await browser.open("")).body.decode()
    assert 'title="bob">bob</a>' in gallery
    narrowed = (await browser.open("?owner=ada")).body.decode()
    assert "Shared by Ada &lt;Lovelace&gt;" in narrowed
    assert "Arrivals" not in narrowed


async def test_shares_are_found_by_the_full_names_of_their_owners(
    hub: FakeHub, browser: Browser, ada: Caller, bob: Caller
) -> None:
    hub.full_names = {"ada": "Ada Lovelace", "bob": "Bob Builder"}
    await publish(ada, "Delays")
    await publish(bob, "Arrivals")
    page = (await browser.open("?q=LOVELACE+delays")).body.decode()
    assert "Delays" in page
    assert "Arrivals" not in page
    code, found = await bob("GET", "api/shares?q=builder")
    assert code == 200
    assert [share["title"] for share in found["items"]] == ["Arrivals"]


async def test_a_hub_that_does_not_say_costs_no_page(
    hub: FakeHub, browser: Browser, ada: Caller
) -> None:
    hub.full_names = None  # type: ignore[assignment]  # answers what is no object
    share = await publish(ada)
    for path in ("", share["id"]):
        page = await browser.open(path)
        assert page.code == 200
        assert 'title="ada">ada</a>' in page.body.decode()
