"""Those who ask the service of shares in its tests: by its API, and by its pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import nbformat

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Clock:
    """Goes on by a second at every look, and as far as it is told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


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


async def publish(caller: Caller, title: str = "Delays", **fields: Any) -> Any:
    sent = {"title": title, "notebook": notebook(), **fields}
    code, share = await caller("POST", "api/shares", sent)
    assert code == 201, share
    return share
