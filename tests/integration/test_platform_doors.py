"""Before anybody has signed in: what is too large or no text is refused by every part."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import httpx
import pytest
from support.lodge import LodgeClient, RunningLodge, server_url


@pytest.fixture(scope="module")
def stranger(lodge: RunningLodge) -> Iterator[httpx.Client]:
    with LodgeClient(lodge.url) as client:
        yield client


@pytest.fixture(scope="module")
def provider(lodge: RunningLodge) -> Iterator[httpx.Client]:
    with LodgeClient(lodge.url, follow_redirects=True) as client:
        issuer = client.get("/hub/login").raise_for_status().url.join("/")
    with httpx.Client(base_url=issuer) as client:
        yield client


LARGE = b"x" * 40_000_000


@pytest.mark.parametrize(
    "path",
    [
        "/hub/api/users",
        "/hub/login",
        "/services/shares/api/shares",
        "/services/schedules/api/jobs",
        "/user/nobody/api/contents",
    ],
)
def test_a_large_body_is_told_to_be_too_large_through_the_proxy(
    stranger: httpx.Client, path: str
) -> None:
    assert stranger.post(path, content=LARGE).status_code == 413


def test_a_large_body_without_a_token_is_not_read(stranger: httpx.Client) -> None:
    for path in ("shares/api/shares", "schedules/api/jobs"):
        reply = stranger.post(f"/services/{path}", content=LARGE[:20_000_000])
        assert reply.status_code == 401
        assert reply.json()["reason"] == "not_signed_in"


def test_the_provider_reads_no_more_than_a_form(provider: httpx.Client) -> None:
    assert provider.post("/login", content=LARGE[:2_000_000]).status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/%ff",
        "/hub/%ff",
        "/hub/api/users/%c3",
        "/user/%ff/lab",
        "/services/shares/%ff",
        "/services/schedules/api/jobs/%ff",
        "/hub/static/%00",
    ],
)
def test_an_address_that_is_no_text_is_refused(stranger: httpx.Client, path: str) -> None:
    reply = stranger.get(path)
    assert reply.status_code == 400
    assert "no UTF-8" in reply.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/hub/api/oauth2/token?code=x", b""),
        ("/hub/api/oauth2/token?code=[", b""),
        ("/hub/api/oauth2/token", b"\xff"),
        ("/hub/api/authorizations/token/x", b""),
    ],
)
def test_nonsense_is_no_error_of_the_hub(stranger: httpx.Client, path: str, body: bytes) -> None:
    reply = stranger.post(path, content=body)
    assert reply.status_code in (400, 404)
    assert reply.json()["message"]


def test_nonsense_is_no_error_of_the_hub_for_users(lodge: RunningLodge) -> None:
    with contextlib.closing(lodge.sign_in("ada")) as browser:
        reply = browser.get("/hub/api/oauth2/authorize?state=%zz")
        assert reply.status_code == 400, reply.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"grant_type=%00", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"\xff", "multipart/form-data; boundary=x"),
    ],
)
def test_nonsense_is_no_error_of_the_provider(
    provider: httpx.Client, body: bytes, kind: str
) -> None:
    reply = provider.post("/oauth/token", content=body, headers={"Content-Type": kind})
    assert 400 <= reply.status_code < 500


def test_the_provider_opens_no_socket(lodge: RunningLodge, provider: httpx.Client) -> None:
    logged = lodge.log("identity")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    reply = provider.get("/", headers={**upgrade, "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})
    assert reply.status_code == 403
    assert "Traceback" not in lodge.log("identity").removeprefix(logged)


def test_nor_is_a_socket_opened_there(lodge: RunningLodge) -> None:
    asked = (
        b"GET /user/%ff/x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", lodge.port), 10) as connection:
        connection.sendall(asked)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_headers_have_a_limit(stranger: httpx.Client) -> None:
    # Little enough to be read in one go: what is unread when the proxy closes resets the
    # connection, and its answer may be lost with it.
    assert stranger.get("/hub/login", headers={"X-Long": "x" * 20_000}).status_code == 431


@pytest.mark.parametrize("path", ["/reset", "/invite", "/reset-code/ada"])
def test_pages_of_the_provider_that_need_mail_are_closed(provider: httpx.Client, path: str) -> None:
    reply = provider.get(path)
    assert reply.status_code == 404
    assert "sends no mail" in reply.text


def test_every_answer_has_the_same_headers_and_tells_no_version(
    lodge: RunningLodge, stranger: httpx.Client, provider: httpx.Client
) -> None:
    replies = [
        stranger.get("/hub/login"),
        stranger.get("/hub/static/favicon.ico"),
        stranger.get("/hub/nothing"),
        stranger.get(f"{server_url(lodge.url, 'nobody')}/user/nobody/lab"),
        stranger.get("/services/shares/"),
        stranger.get("/services/schedules/static/lodge.css"),
        provider.get("/login"),
        provider.get("/nothing"),
    ]
    for reply in replies:
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"], reply.url
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Referrer-Policy"] == "same-origin"
        assert "Server" not in reply.headers
        assert "X-JupyterHub-Version" not in reply.headers
