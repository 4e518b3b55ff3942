"""The base that services are built on: who may, what errors look like, what is never logged."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
from lodge_services.errors import Conflict
from lodge_services.pages.environment import Pages
from lodge_services.testing import COOKIE_SECRET, FakeHub
from lodge_services.web.app import create_application
from lodge_services.web.auth import make_hub_auth, scoped
from lodge_services.web.context import ServiceContext
from lodge_services.web.handlers import ApiHandler
from lodge_services.web.operations import operation
from lodge_services.web.pages import PageHandler
from lodge_services.web.route import Route
from openapi_spec_validator import validate
from pydantic import BaseModel, ConfigDict, Field
from tornado import web

if TYPE_CHECKING:
    from collections.abc import Callable

READ = "custom:lodge-shares:read"
WRITE = "custom:lodge-shares:write"


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    colour: str = "green"


class NewThing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str = Field(min_length=1)
    tags: list[str] = []
    inner: Inner = Inner()


class ThingQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int = Field(default=10, ge=1, le=50)
    tag: list[str] = []


class Thing(BaseModel):
    title: str
    owner: str


class ThingsHandler(ApiHandler):
    @scoped(READ)
    @operation("List things", query=ThingQuery)
    async def get(self, query: ThingQuery) -> Any:
        return {"limit": query.limit, "tag": query.tag}

    @scoped(WRITE)
    @operation("Make a thing", body=NewThing, returns=Thing, status=201, errors=(409,))
    async def post(self, body: NewThing) -> Thing:
        if body.title == "taken":
            raise Conflict("taken", "There is a thing of that title; choose another one.")
        if body.title == "bug":
            raise ValueError("secret detail")
        return await self.call(Thing, title=body.title, owner=self.user.name)


class ThingPage(PageHandler):
    @scoped(READ)
    async def get(self, thing_id: str) -> None:
        self.page(
            "error.html",
            heading=f"<b>{thing_id}</b>",
            message=self.xsrf_token.decode(),
            sign_in_url=None,
        )

    @scoped(WRITE)
    async def post(self, thing_id: str) -> None:
        self.redirect(self.page_url(thing_id), status=303)


ROUTES = [
    Route("api/things", ThingsHandler, "things"),
    Route("{thing_id}", ThingPage, "thing_page", {"thing_id": "[0-9a-z]{1,12}"}),
]


@pytest.fixture
def hub(make_hub: Callable[..., FakeHub]) -> FakeHub:
    return make_hub("shares")


@pytest.fixture
async def ask(hub: FakeHub, start: Any) -> Any:
    context = ServiceContext(hub=hub.settings(), core=None, pages=Pages(), max_body=1000)
    application = create_application(ROUTES, context, cookie_secret=COOKIE_SECRET, title="Things")
    return await start(application, hub)


def answer(response: Any) -> Any:
    return json.loads(response.body)


async def test_health_needs_nobody(ask: Any) -> None:
    response = await ask("GET", "api/health")
    assert response.code == 200
    assert answer(response) == {"status": "ok"}


async def test_api_without_token_is_401(ask: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        response = await ask("GET", "api/things", headers=headers)
        assert response.code == 401
        assert answer(response)["reason"] == "not_signed_in"


async def test_scopes_rule(ask: Any, hub: FakeHub) -> None:
    reader = hub.add_user("rea", READ)
    assert (await ask("GET", "api/things", token=reader)).code == 200
    refused = await ask("POST", "api/things", token=reader, body=b'{"title": "x"}')
    assert refused.code == 403
    assert answer(refused)["reason"] == "missing_scope"
    assert WRITE in answer(refused)["message"]


async def test_custom_scope_without_access_is_not_enough(ask: Any, hub: FakeHub) -> None:
    token = hub.add_user("out", READ)
    hub.users[token]["scopes"] = [READ]
    assert (await ask("GET", "api/things", token=token)).code == 403


async def test_reply_and_errors(ask: Any, hub: FakeHub) -> None:
    token = hub.add_member("ada")
    made = await ask("POST", "api/things", token=token, body=b'{"title": "x"}')
    assert (made.code, answer(made)) == (201, {"title": "x", "owner": "ada"})
    taken = await ask("POST", "api/things", token=token, body=b'{"title": "taken"}')
    assert (taken.code, answer(taken)["reason"]) == (409, "taken")
    bug = await ask("POST", "api/things", token=token, body=b'{"title": "bug"}')
    assert bug.code == 500
    assert "secret detail" not in bug.body.decode()
    assert "incident" in answer(bug)["message"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"titel": "x"}', 'There is no field "titel"; did you mean "title"? Known are: inner'),
        (b"{}", 'The field "title" is missing.'),
        (b'{"title": "x", "inner": {"color": "red"}}', 'did you mean "colour"?'),
        (b'{"title": ""}', 'The field "title" is not valid: string should have at least 1'),
        (b'{"title": NaN}', "NaN is no JSON number"),
        (b"[1]", "must be a JSON object"),
        (b"{", "not valid JSON"),
        (b"\xff", "not UTF-8"),
        (b"[" * 900 + b"]" * 100, "not valid JSON"),
    ],
)
async def test_bad_bodies(ask: Any, hub: FakeHub, body: bytes, sentence: str) -> None:
    response = await ask("POST", "api/things", token=hub.add_member("ada"), body=body)
    assert response.code == 400
    assert sentence in answer(response)["message"]


async def test_query_is_parsed(ask: Any, hub: FakeHub) -> None:
    token = hub.add_member("ada")
    good = await ask("GET", "api/things?limit=5&tag=a&tag=%E4%B8%AD", token=token)
    assert answer(good) == {"limit": 5, "tag": ["a", "中"]}
    empty = await ask("GET", "api/things?limit=", token=token)
    assert answer(empty)["limit"] == 10
    unknown = await ask("GET", "api/things?limits=5", token=token)
    assert unknown.code == 400
    assert 'did you mean "limit"?' in answer(unknown)["message"]
    assert (await ask("GET", "api/things?limit=9999", token=token)).code == 400


async def test_too_large_body(ask: Any, hub: FakeHub) -> None:
    response = await ask("POST", "api/things", token=hub.add_member("ada"), body=b"x" * 2000)
    assert (response.code, answer(response)["reason"]) == (413, "too_large")


async def test_unknown_paths_and_verbs(ask: Any, hub: FakeHub) -> None:
    missing = await ask("GET", "api/nothing")
    assert (missing.code, answer(missing)["reason"]) == (404, "not_found")
    page = await ask("GET", "no/page")
    assert page.code == 404
    assert b"<html" in page.body
    verb = await ask("DELETE", "api/things", token=hub.add_member("ada"))
    assert (verb.code, answer(verb)["reason"]) == (405, "method_not_allowed")


async def test_hub_down_is_503(ask: Any, hub: FakeHub) -> None:
    hub.down = True
    response = await ask("GET", "api/things", token="any")
    assert (response.code, answer(response)["reason"]) == (503, "hub_unreachable")


async def test_the_hub_is_asked_once_for_many_requests(ask: Any, hub: FakeHub) -> None:
    token = hub.add_member("ada")
    for _ in range(3):
        await ask("GET", "api/things", token=token)
    assert hub.asked == 1


async def test_page_escapes_and_has_security_headers(ask: Any, hub: FakeHub) -> None:
    response = await ask("GET", "abc", headers={"Cookie": hub.cookie(hub.add_member("ada"))})
    assert response.code == 200
    assert b"&lt;b&gt;abc&lt;/b&gt;" in response.body
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in response.headers


async def test_cookie_writes_need_the_xsrf_token(ask: Any, hub: FakeHub) -> None:
    cookie = hub.cookie(hub.add_member("ada"))
    headers = {"Cookie": cookie, "Sec-Fetch-Mode": "navigate"}
    page = await ask("GET", "abc", headers=headers)
    refused = await ask("POST", "abc", headers=headers, body=b"")
    assert refused.code == 403
    assert b"reload it" in refused.body
    xsrf = re.search(r"_xsrf=([^;]+)", page.headers["Set-Cookie"])
    assert xsrf is not None
    headers["Cookie"] = f"{cookie}; _xsrf={xsrf[1]}"
    for body, code in ((f"_xsrf={xsrf[1]}", 303), ("_xsrf=wrong", 403)):
        sent = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        assert (await ask("POST", "abc", headers=sent, body=body)).code == code


async def test_browser_signs_in_and_comes_back(ask: Any, hub: FakeHub) -> None:
    hub.add_member("ada")
    hub.sign_in_as = "ada"
    first = await ask("GET", "abc?x=1")
    assert first.code == 302
    state_cookie = first.headers["Set-Cookie"].partition(";")[0]
    authorized = await type(ask)(hub.origin, "/")("GET", first.headers["Location"])
    back = await ask("GET", authorized.headers["Location"], headers={"Cookie": state_cookie})
    assert back.code == 302
    assert back.headers["Location"].endswith("/services/shares/abc?x=1")
    cookies = "; ".join(c.partition(";")[0] for c in back.headers.get_list("Set-Cookie"))
    assert (await ask("GET", "abc", headers={"Cookie": cookies})).code == 200
    stale = await ask("GET", authorized.headers["Location"], headers={"Cookie": state_cookie})
    assert stale.code == 403


async def test_neither_token_nor_query_is_logged(
    ask: Any, hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    token = hub.add_member("ada")
    for path in ("api/things?limit=sesame", "api/none?ticket=sesame", "oauth_callback?code=sesame"):
        await ask("GET", path, token=token)
    await ask("POST", "api/things?x=sesame", token=token, body=b'{"title": "bug"}')
    assert "GET /services/shares/api/things ada" in caplog.text
    assert "sesame" not in caplog.text
    assert token not in caplog.text


async def test_static_files_are_kept_by_digest(ask: Any) -> None:
    page = await ask("GET", "no/page")
    address = re.search(rb'href="([^"]+lodge\.css\?v=[0-9a-f]+)"', page.body)
    assert address is not None
    kept = await ask("GET", address[1].decode())
    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["Content-Type"] == "text/css"
    assert "immutable" not in (await ask("GET", "static/lodge.css")).headers["Cache-Control"]
    for path in ("static/none.css", "static/../environment.py", "static/%2e%2e/environment.py"):
        assert (await ask("GET", path)).code == 404


async def test_chinese_page(ask: Any) -> None:
    page = await ask("GET", "no/page", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert "这里什么都没有" in page.body.decode()


async def test_openapi_document(ask: Any) -> None:
    document = answer(await ask("GET", "api/openapi.json"))
    validate(document)
    post = document["paths"]["/api/things"]["post"]
    assert post["security"] == [{"hub": [WRITE]}]
    assert set(post["responses"]) == {"201", "400", "401", "403", "409", "413", "503"}
    names = {p["name"] for p in document["paths"]["/api/things"]["get"]["parameters"]}
    assert names == {"limit", "tag"}
    assert "/{thing_id}" not in document["paths"]


async def test_base_url_is_respected(make_hub: Callable[..., FakeHub], start: Any) -> None:
    hub = make_hub("shares", "/team/")
    context = ServiceContext(hub=hub.settings(), core=None, pages=Pages())
    application = create_application(ROUTES, context, cookie_secret=COOKIE_SECRET, title="Things")
    ask = await start(application, hub)
    assert (await ask("GET", "/team/services/shares/api/health")).code == 200
    page = await ask("GET", "/team/services/shares/no/page")
    assert b'href="/team/hub/home"' in page.body


async def test_the_hub_is_asked_once_for_all_and_again_before_its_answer_is_old(
    make_hub: Callable[..., FakeHub], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = make_hub("shares")
    token = hub.add_member("ada")
    client = make_hub_auth(hub.settings())

    async def user() -> Any:
        return await client.user_for_token(token, session_id="s", sync=False)

    found = await asyncio.gather(*(user() for _ in range(20)))
    assert {one["name"] for one in found} == {"ada"}
    assert hub.asked == 1
    assert (await user())["name"] == "ada"
    assert hub.asked == 1
    # Half of the time is over: nobody waits, and what the hub says then counts.
    monkeypatch.setattr("lodge_services.web.auth.CACHE_SECONDS", 0)
    del hub.users[token]
    assert (await user())["name"] == "ada"
    async with asyncio.timeout(10):
        while await user() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await client.user_for_token(token, session_id="other", sync=False) is None


async def test_a_hub_that_is_down_is_told_once_its_answer_is_too_old(
    make_hub: Callable[..., FakeHub], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = make_hub("shares")
    token = hub.add_member("ada")
    client = make_hub_auth(hub.settings())

    async def user() -> Any:
        return await client.user_for_token(token, sync=False)

    assert (await user())["name"] == "ada"
    monkeypatch.setattr("lodge_services.web.auth.CACHE_SECONDS", 0)
    hub.down = True
    for _ in range(3):
        assert (await user())["name"] == "ada"
        await asyncio.sleep(0)
    client.cache.clear()
    with pytest.raises(web.HTTPError):
        await user()
