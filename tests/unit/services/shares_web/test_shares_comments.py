"""Comments, notices and likes, over HTTP."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from lodge_services.shares.comments import core
from lodge_services.testing import FakeHub
from lodge_services.web.people import People
from support.sharing import Browser, Caller, publish


async def test_comments_by_rest(ada: Caller, bob: Caller, hub: FakeHub) -> None:
    hub.full_names["ada"] = "王伟"
    share_id = (await publish(ada))["id"]
    one = f"api/shares/{share_id}"
    code, made = await bob("POST", f"{one}/comments", {"text": " @王伟 @nobdy\r\nwhy? "})
    assert code == 201
    assert (made["author"], made["text"], made["mentions"], made["version"]) == (
        "bob",
        "@王伟 @nobdy\nwhy?",
        ["ada"],
        1,
    )
    assert (await ada("GET", f"{one}/comments"))[1]["items"] == [made]
    _, notices = await ada("GET", "api/notices?unseen=true")
    (notice,) = notices["items"]
    assert (notice["title"], notice["mentioned"], notice["seen"]) == ("Delays", True, False)
    assert notice["url"].endswith(f"/{share_id}#comment-{made['number']}")
    assert (await ada("POST", "api/notices/seen", {"until": made["number"]}))[0] == 204
    assert (await ada("GET", "api/notices?unseen=true"))[1]["items"] == []
    assert (await bob("GET", "api/notices"))[1]["items"] == []
    for wrong in ({"text": " \n"}, {"text": "x" * 4001}, {}, {"text": "x", "author": "ada"}):
        assert (await bob("POST", f"{one}/comments", wrong))[0] == 400, wrong
    assert (await bob("DELETE", f"{one}/comments/999"))[0] == 404
    assert (await bob("DELETE", f"{one}/comments/{'9' * 30}"))[0] == 404
    assert (await bob("DELETE", f"{one}/comments/{made['number']}"))[0] == 204
    assert (await ada("GET", f"{one}/comments"))[1]["items"] == []


async def test_likes_by_rest(ada: Caller, bob: Caller) -> None:
    share_id = (await publish(ada))["id"]
    one = f"api/shares/{share_id}"
    assert await bob("PUT", f"{one}/like") == (200, {"likes": 1, "liked": True})
    assert await ada("PUT", f"{one}/like") == (200, {"likes": 2, "liked": True})
    assert await bob("DELETE", f"{one}/like") == (200, {"likes": 1, "liked": False})
    assert (await bob("GET", one))[1]["likes"] == 1


async def test_the_hub_that_does_not_say_loses_nothing(
    ada: Caller, bob: Caller, hub: FakeHub
) -> None:
    share_id = (await publish(ada))["id"]
    one = f"api/shares/{share_id}/comments"
    assert (await bob("GET", one))[0] == 200
    hub.down = True
    assert (await bob("POST", one, {"text": "@ada look"}))[0] == 503
    assert (await bob("POST", one, {"text": "nobody named"}))[0] == 201
    hub.down = False
    assert len((await bob("GET", one))[1]["items"]) == 1


async def test_the_page(ask: Any, hub: FakeHub, ada: Caller, bob: Caller, browser: Browser) -> None:
    hub.full_names["bob"] = "Bob <Bauer>"
    share_id = (await publish(ada))["id"]
    bobs = Browser(ask, hub.cookie(bob.token))
    await bobs.open(share_id)
    said = "@ada <script>1</script> https://x.example/a"
    answer = await bobs.send(f"{share_id}/comments", text=said)
    assert (answer.code, "#comment-" in answer.headers["Location"]) == (303, True)
    page = (await bobs.open(share_id)).body.decode()
    assert "&lt;script&gt;1&lt;/script&gt;" in page
    assert '<a href="https://x.example/a" rel="noopener noreferrer nofollow ugc">' in page
    assert ">@ada</a>" in page
    assert "Bob &lt;Bauer&gt;" in page
    # Its author and the share's owner can remove it, nobody else.
    await browser.open(share_id)
    assert "Remove this comment" in page
    assert "Remove this comment" in (await browser.open(share_id)).body.decode()
    cem = Browser(ask, hub.cookie(hub.add_member("cem")))
    assert "Remove this comment" not in (await cem.open(share_id)).body.decode()
    wrong = await bobs.send(f"{share_id}/comments", text="x" * 4001)
    assert wrong.code == 400
    assert "x" * 4001 in wrong.body.decode()
    number = answer.headers["Location"].rpartition("-")[2]
    assert (await cem.send(f"{share_id}/comments/{number}/remove")).code == 403
    assert (await bobs.send(f"{share_id}/comments/{number}/remove")).code == 303
    assert "<script>1" not in (await bobs.open(share_id)).body.decode()


async def test_likes_are_each_ones_own(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller, browser: Browser
) -> None:
    share_id = (await publish(ada))["id"]
    bobs = Browser(ask, hub.cookie(bob.token))
    await bobs.open(share_id)
    assert (await bobs.send(f"{share_id}/like", liked="yes")).code == 303
    assert 'aria-pressed="true"' in (await bobs.open(share_id)).body.decode()
    page = (await browser.open(share_id)).body.decode()
    assert 'aria-pressed="false"' in page
    assert "Like 1<" in page
    assert "♥ 1" in (await browser.open("")).body.decode()
    assert (await bobs.send(f"{share_id}/like", liked="")).code == 303
    assert "Like 1<" not in (await browser.open(share_id)).body.decode()


async def test_what_is_for_the_reader(
    ada: Caller, bob: Caller, browser: Browser, hub: FakeHub
) -> None:
    share_id = (await publish(ada, title="Trains & planes"))["id"]
    assert "Nobody has said anything" in (await browser.open("notices")).body.decode()
    assert 'class="share-count"' not in (await browser.open("")).body.decode()
    await bob("POST", f"api/shares/{share_id}/comments", {"text": "Hi @ada"})
    await bob("POST", f"api/shares/{share_id}/comments", {"text": "Why?"})
    assert '<span class="share-count">2</span>' in (await browser.open("")).body.decode()
    page = html.unescape((await browser.open("notices")).body.decode())
    for words in ("names you, on", "on your", "Trains & planes", "share-unseen", "Hi @ada"):
        assert words in page, words
    # A page that was only fetched was seen by nobody.
    assert "share-unseen" in (await browser.open("notices")).body.decode()
    (until,) = re.findall(r'name="until" value="([0-9]+)"', page)
    await bob("POST", f"api/shares/{share_id}/comments", {"text": "And now?"})
    assert (await browser.send("notices", until=until)).code == 303
    assert '<span class="share-count">1</span>' in (await browser.open("")).body.decode()
    assert (await browser.send("notices", until="all")).code == 400


async def test_what_does_not_fit_any_more_is_not_lost(
    ada: Caller, bob: Caller, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id = (await publish(ada))["id"]
    monkeypatch.setattr(core, "COMMENTS", 1)
    await bob("POST", f"api/shares/{share_id}/comments", {"text": "First"})
    await browser.open(share_id)
    answer = await browser.send(f"{share_id}/comments", text="Long and wise")
    page = answer.body.decode()
    assert answer.code == 409
    assert "comments already" in page
    assert "Long and wise</textarea>" in page


async def test_the_hub_is_asked_for_names_once_however_many_are_unknown(
    ada: Caller, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id = (await publish(ada))["id"]
    hub.full_names["ada"] = "王伟"
    newest, asked = People.newest, []

    async def count(people: People) -> None:
        asked.append(people)
        await newest(people)

    monkeypatch.setattr(People, "newest", count)
    text = " ".join(f"@nobody{n}" for n in range(18)) + " @王伟"
    _, made = await ada("POST", f"api/shares/{share_id}/comments", {"text": text})
    assert made["mentions"] == ["ada"]
    assert len(asked) == 1


async def test_whose_comment_was_removed_is_noted(
    ada: Caller, bob: Caller, browser: Browser
) -> None:
    share_id = (await publish(ada))["id"]
    _, made = await bob("POST", f"api/shares/{share_id}/comments", {"text": "Spam"})
    await ada("DELETE", f"api/shares/{share_id}/comments/{made['number']}")
    assert "removed a comment of bob" in (await browser.open(f"{share_id}/history")).body.decode()
