"""The pages of shares, as a browser uses them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from lodge_services.shares.service import SharesService
from lodge_services.testing import FakeHub
from support.sharing import Browser, Caller, notebook, publish


async def test_gallery(browser: Browser, ada: Caller) -> None:
    empty = await browser.open("")
    assert b"Nothing is shared yet" in empty.body
    share = await publish(ada, "<b>Delays</b>", tags=["a&b"], notebook=notebook(picture=True))
    page = (await browser.open("")).body.decode()
    assert "&lt;b&gt;Delays&lt;/b&gt;" in page
    assert "1 notebook" in page
    assert "?tag=a%26b" in page
    picture = await browser.open(f"{share['id']}/versions/1/picture")
    assert (picture.code, picture.headers["Content-Type"]) == (200, "image/png")
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert b"Nothing was found" in (await browser.open("?q=zzz")).body
    assert (await browser.open("?cursor=zzz")).code == 400
    for _ in range(25):
        await publish(ada)
    first = (await browser.open("")).body.decode()
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more is not None
    assert first.count("shares-card") == 24
    last = (await browser.open(more[1].replace("&amp;", "&"))).body.decode()
    assert last.count("shares-card") == 2


async def test_the_order_of_the_gallery(
    browser: Browser, ada: Caller, bob: Caller, service: SharesService
) -> None:
    read, newer = await publish(bob, "Read"), await publish(bob, "Newer")
    own = await publish(ada, "Own")
    for one in (read, read, own):
        await browser.open(one["id"])
    service.readings.flush()
    code, listed = await ada("GET", "api/shares?sort=reads&limit=2")
    assert (code, [one["id"] for one in listed["items"]]) == (200, [read["id"], own["id"]])
    assert [one["reads"] for one in listed["items"]] == [1, 0]
    page = (await browser.open("?sort=reads&q=e")).body.decode()
    titles = re.findall(r"<h2><a[^>]*>([^<]+)", page)
    assert titles == ["Read", "Newer"]
    assert "1 reader<" in page
    assert re.search(r'aria-current="true" href="[^"]*\?q=e&amp;sort=reads"', page)
    await browser.open(f"{newer['id']}/versions/1")
    await browser.open(read["id"])
    service.readings.flush()
    again = (await browser.open("?sort=reads&q=e")).body.decode()
    assert re.findall(r"<h2><a[^>]*>([^<]+)", again) == ["Newer", "Read"]
    assert (await browser.open("?sort=x")).code == 400
    assert (await ada("GET", "api/shares?sort=x"))[0] == 400


async def test_the_page_of_a_person(
    browser: Browser, ada: Caller, bob: Caller, service: SharesService
) -> None:
    share = await publish(bob, "One")
    await publish(bob, "Two")
    await publish(ada, "Three")
    await browser.open(share["id"])
    service.readings.flush()
    link = re.search(
        r'shares-owner" href="([^"]+)"', (await browser.open(share["id"])).body.decode()
    )
    assert link is not None
    page = (await browser.open(link[1])).body.decode()
    assert re.search(r"<h1[^>]*>bob</h1>", page)
    assert re.findall(r"<h2><a[^>]*>([^<]+)", page) == ["Two", "One"]
    totals = re.search(r"</h1>(.*?)</p>", page, re.DOTALL)
    assert totals is not None
    assert re.findall(r"<span>([^<]+)</span>", totals[1]) == ["2 notebooks", "0 forks", "1 reader"]
    none = (await browser.open("?owner=wei%3Cb%3E")).body.decode()
    assert "wei&lt;b&gt; has shared no notebook yet" in none
    assert b"Nothing was found" in (await browser.open("?owner=bob&q=zzz")).body


async def test_sources_and_tables_lead_to_more(browser: Browser, ada: Caller) -> None:
    text = "%%sql --source big&one\nSELECT * FROM Shop.Orders"
    share = await publish(ada, "Orders", notebook=notebook(text))
    await publish(ada, "Other")
    page = (await browser.open(share["id"])).body.decode()
    found = re.findall(r'href="/services/shares/(\?(?:source|table)=[^"]*)"', page)
    assert found == ["?source=big%26one", "?source=big%26one&amp;table=shop.orders"]
    for address in found:
        shown = (await browser.open(address.replace("&amp;", "&"))).body.decode()
        assert re.findall(r"<h2><a[^>]*>([^<]+)", shown) == ["Orders"]
        assert "Source big&amp;one" in shown
    assert (await ada("GET", "api/shares?table=shop.orders"))[1]["items"][0]["id"] == share["id"]
    assert (await ada("GET", "api/shares?source=other"))[1]["items"] == []
    assert b"Nothing was found" in (await browser.open("?table=none")).body


async def test_share_page(browser: Browser, ada: Caller, bob: Caller) -> None:
    share = await publish(ada, "T", notebook=notebook("<script>alert(1)</script>", picture=True))
    page = (await browser.open(share["id"])).body.decode()
    assert "<script>alert" not in page
    scripts = re.findall(r"<script[^>]*>", page)
    assert len(scripts) == 3
    assert all(
        re.match(r'<script src="/services/shares/static/[a-z]+\.js\?', one) for one in scripts
    )
    assert "data:image/png;base64" in page
    assert "Edit details" in page
    assert not re.search(r"\son\w+=|\sstyle=", page)
    others = await publish(bob)
    assert "Edit details" not in (await browser.open(others["id"])).body.decode()
    assert (await browser.open("0" * 12)).code == 404
    assert (await browser.open(f"{share['id']}/versions/2")).code == 404


async def test_a_full_disk_is_told(
    browser: Browser, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = await publish(ada)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, answer = await ada("POST", "api/shares", {"title": "T", "notebook": notebook("2")})
    assert (code, answer["reason"]) == (507, "storage_full")
    assert "what was kept before is whole" in answer["message"]
    monkeypatch.setattr(
        "lodge_services.shares.core.Shares.update",
        lambda *_, **__: full(0),
    )
    await browser.open(share["id"])
    page = await browser.send(f"{share['id']}/edit", title="New", description="", tags="")
    assert page.code == 507
    assert "disk is full" in page.body.decode()


@pytest.mark.parametrize("how", ["lost", "damaged", "a folder", "not to be rendered"])
async def test_the_page_of_a_lost_notebook_has_all_the_rest(
    browser: Browser,
    ada: Caller,
    service: SharesService,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    # What was rendered before is shown all the same.
    nothing = lambda *_: None  # noqa: E731
    monkeypatch.setattr("lodge_services.shares.api.shares.SharesApiHandler.render_ahead", nothing)
    share = await publish(ada)
    content = service.shares.store._path(share["digest"])  # type: ignore[attr-defined]
    if how == "damaged":
        content.write_bytes(b"{}")
    elif how == "not to be rendered":

        def fail(*_: Any, **__: Any) -> str:
            raise RecursionError

        monkeypatch.setattr("lodge_services.shares.service.render_notebook", fail)
    else:
        content.unlink()
        if how == "a folder":
            content.mkdir()
    page = await browser.open(share["id"])
    assert page.code == 200
    assert "its notebook is lost or damaged" in page.body.decode()
    assert "Delete this notebook" in page.body.decode()
    assert (await browser.open("")).code == 200
    if how in ("lost", "damaged"):
        path = f"api/shares/{share['id']}/versions/1/notebook"
        code, answer = await ada("GET", path)
        assert (code, answer["reason"]) == (410, "content_missing")
        code, again = await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook()})
        assert (code, again["version"]) == (200, 1)
        assert (await ada("GET", path))[0] == 200


async def test_older_version_page(browser: Browser, ada: Caller) -> None:
    share = await publish(ada)
    await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook("two")})
    old = (await browser.open(f"{share['id']}/versions/1")).body.decode()
    assert "older version" in old
    chosen = await browser.open(f"{share['id']}?version=1")
    assert chosen.headers["Location"].endswith(f"/{share['id']}/versions/1")
    assert "older version" not in (await browser.open(share["id"])).body.decode()


async def test_fork_button(browser: Browser, ada: Caller) -> None:
    share = await publish(ada)
    await browser.open(share["id"])
    sent = await browser.send(f"{share['id']}/fork", version="1")
    assert sent.code == 303
    ticket = parse_qs(urlsplit(sent.headers["Location"]).query)["ticket"][0]
    assert (await ada("POST", "api/forks", {"ticket": ticket}))[0] == 200


async def test_forms_need_the_xsrf_token(browser: Browser, ada: Caller) -> None:
    share = await publish(ada)
    for form in ("fork", "edit", "delete", "restore"):
        refused = await browser.send(f"{share['id']}/{form}", confirm="Delays", title="x")
        assert refused.code == 403
    assert await ada("GET", f"api/shares/{share['id']}") == (200, share)


async def test_edit_form(browser: Browser, ada: Caller) -> None:
    share = await publish(ada)
    await browser.open(share["id"])
    form = {"title": " New  title ", "description": "a\r\nb", "tags": "x, ，y,#X"}
    assert (await browser.send(f"{share['id']}/edit", **form)).code == 303
    _, changed = await ada("GET", f"api/shares/{share['id']}")
    assert (changed["title"], changed["description"], changed["tags"]) == (
        "New title",
        "a\nb",
        ["x", "y"],
    )
    wrong = await browser.send(f"{share['id']}/edit", title="", description="kept", tags="")
    assert wrong.code == 400
    assert b"kept</textarea>" in wrong.body
    assert b'role="alert"' in wrong.body


async def test_delete_form_and_undo(browser: Browser, ada: Caller) -> None:
    share = await publish(ada, "My  title")
    await browser.open(share["id"])
    wrong = await browser.send(f"{share['id']}/delete", confirm="my title")
    assert wrong.code == 400
    done = await browser.send(f"{share['id']}/delete", confirm=" My title ")
    assert done.code == 303
    gallery = await browser.open(done.headers["Location"])
    assert "“My title” was deleted." in gallery.body.decode()
    gone = await browser.open(share["id"])
    assert gone.code == 410
    assert b"Undo" in gone.body
    assert (await browser.send(f"{share['id']}/restore")).code == 303
    assert (await browser.open(share["id"])).code == 200


async def test_others_do_not_see_what_was_deleted(
    ask: Any, hub: FakeHub, ada: Caller, bob: Caller
) -> None:
    share = await publish(ada, "Secret title")
    await ada("DELETE", f"api/shares/{share['id']}")
    other = Browser(ask, hub.cookie(bob.token))
    assert (await other.open(share["id"])).code == 404
    assert b"Secret" not in (await other.open(f"?deleted={share['id']}")).body


async def test_download(browser: Browser, ada: Caller) -> None:
    share = await publish(ada, "延误")
    file = await browser.open(f"{share['id']}/versions/1/download")
    assert file.headers["Content-Disposition"] == (
        "attachment; filename*=UTF-8''%E5%BB%B6%E8%AF%AF.ipynb"
    )
    nbformat.validate(nbformat.reads(file.body.decode(), as_version=4))


async def test_pages_send_strangers_to_sign_in(ask: Any, ada: Caller) -> None:
    share = await publish(ada)
    for path in ("", share["id"], f"{share['id']}/versions/1/download"):
        response = await ask("GET", path)
        assert response.code == 302
        assert "/hub/api/oauth2/authorize" in response.headers["Location"]
    assert (await ask("POST", f"{share['id']}/fork", body=b"")).code == 401


async def test_chinese_gallery(browser: Browser, ada: Caller) -> None:
    await publish(ada)
    browser.headers["Accept-Language"] = "zh-CN"
    page = (await browser.open("")).body.decode()
    assert "作品库" in page
    assert 'lang="zh-CN"' in page
    assert "Notebooks" not in page


async def test_a_version_is_one_file_of_html(browser: Browser, ada: Caller) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("$x^2$ <script>alert(1)</script>"),
        *notebook(picture=True)["cells"],
    ]
    share = await publish(ada, "Late </style><b>", notebook=nbformat.v4.new_notebook(cells=cells))
    answer = await browser.open(f"{share['id']}/versions/1/html")
    page = answer.body.decode()
    assert answer.headers["Content-Disposition"].endswith("late-style-b.html")
    assert "Late &lt;/style&gt;&lt;b&gt;" in page
    assert page.count("<style>") == page.count("</style>") == 1
    assert "<script" not in page
    # All that it names is within itself.
    assert not re.search(r"<link|@import|(?:src|href)=\"(?!data:|#)", page)
    assert all(one.startswith("data:") for one in re.findall(r'url\("?([^")]*)', page))
    assert "data:font/woff2;base64,d09GMg" in page
    assert "data:image/png;base64" in page
    plain = await publish(ada, "Plain", notebook=notebook())
    assert len((await browser.open(f"{plain['id']}/versions/1/html")).body) < 40_000
    assert (await browser.open(f"{share['id']}/versions/2/html")).code == 404
