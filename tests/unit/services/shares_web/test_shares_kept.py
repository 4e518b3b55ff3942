"""What is kept of the pages of shares, for many readers."""

from __future__ import annotations

from typing import Any

import pytest
from lodge_services.shares.app import shares_application
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from support.sharing import Browser, Caller, notebook, publish


async def test_every_reader_has_a_page_of_their_own(
    ask: Any, hub: FakeHub, ada: Caller, browser: Browser
) -> None:
    share = await publish(ada)
    others = Browser(ask, hub.cookie(hub.add_member('<b>"bob')))
    admin = Browser(ask, hub.cookie(hub.add_admin("root")))
    guest = Browser(ask, hub.cookie(hub.add_user("guest", "custom:lodge-shares:read")))
    for path in ("", share["id"], ""):
        for reader, name in (
            (browser, "ada"),
            (others, "&lt;b&gt;&#34;bob"),
            (admin, "root"),
            (guest, "guest"),
        ):
            page = (await reader.open(path)).body.decode()
            assert f'<span class="lodge-account-name" title="{name}">{name}</span>' in page
            assert ("Edit details" in page) == (path != "" and name in ("ada", "root"))
    # The form's token is the reader's own.
    for reader in (browser, others):
        assert (await reader.send(f"{share['id']}/fork", version="1")).code == 303


async def test_administrators_leave_owners_and_readers_their_pages(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, browser: Browser
) -> None:
    origin = (await publish(ada))["id"]
    copy = notebook("other", lodge={"forked_from": {"id": origin, "version": 1}})
    share_id = (await publish(bob, notebook=copy))["id"]
    await bob("POST", f"api/shares/{share_id}/comments", {"text": "Mine"})
    # One whose token is for reading alone, too.
    scopes = ("custom:lodge-shares:read", "custom:lodge-shares:admin")
    looking = Browser(ask, hub.cookie(hub.add_user("looking", *scopes)))
    assert "Remove this comment" in (await looking.open(share_id)).body.decode()
    assert "Remove this comment" not in (await browser.open(share_id)).body.decode()
    admin = Browser(ask, hub.cookie(hub.add_admin("root")))
    assert "Propose to the original" not in (await admin.open(share_id)).body.decode()
    bobs = Browser(ask, hub.cookie(bob.token))
    await bob("DELETE", f"api/shares/{share_id}/comments/1")
    await admin.open(share_id)
    assert "Propose to the original" in (await bobs.open(share_id)).body.decode()


async def test_what_changes_shows_at_once(browser: Browser, ada: Caller) -> None:
    share = await publish(ada, "First", notebook=notebook("first_cell", picture=True))
    path, picture = share["id"], f"{share['id']}/versions/1/picture"
    for page in ("", path, f"{path}/versions/1"):
        assert "First" in (await browser.open(page)).body.decode()
    assert (await browser.open(picture)).code == 200
    change = {"title": "Second", "notebook": notebook("second_cell")}
    assert (await ada("PATCH", f"api/shares/{path}", change))[0] == 200
    for page in ("", path, f"{path}/versions/1"):
        assert "Second" in (await browser.open(page)).body.decode()
    assert "second_cell" in (await browser.open(path)).body.decode()
    old = (await browser.open(f"{path}/versions/1")).body.decode()
    assert "first_cell" in old
    assert "older version" in old
    await publish(ada, "Third")
    assert "Third" in (await browser.open("")).body.decode()
    await ada("DELETE", f"api/shares/{path}")
    assert "Second" not in (await browser.open("")).body.decode()
    assert (await browser.open(path)).code == 410
    for gone in (picture, f"{path}/versions/1"):
        assert (await browser.open(gone)).code == 404
    await ada("POST", f"api/shares/{path}/restore", {})
    assert "second_cell" in (await browser.open(path)).body.decode()


async def test_rights_count_at_every_request(
    hub: FakeHub, service: SharesService, start: Any
) -> None:
    application = shares_application(hub.settings(), service, cookie_secret=COOKIE_SECRET)
    ask = await start(application, hub)
    ada = Caller(ask, hub.add_member("ada"))
    browser = Browser(ask, hub.cookie(ada.token))
    share = await publish(ada, notebook=notebook(picture=True))
    paths = ("", share["id"], f"{share['id']}/versions/1/picture")
    token = hub.add_member("bob")
    reader = Browser(ask, hub.cookie(token))
    for path in paths:
        assert (await reader.open(path)).code == 200
    hub.users[token]["scopes"].remove("custom:lodge-shares:read")
    # The hub's answer is believed for seconds, the pages are kept.
    application.settings["hub_auth"].cache.clear()
    for path in paths:
        assert (await reader.open(path)).code == 403
        assert (await browser.open(path)).code == 200


async def test_a_page_that_is_as_it_was_is_not_sent_again(browser: Browser, ada: Caller) -> None:
    share = await publish(ada)
    for path in ("", share["id"]):
        await browser.open(path)
        tag = (await browser.open(path)).headers["Etag"]
        headers = {**browser.headers, "If-None-Match": tag}
        same = await browser.ask("GET", path, headers=headers)
        assert (same.code, same.body) == (304, b"")
        await ada("PATCH", f"api/shares/{share['id']}", {"title": f"Now {path}"})
        assert (await browser.ask("GET", path, headers=headers)).code == 200


async def test_a_notebook_is_rendered_once(
    ask: Any, hub: FakeHub, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []

    def render(nb: Any, *, language: str) -> str:
        rendered.append(language)
        return "<div></div>"

    monkeypatch.setattr("lodge_services.shares.service.render_notebook", render)
    share = await publish(ada)
    for number in range(3):
        reader = Browser(ask, hub.cookie(hub.add_member(f"reader{number}")))
        assert (await reader.open(share["id"])).code == 200
        await ada("PATCH", f"api/shares/{share['id']}", {"title": f"Title {number}"})
    assert rendered == ["en"]
