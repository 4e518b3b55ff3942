"""What owners do with their shares, over HTTP: older versions, other owners, what was done."""

from __future__ import annotations

import html
from typing import Any

import pytest
from lodge_services.shares.api.wire import MAX_READERS
from lodge_services.shares.models import Actor, Readers
from lodge_services.shares.service import SharesService
from lodge_services.testing import FakeHub
from support.sharing import Browser, Caller, notebook, publish


@pytest.fixture
def admin(ask: Any, hub: FakeHub) -> Browser:
    return Browser(ask, hub.cookie(hub.add_admin("root")))


async def second_version(ada: Caller) -> str:
    """Share a notebook twice."""
    share_id: str = (await publish(ada, notebook=notebook("first")))["id"]
    await ada("PATCH", f"api/shares/{share_id}", {"notebook": notebook("second")})
    return share_id


async def test_versions_by_rest(ada: Caller, bob: Caller) -> None:
    share_id = await second_version(ada)
    one = f"api/shares/{share_id}"
    code, share = await ada("POST", f"{one}/versions/1/restore")
    assert (code, share["version"]) == (200, 3)
    _, versions = await bob("GET", f"{one}/versions")
    assert [(v["version"], v["author"]) for v in versions["items"]] == [
        (3, "ada"),
        (2, "ada"),
        (1, "ada"),
    ]
    assert versions["items"][0]["digest"] == versions["items"][2]["digest"]
    code, problem = await bob("POST", f"{one}/versions/2/restore")
    assert (code, problem["reason"]) == (403, "not_owner")
    assert (await ada("POST", f"{one}/versions/9/restore"))[0] == 404


async def test_owners_by_rest(ada: Caller, bob: Caller, hub: FakeHub) -> None:
    share_id = (await publish(ada))["id"]
    one = f"api/shares/{share_id}"
    assert (await bob("POST", f"{one}/transfer", {"owner": "bob"}))[0] == 403
    code, problem = await ada("POST", f"{one}/transfer", {"owner": "nobdy"})
    assert (code, problem["reason"]) == (400, "person_unknown")
    assert "'nobdy'" in problem["message"]
    hub.full_names["bob"] = "Bob Bauer"
    code, share = await ada("POST", f"{one}/transfer", {"owner": "bob bauer"})
    assert (code, share["owner"]) == (200, "bob")
    assert (await bob("PATCH", one, {"title": "Mine"}))[0] == 200
    assert (await ada("PATCH", one, {"title": "Mine again"}))[0] == 403


async def test_the_trail_is_for_those_who_may_change(
    ada: Caller, bob: Caller, ask: Any, hub: FakeHub
) -> None:
    share_id = await second_version(ada)
    one = f"api/shares/{share_id}"
    _, page = await ada("GET", f"{one}/events?limit=1")
    assert [(e["actor"], e["action"], e["details"]) for e in page["items"]] == [
        ("ada", "version", {"version": 2})
    ]
    _, rest = await ada("GET", f"{one}/events?cursor={page['next_cursor']}")
    assert [e["action"] for e in rest["items"]] == ["shared"]
    assert rest["next_cursor"] is None
    assert (await bob("GET", f"{one}/events"))[0] == 403
    # All that was done is for administrators.
    assert (await ada("GET", "api/events"))[0] == 403
    admin = Caller(ask, hub.add_admin("root"))
    _, everything = await admin("GET", "api/events")
    assert [e["share"] for e in everything["items"]] == [share_id, share_id]
    # It is there as long as a deletion can be undone.
    await ada("DELETE", one)
    assert (await ada("GET", f"{one}/events"))[1]["items"][0]["action"] == "deleted"
    assert (await bob("GET", f"{one}/events"))[0] == 404


async def test_the_buttons(
    ada: Caller, bob: Caller, browser: Browser, ask: Any, hub: FakeHub
) -> None:
    share_id = await second_version(ada)
    old = (await browser.open(f"{share_id}/versions/1")).body.decode()
    assert "Make this version the newest" in old
    assert "Make this version the newest" not in (await browser.open(share_id)).body.decode()
    bobs = Browser(ask, hub.cookie(bob.token))
    assert "the newest" not in (await bobs.open(share_id)).body.decode()
    assert (await browser.send(f"{share_id}/versions/1/restore")).code == 303
    assert "first" in (await browser.open(share_id)).body.decode()
    wrong = await browser.send(f"{share_id}/transfer", owner="nobdy <b>")
    said = wrong.body.decode()
    assert wrong.code == 400
    assert "Lodge knows nobody of the name" in said
    assert 'value="nobdy &lt;b&gt;"' in said
    assert (await browser.send(f"{share_id}/transfer", owner="bob")).code == 303
    assert "Give to somebody else" not in (await browser.open(share_id)).body.decode()
    assert "Give to somebody else" in (await bobs.open(share_id)).body.decode()


async def test_the_page_of_what_was_done(
    ada: Caller, bob: Caller, browser: Browser, ask: Any, hub: FakeHub, admin: Browser
) -> None:
    hub.full_names["ada"] = "Ada <Lovelace>"
    share_id = await second_version(ada)
    await ada("POST", f"api/shares/{share_id}/versions/1/restore")
    await ada("PATCH", f"api/shares/{share_id}", {"readers": {"people": ["bob"]}, "title": "New"})
    for reader, path in ((browser, f"{share_id}/history"), (admin, "history")):
        page = html.unescape((await reader.open(path)).body.decode())
        for said in (
            "Ada <Lovelace>",
            "made version 2",
            "made version 1 the newest, as version 3",
            "changed who may read it:",
            "changed title, description or tags",
            "everyone who is signed in",
        ):
            assert said in page, (path, said)
    assert (await browser.open("history")).code == 403
    assert (await Browser(ask, hub.cookie(bob.token)).open(f"{share_id}/history")).code == 403


async def test_who_had_it_may_be_one_more_than_is_named(
    service: SharesService, ada: Caller, bob: Caller
) -> None:
    share_id = (await publish(ada))["id"]
    many = Readers(everyone=False, people=frozenset(f"reader{n}" for n in range(MAX_READERS)))
    service.shares.update(Actor("ada"), share_id, readers=many)
    code, share = await ada("POST", f"api/shares/{share_id}/transfer", {"owner": "bob"})
    assert (code, share["owner"]) == (200, "bob")
    for path in ("api/shares", f"api/shares/{share_id}"):
        assert (await bob("GET", path))[0] == 200, path
    _, mine = await bob("GET", f"api/shares/{share_id}")
    assert len(mine["readers"]["people"]) == MAX_READERS + 1


async def test_an_older_version_with_secrets_stays_old_where_they_are_refused(
    service: SharesService, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id = (await publish(ada, notebook=notebook("key = 'AKIAIOSFODNN7EXAMPLE'")))["id"]
    await ada("PATCH", f"api/shares/{share_id}", {"notebook": notebook("clean")})
    monkeypatch.setattr(service.shares, "_refuse_secrets", True)
    code, told = await ada("POST", f"api/shares/{share_id}/versions/1/restore")
    assert (code, told["reason"]) == (400, "secrets_found")
    assert (await ada("GET", f"api/shares/{share_id}"))[1]["version"] == 2
