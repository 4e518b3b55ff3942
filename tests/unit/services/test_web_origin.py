"""Whose requests get the use of a reader's sign-in: the services' own pages', nobody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from lodge_services.errors import Forbidden
from lodge_services.pages.environment import Pages
from lodge_services.testing import COOKIE_SECRET
from lodge_services.web.app import create_application
from lodge_services.web.auth import scoped
from lodge_services.web.context import ServiceContext
from lodge_services.web.handlers import ApiHandler
from lodge_services.web.operations import operation
from lodge_services.web.origin import refuse_foreign
from lodge_services.web.pages import PageHandler
from lodge_services.web.route import Route
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from lodge_services.testing import FakeHub

LODGE = "http://lodge.localhost:8000"
ADA = "http://ada.lodge.localhost:8000"
READ = "custom:lodge-shares:read"

FETCHED = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FRAMED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
PICTURE = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}


def request(method: str, headers: dict[str, str]) -> HTTPServerRequest:
    line = RequestStartLine(method, "/services/shares/", "HTTP/1.1")
    sent = HTTPHeaders({"Host": "lodge.localhost:8000", **headers})
    return HTTPServerRequest(start_line=line, headers=sent)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("POST", {}),
        ("POST", {"Origin": LODGE}),
        ("GET", {"Sec-Fetch-Site": "same-origin", **FETCHED}),
        ("POST", {"Sec-Fetch-Site": "same-origin", "Origin": LODGE, **OPENED}),
        ("GET", {"Sec-Fetch-Site": "none", **OPENED}),
        ("GET", {"Sec-Fetch-Site": "same-site", **OPENED}),
        ("GET", {"Sec-Fetch-Site": "cross-site", **OPENED}),
    ],
)
def test_own_pages_programs_and_links_are_let_through(method: str, headers: dict[str, str]) -> None:
    for public_url in (LODGE, ""):
        refuse_foreign(request(method, headers), public_url)


@pytest.mark.parametrize("site", ["same-site", "cross-site", "nonsense"])
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", FETCHED),
        ("GET", PICTURE),
        ("GET", FRAMED),
        ("POST", OPENED),
        ("POST", FETCHED),
        ("DELETE", FETCHED),
    ],
)
def test_what_another_page_asks_for_is_refused(
    site: str, method: str, headers: dict[str, str]
) -> None:
    with pytest.raises(Forbidden, match="another origin"):
        refuse_foreign(request(method, {"Sec-Fetch-Site": site, **headers}), LODGE)


@pytest.mark.parametrize("origin", [ADA, "null", "http://lodge.localhost:9000", "https://x.org"])
def test_a_write_from_another_origin_is_refused_by_browsers_without_fetch_metadata_too(
    origin: str,
) -> None:
    with pytest.raises(Forbidden):
        refuse_foreign(request("POST", {"Origin": origin}), LODGE)


class ThingsHandler(ApiHandler):
    @scoped(READ)
    @operation("List things")
    async def get(self) -> Any:
        return []


class ThingPage(PageHandler):
    @scoped(READ)
    async def get(self) -> None:
        self.finish("page")


async def test_with_a_cookie_it_is_refused_with_a_token_it_is_not(
    make_hub: Callable[..., FakeHub], start: Any
) -> None:
    hub = make_hub("shares")
    context = ServiceContext(hub=hub.settings(), core=None, pages=Pages())
    routes = [Route("api/things", ThingsHandler, "things"), Route("page", ThingPage, "page")]
    application = create_application(routes, context, cookie_secret=COOKIE_SECRET, title="Things")
    ask = await start(application, hub)
    token = hub.add_member("ada")
    foreign = {"Sec-Fetch-Site": "same-site", **FETCHED}
    for path in ("api/things", "page"):
        refused = await ask("GET", path, headers={**foreign, "Cookie": hub.cookie(token)})
        assert refused.code == 403
    assert json.loads((await ask("GET", "api/things", headers=foreign)).body)["reason"] == (
        "foreign_page"
    )
    assert hub.asked == 0
    assert (await ask("GET", "api/things", token=token, headers=foreign)).code == 200
    followed = {"Sec-Fetch-Site": "same-site", **OPENED, "Cookie": hub.cookie(token)}
    assert (await ask("GET", "page", headers=followed)).code == 200


@pytest.mark.parametrize(
    ("public_url", "targets"),
    [(LODGE, "'self' http://*.lodge.localhost:8000"), ("", "'self'")],
)
async def test_a_form_may_lead_to_users_servers_where_they_have_origins_of_their_own(
    make_hub: Callable[..., FakeHub], start: Any, public_url: str, targets: str
) -> None:
    hub = make_hub("shares")
    settings = replace(hub.settings(), public_url=public_url)
    context = ServiceContext(hub=settings, core=None, pages=Pages())
    routes = [Route("page", ThingPage, "page")]
    application = create_application(routes, context, cookie_secret=COOKIE_SECRET, title="Things")
    ask = await start(application, hub)
    page = await ask("GET", "page", headers={**OPENED, "Cookie": hub.cookie(hub.add_member("ada"))})
    assert page.code == 200
    assert f"form-action {targets};" in page.headers["Content-Security-Policy"]
