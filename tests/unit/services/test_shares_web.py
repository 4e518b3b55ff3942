"""The service over HTTP: the API as its contract says, and the pages as a browser uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import nbformat
import pytest
from lodge_services.pages import chinese
from lodge_services.pages.translation import choose_language
from lodge_services.shares import chinese as shares_chinese
from lodge_services.shares.app import shares_application
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from lodge_services.web.app import common_routes
from lodge_services.web.auth import public_reason_of, scope_of
from lodge_services.web.openapi import verbs_of
from lodge_services.web.operations import operation_of
from openapi_spec_validator import validate

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def hub(make_hub: Callable[..., FakeHub]) -> FakeHub:
    return make_hub("shares")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/shares.sqlite", tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
async def ask(hub: FakeHub, service: SharesService, start: Any) -> Any:
    application = shares_application(hub.settings(), service, cookie_secret=COOKIE_SECRET)
    return await start(application, hub)


def notebook(text: str = "1", picture: bool = False, **metadata: Any) -> dict[str, Any]:
    data = {"image/png": PNG} if picture else {"text/plain": "1"}
    output = nbformat.v4.new_output("display_data", data=data)
    cell = nbformat.v4.new_code_cell(text, id="one", outputs=[output])
    return dict(nbformat.v4.new_notebook(cells=[cell], metadata=metadata))


class Caller:
    """Somebody with a token, who speaks JSON."""

    def __init__(self, ask: Any, token: str) -> None:
        self.ask, self.token = ask, token

    async def __call__(self, method: str, path: str, value: Any = None) -> tuple[int, Any]:
        body = None if value is None else json.dumps(value).encode()
        response = await self.ask(method, path, token=self.token, body=body)
        return response.code, json.loads(response.body) if response.body else None


class Browser:
    """Somebody who has signed in, and sends the forms of the pages."""

    def __init__(self, ask: Any, cookie: str) -> None:
        self.ask = ask
        self.headers = {"Cookie": cookie, "Sec-Fetch-Mode": "navigate"}

    async def open(self, path: str) -> Any:
        page = await self.ask("GET", path, headers=self.headers)
        for cookie in page.headers.get_list("Set-Cookie"):
            if cookie.startswith("_xsrf="):
                self.headers["Cookie"] += "; " + cookie.partition(";")[0]
        return page

    async def send(self, path: str, **fields: str) -> Any:
        xsrf = re.findall(r"_xsrf=([^;]+)", self.headers["Cookie"])
        body = urlencode({**fields, "_xsrf": xsrf[-1] if xsrf else ""})
        sent = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
        return await self.ask("POST", path, headers=sent, body=body)


@pytest.fixture
def ada(ask: Any, hub: FakeHub) -> Caller:
    return Caller(ask, hub.add_member("ada"))


@pytest.fixture
def bob(ask: Any, hub: FakeHub) -> Caller:
    return Caller(ask, hub.add_member("bob"))


@pytest.fixture
def browser(ask: Any, hub: FakeHub, ada: Caller) -> Browser:
    return Browser(ask, hub.cookie(ada.token))


async def publish(caller: Caller, title: str = "Delays", **fields: Any) -> Any:
    sent = {"title": title, "notebook": notebook(), **fields}
    code, share = await caller("POST", "api/shares", sent)
    assert code == 201, share
    return share


# The API


async def test_share_has_the_fields_of_the_contract(ada: Caller) -> None:
    share = await publish(ada, description="Why", tags=["#flights", "Flights", " a  b "])
    assert set(share) == {
        *("id", "owner", "title", "description", "tags", "version", "digest"),
        *("created_at", "updated_at", "url", "forked_from", "forks"),
    }
    assert (share["owner"], share["version"], share["forks"]) == ("ada", 1, 0)
    assert share["tags"] == ["flights", "a b"]
    assert re.fullmatch(r"[0-9a-z]{12}", share["id"])
    assert re.fullmatch(r"[0-9a-f]{64}", share["digest"])
    assert share["created_at"].endswith("Z")
    assert share["url"] == f"/services/shares/{share['id']}"
    assert await ada("GET", f"api/shares/{share['id']}") == (200, share)


async def test_patch_versions_and_notebook(ada: Caller, bob: Caller) -> None:
    share = await publish(ada)
    one = f"api/shares/{share['id']}"
    assert (await bob("PATCH", one, {"title": "x"}))[0] == 403
    code, changed = await ada("PATCH", one, {"title": "New", "notebook": notebook("2")})
    assert (code, changed["title"], changed["version"]) == (200, "New", 2)
    code, again = await ada("PATCH", one, {"notebook": notebook("2", lodge={"share": {}})})
    assert (code, again["version"]) == (200, 2)
    _, versions = await bob("GET", f"{one}/versions")
    assert [item["version"] for item in versions["items"]] == [2, 1]
    assert set(versions["items"][0]) == {"version", "digest", "created_at"}
    _, first = await bob("GET", f"{one}/versions/1/notebook")
    assert first["cells"][0]["source"] == "1"
    for number in ("3", "0", "x", "9" * 30, "1e1"):
        assert (await ada("GET", f"{one}/versions/{number}/notebook"))[0] == 404


async def test_delete_and_restore(ada: Caller, bob: Caller) -> None:
    share = await publish(ada)
    one = f"api/shares/{share['id']}"
    assert (await bob("DELETE", one))[0] == 403
    assert await ada("DELETE", one) == (204, None)
    code, problem = await ada("GET", one)
    assert (code, problem["reason"]) == (404, "share_not_found")
    assert (await bob("POST", f"{one}/restore"))[0] == 403
    assert await ada("POST", f"{one}/restore") == (200, share)


async def test_admin_scope_may_change_what_is_anothers(ask: Any, hub: FakeHub, ada: Caller) -> None:
    share = await publish(ada)
    root = Caller(ask, hub.add_admin("root"))
    hub.users[root.token]["admin"] = False
    assert (await root("PATCH", f"api/shares/{share['id']}", {"title": "x"}))[0] == 200
    flagged = Caller(ask, hub.add_member("flag"))
    hub.users[flagged.token]["admin"] = True
    assert (await flagged("DELETE", f"api/shares/{share['id']}"))[0] == 403


async def test_a_service_is_not_the_user_of_its_name(ask: Any, hub: FakeHub, ada: Caller) -> None:
    share = await publish(ada)
    scopes = ("custom:lodge-shares:read", "custom:lodge-shares:write")
    service = Caller(ask, hub.add_user("ada", *scopes, kind="service"))
    assert (await service("DELETE", f"api/shares/{share['id']}"))[0] == 403
    assert (await publish(service))["owner"] == "service:ada"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "must not be empty"),
        ({"title": " \n "}, "must not be empty"),
        ({"title": "x" * 201}, "at most 200"),
        ({"title": "a\x00b"}, "control characters"),
        ({"title": "\ud800"}, "not valid"),
        ({"tags": ["x"] * 13}, "at most 12"),
        ({"tags": ["x" * 51]}, "at most 50"),
        ({"tags": ["#"]}, "must not be empty"),
        ({"tags": "a,b"}, "valid list"),
        ({"notebook": {"cells": []}}, "no nbformat"),
        ({"notebook": []}, "dictionary"),
        ({"labels": []}, 'no field "labels"'),
    ],
)
async def test_what_is_refused(ada: Caller, change: dict[str, Any], sentence: str) -> None:
    code, problem = await ada(
        "POST", "api/shares", {"title": "T", "notebook": notebook(), **change}
    )
    assert code == 400
    assert sentence in problem["message"]
    assert set(problem) == {"message", "reason"}


async def test_list_pages_and_searches(ada: Caller, bob: Caller) -> None:
    for number in range(5):
        await publish(ada, f"Delays {number}", tags=["flights"])
    await publish(bob, "航班")
    code, page = await ada("GET", "api/shares?limit=4&owner=ada")
    assert (code, len(page["items"])) == (200, 4)
    _, rest = await ada("GET", f"api/shares?limit=4&owner=ada&cursor={page['next_cursor']}")
    assert [item["title"] for item in rest["items"]] == ["Delays 0"]
    assert rest["next_cursor"] is None
    _, found = await ada("GET", "api/shares?q=%E8%88%AA")
    assert [item["owner"] for item in found["items"]] == ["bob"]
    _, tagged = await ada("GET", "api/shares?tag=FLIGHTS&q=3")
    assert [item["title"] for item in tagged["items"]] == ["Delays 3"]
    assert (await ada("GET", "api/shares?limit=0"))[0] == 400
    assert (await ada("GET", "api/shares?page=2"))[0] == 400
    assert (await ada("GET", "api/shares?cursor=zzz"))[1]["reason"] == "bad_cursor"


async def test_forking(ada: Caller, bob: Caller) -> None:
    share = await publish(ada, "Flight delays!")
    await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook("2")})
    code, ticket = await bob("POST", f"api/shares/{share['id']}/forks", {"version": 1})
    assert code == 201
    assert set(ticket) == {"ticket", "url", "expires_at"}
    address = urlsplit(ticket["url"])
    assert address.path == "/hub/user-redirect/lodge/fork"
    assert parse_qs(address.query) == {"ticket": [ticket["ticket"]]}
    asked = {"ticket": ticket["ticket"]}
    assert (await ada("POST", "api/forks", asked))[1]["reason"] == "ticket_of_another"
    code, forked = await bob("POST", "api/forks", asked)
    assert code == 200
    assert (forked["version"], forked["filename"]) == (1, "flight-delays.ipynb")
    assert forked["notebook"]["cells"][0]["source"] == "1"
    assert (forked["share"]["id"], forked["share"]["forks"]) == (share["id"], 1)
    code, problem = await bob("POST", "api/forks", asked)
    assert (code, problem["reason"]) == (410, "ticket_used")
    assert (await bob("POST", "api/forks", {"ticket": "x"}))[0] == 404
    assert (await bob("POST", f"api/shares/{share['id']}/forks", {"version": 9}))[0] == 404
    assert (await bob("POST", f"api/shares/{share['id']}/forks"))[0] == 201


async def test_every_verb_is_authorised_and_every_api_verb_documented(ask: Any) -> None:
    document = json.loads((await ask("GET", "api/openapi.json")).body)
    validate(document)
    from lodge_services.shares.routes import routes

    for route in [*common_routes(), *routes()]:
        verbs = list(verbs_of(route))
        assert verbs, route.path
        for verb, method in verbs:
            name = f"{verb.upper()} {route.path}"
            assert scope_of(method) or public_reason_of(method), name
            # on the concrete verb: an inherited one would carry its parent's scope
            assert verb in vars(route.handler), name
            if route.path.startswith("api/"):
                assert operation_of(method), name
                entry = document["paths"][f"/{route.path}"][verb]
                scope = scope_of(method)
                assert entry["security"] == ([{"hub": [scope]}] if scope else [])


async def test_writing_needs_the_write_scope(ask: Any, hub: FakeHub, ada: Caller) -> None:
    share = await publish(ada)
    reader = Caller(ask, hub.add_user("ada", "custom:lodge-shares:read"))
    one = f"api/shares/{share['id']}"
    assert (await reader("GET", one))[0] == 200
    for method, path, value in (
        ("POST", "api/shares", {"title": "x", "notebook": notebook()}),
        ("PATCH", one, {"title": "x"}),
        ("DELETE", one, None),
        ("POST", f"{one}/restore", None),
    ):
        assert (await reader(method, path, value))[1]["reason"] == "missing_scope"


# The pages


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


async def test_share_page(browser: Browser, ada: Caller, bob: Caller) -> None:
    share = await publish(ada, "T", notebook=notebook("<script>alert(1)</script>", picture=True))
    page = (await browser.open(share["id"])).body.decode()
    assert "<script>alert" not in page
    assert page.count("<script") == 1
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
    monkeypatch.setattr("lodge_services.shares.api.SharesApiHandler.render_ahead", nothing)
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


# Words, and what is kept


def test_every_string_of_the_templates_has_its_chinese() -> None:
    import lodge_services

    package = Path(lodge_services.__file__).parent
    known = {**chinese.MESSAGES, **shares_chinese.MESSAGES}
    strings: set[str] = set()
    for folder in ("pages/templates", "shares/templates"):
        for path in (package / folder).glob("*.html"):
            for call in re.findall(r"_\(((?:\"[^\"]*\"|'[^']*')[^)]*)\)", path.read_text()):
                head = call.split(", ", 1)[0] if " if " not in call else call
                quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", head.split(", count")[0])
                strings |= {a or b for a, b in quoted}
    assert len(strings) > 40
    assert strings - set(known) == set()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-TW,en;q=0.5", "zh"),
        ("en,zh;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=oops", "en"),
        ("*;;;,=", "en"),
    ],
)
def test_languages(header: str, language: str) -> None:
    assert choose_language(header) == language


# What is kept for readers


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
