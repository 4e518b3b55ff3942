"""A driver of Spark with recorded answers, behind the guard that Lodge puts before it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

import jwt
from jwt.exceptions import InvalidTokenError
from lodge_server.spark.files import FOLDER
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

ANSWERS = Path(__file__).parents[1] / "unit" / "serverextensions" / "spark_answers"
TOKEN = "server-token"
PREFIX = "/user/ada/lodge/spark/local-1"


class FakeDriver:
    """A driver with recorded answers, behind Spark's guard."""

    def __init__(self) -> None:
        self.secret = secrets.token_bytes(32)
        self.key: str | None = base64.urlsafe_b64encode(self.secret).decode().rstrip("=")
        self.awake = asyncio.Event()
        self.awake.set()
        self.requests: list[Any] = []
        self.nonsense = False
        sockets = bind_sockets(0, "127.0.0.1")
        self._server = HTTPServer(web.Application([(r"(.*)", _Page, {"driver": self})]))
        self._server.add_sockets(sockets)
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self.awake.set()
        self._server.stop()
        await self._server.close_all_connections()

    def tell(self, runtime: Path, application: str = "local-1", **changed: Any) -> Path:
        told = {
            "pid": os.getpid(),
            "kernel_id": "k1",
            "application": application,
            "name": "flights",
            "master": "local[2]",
            "version": "4.3.0",
            "ui": self.url,
            "key": self.key,
            "started": "2026-01-01T00:00:00+00:00",
        }
        folder = runtime / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{application}.json"
        path.write_text(json.dumps(told | changed))
        path.chmod(0o600)
        return path


class _Page(web.RequestHandler):
    def initialize(self, driver: FakeDriver) -> None:
        self.driver = driver

    async def prepare(self) -> None:
        self.driver.requests.append(self.request)
        token = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            jwt.decode(token, self.driver.secret, algorithms=["HS256"], options={"require": []})
        except InvalidTokenError:
            raise web.HTTPError(403) from None
        await self.driver.awake.wait()

    def get(self, path: str) -> None:
        found = re.sub(r"/api/v1/applications/local-\d+/", "", path)
        names = {
            "environment": "environment",
            "executors": "executors",
            "jobs": "jobs",
            "storage/rdd": "storage",
            "sql": "sql",
            "stages/7/0/taskSummary": "tasks_skewed",
            "stages/7": "stage_skewed",
        }
        if self.driver.nonsense:
            self.finish("<html>busy</html>")
        elif found in names:
            self.finish((ANSWERS / f"{names[found]}.json").read_text())
        elif path == "/jobs/":
            self.set_header("Set-Cookie", "JSESSIONID=1")
            self.set_header("X-Other", "1")
            context = self.request.headers["X-Forwarded-Context"]
            self.finish(f'<a href="{context}/stages/">{self.request.uri}</a>')
        elif path in {"/", "/storage"}:
            self.redirect({"/": self.driver.url + "/jobs/", "/storage": "/storage/"}[path])
        else:
            raise web.HTTPError(404)

    def post(self, path: str) -> None:
        self.redirect("/jobs/")


class Kernels:
    async def notebooks(self) -> dict[str, str]:
        return {"k1": "work/flights.ipynb"}
