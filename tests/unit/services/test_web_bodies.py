"""A body is read for those who may send it; what nobody may send costs no memory."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from lodge_services.pages.environment import Pages
from lodge_services.testing import COOKIE_SECRET
from lodge_services.web.app import create_application
from lodge_services.web.auth import scoped
from lodge_services.web.context import ServiceContext
from lodge_services.web.handlers import ApiHandler
from lodge_services.web.operations import operation
from lodge_services.web.pages import PageHandler
from lodge_services.web.route import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from lodge_services.testing import FakeHub

WRITE = "custom:lodge-shares:write"
LARGEST = 4_000_000
PIECE = b"x" * 500_000


class SizeHandler(ApiHandler):
    @scoped(WRITE)
    @operation("Tell how long a body is")
    async def post(self) -> Any:
        return len(self.request.body)


class FormPage(PageHandler):
    @scoped(WRITE)
    async def post(self) -> None:
        self.finish(self.get_body_argument("title"))


@pytest.fixture
async def ask(make_hub: Callable[..., FakeHub], start: Any) -> Any:
    hub = make_hub("shares")
    context = ServiceContext(hub=hub.settings(), core=None, pages=Pages(), max_body=LARGEST)
    routes = [Route("api/size", SizeHandler, "size"), Route("form", FormPage, "form")]
    client = await start(
        create_application(routes, context, cookie_secret=COOKIE_SECRET, title="Things"), hub
    )
    client.hub = hub
    return client


async def upload(ask: Any, path: str, pieces: int, headers: dict[str, str]) -> tuple[int, Any]:
    """Send a body piece by piece, all of it; return status and answer."""
    host, port = ask.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    chunked = "Transfer-Encoding" in headers
    length = {} if chunked else {"Content-Length": str(pieces * len(PIECE))}
    lines = {"Host": host, "Connection": "close", **length, **headers}
    head = f"POST {ask.prefix}{path} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items()
    )
    writer.write(f"{head}\r\n".encode())
    for _ in range(pieces):
        writer.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        await writer.drain()
    writer.write(b"0\r\n\r\n" if chunked else b"")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    top, _, rest = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), rest


@pytest.mark.parametrize(
    ("headers", "code", "reason"),
    [
        ({}, 413, "too_large"),
        ({"Transfer-Encoding": "chunked"}, 401, "not_signed_in"),
        ({"Authorization": "Bearer nonsense", "Transfer-Encoding": "chunked"}, 401, ""),
        ({"Cookie": "service-shares=nonsense", "Transfer-Encoding": "chunked"}, 403, "stale_page"),
    ],
)
async def test_what_nobody_may_send_costs_no_memory_and_is_told(
    ask: Any, headers: dict[str, str], code: int, reason: str
) -> None:
    tracemalloc.start()
    try:
        sent = [upload(ask, "api/size", 100, headers) for _ in range(3)]
        answers = await asyncio.gather(*sent)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    for status, body in answers:
        assert status == code
        assert json.loads(body)["reason"] == (reason or "not_signed_in")
    # 150 MB were sent.
    assert most < 20_000_000


async def test_a_body_that_grows_too_large_is_dropped_where_it_does(ask: Any) -> None:
    token = ask.hub.add_member("ada")
    headers = {"Authorization": f"Bearer {token}", "Transfer-Encoding": "chunked"}
    assert (await upload(ask, "api/size", 8, headers))[0] == 200
    status, body = await upload(ask, "api/size", 9, headers)
    assert status == 413
    assert "at most 4 MB" in json.loads(body)["message"]


async def test_a_reader_may_not_send_what_only_writers_may(ask: Any) -> None:
    reader = ask.hub.add_user("rea", "custom:lodge-shares:read")
    status, body = await upload(ask, "api/size", 2, {"Authorization": f"Bearer {reader}"})
    assert status == 403
    assert json.loads(body)["reason"] == "missing_scope"


async def test_files_and_unknown_paths_take_no_body(ask: Any) -> None:
    assert (await upload(ask, "static/lodge.css", 20, {}))[0] == 405
    assert (await upload(ask, "", 1, {}))[0] in (401, 404, 405)
