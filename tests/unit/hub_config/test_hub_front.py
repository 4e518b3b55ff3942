"""What stands before the hub and before the embedded provider: limits and headers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.auth import NullAuthenticator
from lodge_hub.front import HubHeaders, Limits, TooLarge, TooLargeHandler, with_own_handlers
from lodge_hub.front.options import ServerHandler
from lodge_hub.hub import LodgeHub
from lodge_hub.identity.server import BODY_BYTES, Guard
from tornado import httpclient, web
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.netutil import bind_sockets
from tornado.routing import Rule

LIMITS = Limits(known=3000, unknown=100)


class Hub(web.RequestHandler):
    """What the hub itself would answer."""

    def prepare(self) -> None:
        self.set_header("X-JupyterHub-Version", "6.1.1")
        self.finish(str(len(self.request.body)))


@pytest.fixture
async def hub() -> Any:
    """A hub that reads little; asks it."""
    (socket,) = bind_sockets(0, "127.0.0.1")
    port = socket.getsockname()[1]
    headers = type("Headers", (HubHeaders,), {"form_targets": "http://*.x", "own_port": str(port)})
    application = web.Application([(r".*", Hub)], xsrf_cookies=True, transforms=[headers])
    rule = Rule(TooLarge(LIMITS, "hub-login"), TooLargeHandler)
    application.default_router.rules.insert(0, rule)
    # It reads no more than those may send whom it knows.
    server = HTTPServer(application, max_body_size=LIMITS.known)
    server.add_socket(socket)

    async def ask(body: bytes = b"", **headers: str) -> httpclient.HTTPResponse:
        request = httpclient.HTTPRequest(
            f"http://127.0.0.1:{port}/hub/x",
            "GET",
            headers={"Host": "lodge.localhost", **headers},
            body=body or None,
            allow_nonstandard_methods=True,
        )
        return await httpclient.AsyncHTTPClient().fetch(request, raise_error=False)

    ask.port = port  # type: ignore[attr-defined]
    yield ask
    server.stop()
    await server.close_all_connections()


@pytest.mark.parametrize(
    ("length", "headers", "code"),
    [
        (100, {}, 200),
        (101, {}, 413),
        (2_000_000, {}, 413),
        (3000, {"Authorization": "token x"}, 200),
        (3000, {"Cookie": "a=b; hub-login=c"}, 200),
        (3001, {"Authorization": "token x"}, 413),
        (2_000_000, {"Authorization": "token x"}, 413),
    ],
)
async def test_a_body_is_read_up_to_what_its_sender_may_send(
    hub: Any, length: int, headers: dict[str, str], code: int
) -> None:
    reply = await hub(b"x" * length, **headers)
    assert reply.code == code
    if code == 413:
        assert "more than the hub reads" in json.loads(reply.body)["message"]


async def test_every_answer_of_the_hub_has_its_headers_and_tells_no_version(hub: Any) -> None:
    for reply in (await hub(), await hub(b"x" * 101)):
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "same-origin"
        policy = reply.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self' http://*.x;" in policy
        assert "Server" not in reply.headers
        assert "X-JupyterHub-Version" not in reply.headers
    inside = await hub(Host=f"127.0.0.1:{hub.port}")
    assert inside.headers["X-JupyterHub-Version"] == "6.1.1"


async def canaille(scope: Any, receive: Any, send: Any) -> None:
    """What the provider would answer: how much it was sent."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    headers = [(b"Referrer-Policy", b"unsafe-url"), (b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": str(length).encode()})


#: Status, headers and body.
Answer = tuple[int, dict[bytes, bytes], bytes]


def provider(path: str, pieces: int = 0, *, told: bool = True) -> Answer:
    """Ask the guarded provider; return status, headers and body of its answer."""
    piece = b"x" * 100_000
    length = [(b"content-length", str(pieces * len(piece)).encode())] if told else []
    scope = {"type": "http", "path": path, "raw_path": path.encode(), "headers": length}
    coming = [{"body": piece, "more_body": True} for _ in range(pieces)] + [{"body": b""}]
    said: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(Guard(canaille, "https://lodge.example.org")(scope, receive, send))
    start, *rest = said
    return start["status"], dict(start["headers"]), b"".join(each["body"] for each in rest)


@pytest.mark.parametrize(
    "path", ["/reset", "/reset/ada/x", "/reset-code/ada", "/invite", "/groups/analysts/invite"]
)
def test_pages_that_would_send_mail_are_closed(path: str) -> None:
    status, _, body = provider(path)
    assert status == 404
    assert b"Lodge sends no mail" in body


def test_other_pages_are_passed_on_with_headers_of_our_own() -> None:
    status, headers, _ = provider("/resetting")
    assert status == 200
    assert headers[b"referrer-policy"] == b"same-origin"
    assert b"Referrer-Policy" not in headers
    policy = headers[b"content-security-policy"].decode()
    assert "form-action 'self' https://lodge.example.org" in policy


@pytest.mark.parametrize("told", [True, False])
def test_the_provider_reads_no_more_than_a_form(told: bool) -> None:
    enough = BODY_BYTES // 100_000
    assert provider("/login", enough, told=told)[2] == str(BODY_BYTES).encode()
    assert provider("/login", enough + 1, told=told)[0] == 413


def test_an_address_that_is_no_text_is_refused() -> None:
    assert provider("/login/%ff")[0] == 400
    assert provider("/login/%C3%A9")[0] == 200


def nested(levels: int) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for _ in range(levels):
        options = {"a": options}
    return options


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"profile": "small", "more": [1, {"a": "b"}]}, True),
        (nested(20), True),
        (nested(40), False),
        (nested(900), False),
        ({"a": "x" * 100_000}, False),
        ({f"a{number}": number for number in range(20_000)}, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_options_that_would_break_lists_of_users_are_refused(
    options: dict[str, Any], kept: bool
) -> None:
    (replaced,) = with_own_handlers([("/a", UserServerAPIHandler, {})])
    assert replaced == ("/a", ServerHandler, {})
    handler = ServerHandler.__new__(ServerHandler)
    body = json.dumps({"user_options": options}).encode()
    line = RequestStartLine("POST", "/a", "HTTP/1.1")
    headers = HTTPHeaders({"Host": "lodge.localhost"})
    handler.request = HTTPServerRequest(start_line=line, headers=headers, body=body)
    if kept:
        assert handler.get_server_json_body()["user_options"] == options
    else:
        with pytest.raises(web.HTTPError, match="leave them out"):
            handler.get_server_json_body()


def test_the_hub_has_that_handler_and_no_other() -> None:
    hub = LodgeHub(authenticator=NullAuthenticator())
    try:
        hub.init_handlers()
        kinds = [one[1] for one in hub.handlers]
        assert kinds.count(ServerHandler) == 2  # the first server, and named ones
        assert UserServerAPIHandler not in kinds
    finally:
        LodgeHub.clear_instance()
