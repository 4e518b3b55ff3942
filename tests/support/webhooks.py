"""Webhooks on this machine that answer as those of chats are documented to: fakes, errors too."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado import httpserver, web
from tornado.httputil import HTTPServerRequest
from tornado.netutil import bind_sockets

from support.s3 import tls_files

TOKEN, SECRET = "t0ken-of-the-address", "SEC-of-the-robot"


@dataclass
class Chats:
    """What was posted, and how it is answered."""

    origin: str = ""
    authority: Path = Path()
    posted: list[HTTPServerRequest] = field(default_factory=list)
    away: bool = False
    busy: bool = False
    known: str = TOKEN
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def address(self, kind: str) -> str:
        """Return the address of a robot, as its chat shows it."""
        path = {
            "webhook": f"/any/{TOKEN}?b=2",
            "slack": f"/services/T0/B0/{TOKEN}",
            "dingtalk": f"/robot/send?access_token={TOKEN}",
            "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
            "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
            "redirect": f"/redirect/{TOKEN}",
            "endless": f"/endless/{TOKEN}",
            "slow": f"/slow/{TOKEN}",
        }[kind]
        return self.origin + path

    def bodies(self) -> list[Any]:
        """Return what was posted."""
        return [json.loads(one.body) for one in self.posted]


class _Fake(web.RequestHandler):
    def initialize(self, chats: Chats) -> None:
        self.chats = chats

    def prepare(self) -> None:
        self.chats.posted.append(self.request)
        if self.chats.away:
            raise web.HTTPError(503)

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(f"status {status_code} of {self.request.uri}")

    def json(self) -> Any:
        return json.loads(self.request.body)


class _Generic(_Fake):
    def post(self) -> None:
        if self.chats.known not in self.request.path:
            raise web.HTTPError(404)
        self.set_status(204)


class _Slack(_Fake):
    def post(self) -> None:
        if self.chats.busy:
            self.set_status(429)
            self.set_header("Retry-After", "1")
            self.finish("rate_limited")
        elif self.chats.known not in self.request.path:
            self.set_status(404)
            self.finish("no_service")
        elif not self.json().get("text"):
            self.set_status(400)
            self.finish("no_text")
        else:
            self.finish("ok")


class _DingTalk(_Fake):
    def post(self) -> None:
        timestamp = self.get_query_argument("timestamp", "")
        key, text = SECRET.encode(), f"{timestamp}\n{SECRET}".encode()
        sign = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
        markdown = self.json()["markdown"]
        if self.chats.busy:
            code, said = 130101, "send too fast, exceed 20 times per minute"
        elif self.get_query_argument("access_token") != self.chats.known:
            code, said = 300001, f"token is not exist: {self.get_query_argument('access_token')}"
        elif self.get_query_argument("sign", "") != sign:
            code, said = 310000, "sign not match"
        elif not (markdown["title"] and markdown["text"]):
            code, said = 40035, "missing parameter"
        else:
            code, said = 0, "ok"
        self.finish({"errcode": code, "errmsg": said})


class _WeCom(_Fake):
    def post(self) -> None:
        content = self.json()["markdown"]["content"]
        if self.chats.busy:
            code, said = 45009, "api freq out of limit"
        elif self.get_query_argument("key") != self.chats.known:
            code, said = 93000, "invalid webhook url"
        elif len(content.encode()) > 4096:
            code, said = 40058, "markdown.content exceed max length 4096"
        else:
            code, said = 0, "ok"
        self.finish({"errcode": code, "errmsg": said})


class _Feishu(_Fake):
    def post(self) -> None:
        body = self.json()
        key = f"{body.get('timestamp', '')}\n{SECRET}".encode()
        sign = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        if self.chats.busy:
            code, said = 11232, "frequency limited"
        elif self.chats.known not in self.request.path:
            code, said = 19001, "param invalid: incoming webhook access token invalid"
        elif body.get("sign") != sign:
            code, said = 19021, "sign match fail or timestamp is not within one hour"
        else:
            self.finish({"StatusCode": 0, "StatusMessage": "success", "code": 0, "msg": "success"})
            return
        self.finish({"code": code, "data": {}, "msg": said})


class _Redirect(_Fake):
    def post(self) -> None:
        self.redirect(f"{self.chats.origin}/any/{TOKEN}", status=307)


class _Endless(_Fake):
    async def post(self) -> None:
        while not self.chats.released.is_set():
            self.write(b"x" * 65_536)
            await self.flush()


class _Slow(_Fake):
    async def post(self) -> None:
        await self.chats.released.wait()


@asynccontextmanager
async def chats(folder: Path, *, tls: bool = False) -> AsyncIterator[Chats]:
    """Answer until the end of the context."""
    made = Chats()
    options: dict[str, Any] = {}
    if tls:
        made.authority, certificate, key = tls_files(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        options["ssl_options"] = context
    routes = {
        "/any/.*": _Generic,
        "/services/.*": _Slack,
        "/robot/send": _DingTalk,
        "/cgi-bin/webhook/send": _WeCom,
        "/open-apis/.*": _Feishu,
        "/redirect/.*": _Redirect,
        "/endless/.*": _Endless,
        "/slow/.*": _Slow,
    }
    application = web.Application(
        [(path, handler, {"chats": made}) for path, handler in routes.items()],
        log_function=lambda _handler: None,
    )
    server = httpserver.HTTPServer(application, **options)
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    made.origin = f"{'https' if tls else 'http'}://127.0.0.1:{sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        made.released.set()
        server.stop()
        await server.close_all_connections()
