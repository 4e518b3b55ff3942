"""Sessions, their drivers' faults, and the Spark UI through the user's server."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from jwt.exceptions import InvalidTokenError
from lodge_server.errors import NotFound, Unavailable
from lodge_server.spark.core import Spark
from lodge_server.spark.files import FOLDER, discover
from lodge_server.spark.ui import below
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

ANSWERS = Path(__file__).parent / "spark_answers"
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


@pytest.fixture
async def driver() -> AsyncIterator[FakeDriver]:
    one = FakeDriver()
    yield one
    await one.stop()


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Where the server of the fixture `server` looks."""
    return tmp_path / "runtime_dir"


@pytest.fixture
def spark(runtime: Path) -> Spark:
    return Spark(runtime=runtime, kernels=Kernels(), patience=30)


class TestFiles:
    def test_there_may_be_none(self, runtime: Path) -> None:
        assert discover(runtime) == []

    async def test_the_newest_is_first(self, driver: FakeDriver, runtime: Path) -> None:
        driver.tell(runtime, "local-1")
        driver.tell(runtime, "local-2", started="2026-01-02T00:00:00+00:00", later="field")
        assert [one.application for one in discover(runtime)] == ["local-2", "local-1"]

    async def test_one_of_a_dead_kernel_is_removed(self, driver: FakeDriver, runtime: Path) -> None:
        ended = await asyncio.create_subprocess_exec("true")
        await ended.wait()
        path = driver.tell(runtime, pid=ended.pid)
        assert discover(runtime) == []
        assert not path.exists()

    @pytest.mark.parametrize(
        "changed",
        [
            {"ui": "http://127.0.0.1@elsewhere.example:4040"},
            {"ui": "file:///etc"},
            {"application": "../../etc"},
            {"pid": 0},
        ],
        ids=str,
    )
    async def test_nonsense_is_ignored_and_the_key_in_no_log(
        self,
        driver: FakeDriver,
        runtime: Path,
        caplog: pytest.LogCaptureFixture,
        changed: dict[str, Any],
    ) -> None:
        path = driver.tell(runtime)
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))
        assert discover(runtime) == []
        assert driver.key is not None
        assert "no file of a Spark session" in caplog.text
        assert driver.key not in caplog.text

    @pytest.mark.parametrize(
        ("ui", "asked"),
        [
            ("http://127.0.0.2:4040", "http://127.0.0.2:4040"),
            ("http://[::1]:4040/", "http://[::1]:4040"),
            ("http://elsewhere.example:4040", "http://127.0.0.1:4040"),
        ],
    )
    async def test_no_resolver_says_where_the_driver_is(
        self, driver: FakeDriver, runtime: Path, ui: str, asked: str
    ) -> None:
        driver.tell(runtime, ui=ui)
        assert [one.ui for one in discover(runtime)] == [asked]

    async def test_the_key_is_in_no_repr(self, driver: FakeDriver, runtime: Path) -> None:
        driver.tell(runtime)
        assert driver.key is not None
        assert driver.key not in repr(discover(runtime))


class TestSessions:
    async def test_one_is_told_with_its_notebook(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        (one,) = (await spark.sessions())["items"]
        assert one["kernel"] == {"id": "k1", "path": "work/flights.ipynb"}
        assert (one["name"], one["queue"], one["error"]) == ("flights", None, None)
        assert one["executors"]["cores"] == 2
        assert "key" not in one

    async def test_a_silent_driver_holds_up_nobody(self, driver: FakeDriver, runtime: Path) -> None:
        # As long as the one that answers may take on a busy machine.
        spark = Spark(runtime=runtime, kernels=Kernels(), patience=2)
        silent = FakeDriver()
        silent.awake.clear()
        driver.tell(runtime, "local-1")
        silent.tell(runtime, "local-2")
        told = {one["application"]: one for one in (await spark.sessions())["items"]}
        assert told["local-1"]["error"] is None
        assert told["local-2"]["error"]["reason"] == "spark_waiting"
        # The second time it isn't waited for at all; when it wakes its answer is there.
        asked = len(silent.requests)
        await spark.sessions()
        assert len(silent.requests) == asked
        silent.awake.set()
        async with asyncio.timeout(10):
            while any(one["error"] for one in (await spark.sessions())["items"]):
                await asyncio.gather(*spark._late.values())
        silent.awake.clear()
        told = {one["application"]: one for one in (await spark.sessions())["items"]}
        assert told["local-2"]["error"]["reason"] == "spark_silent"
        await silent.stop()

    async def test_a_driver_that_is_gone_is_a_sentence(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        await driver.stop()
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "spark_gone"
        assert "flights" in one["error"]["message"]

    async def test_a_driver_with_another_key_is_a_sentence(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime, key=base64.urlsafe_b64encode(b"x" * 32).decode())
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "spark_refused"

    async def test_nonsense_is_a_sentence(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        driver.nonsense = True
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "spark_nonsense"

    async def test_without_a_ui_the_session_is_still_told(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime, ui=None, key=None)
        (one,) = (await spark.sessions())["items"]
        assert one["error"]["reason"] == "no_spark_ui"
        with pytest.raises(Unavailable):
            await spark.storage("local-1")


class TestOneSession:
    async def test_one_of_spark_connect_tells_its_own_queries(
        self, spark: Spark, driver: FakeDriver, runtime: Path
    ) -> None:
        counts = {"queries": 2, "queries_done": 1, "tasks": 9, "tasks_done": 5, "tasks_running": 2}
        elsewhere: dict[str, Any] = {"master": "sc://spark.example:15002", "ui": None, "key": None}
        driver.tell(runtime, **elsewhere, connect=counts | {"later": "field"})
        [told] = (await spark.sessions())["items"]
        assert told["connect"] == counts
        assert (told["executors"], told["error"], told["ui"]) == (None, None, False)
        with pytest.raises(Unavailable, match=r"driver is that of sc://spark\.example:15002"):
            spark.driver("local-1")
        assert driver.requests == []

    async def test_the_skewed_job_is_marked(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        found = await spark.jobs("local-1", 4)
        assert found["total"] == 6
        assert [one["id"] for one in found["items"]] == [5, 4, 3, 2]
        assert [one["id"] for one in found["items"] if one["skewed"]] == [3]

    async def test_an_ended_stage_is_asked_for_once(
        self, driver: FakeDriver, runtime: Path, spark: Spark
    ) -> None:
        driver.tell(runtime)
        first = await spark.jobs("local-1", 20)
        driver.requests.clear()
        assert await spark.jobs("local-1", 20) == first
        assert not [one for one in driver.requests if one.path.endswith("/stages/7")]

    async def test_another_session_is_not_found(self, spark: Spark) -> None:
        with pytest.raises(NotFound):
            await spark.storage("local-9")


class TestTheSparkUI:
    async def test_a_page_comes_with_its_links_below(
        self, server: Any, driver: FakeDriver, runtime: Path
    ) -> None:
        driver.tell(runtime)
        response = await server.ask(
            "GET", "lodge/spark/local-1/jobs/?a=%2F&b=c", headers={"Cookie": "hub=secret"}
        )
        assert response.code == 200
        text = response.body.decode()
        assert f'<a href="{PREFIX}/stages/">/jobs/?a=%2F&b=c</a>' in text
        assert response.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert "JSESSIONID" not in str(response.headers.get_list("Set-Cookie"))
        assert "X-Other" not in response.headers

    async def test_what_proves_the_user_stays_here(
        self, server: Any, driver: FakeDriver, runtime: Path
    ) -> None:
        driver.tell(runtime)
        await server.ask("GET", "lodge/spark/local-1/jobs/", headers={"Cookie": "hub=secret"})
        (seen,) = driver.requests
        assert "Cookie" not in seen.headers
        assert "server-token" not in str(seen.headers)
        assert seen.headers["Authorization"].startswith("Bearer ")

    async def test_head_has_no_body(self, server: Any, driver: FakeDriver, runtime: Path) -> None:
        driver.tell(runtime)
        # The fake knows no HEAD; that it was asked with one is the point.
        response = await server.ask("HEAD", "lodge/spark/local-1/jobs/")
        assert (response.code, response.body) == (405, b"")
        assert driver.requests[0].method == "HEAD"

    @pytest.mark.parametrize(("path", "to"), [("", "/jobs/"), ("storage", "/storage/")])
    async def test_redirects_lead_below(
        self, server: Any, driver: FakeDriver, runtime: Path, path: str, to: str
    ) -> None:
        driver.tell(runtime)
        response = await server.ask("GET", f"lodge/spark/local-1/{path}")
        assert response.headers["Location"] == PREFIX + to

    async def test_without_the_last_slash_it_goes_there(self, server: Any) -> None:
        response = await server.ask("GET", "lodge/spark/local-1")
        assert response.headers["Location"] == PREFIX + "/"

    async def test_a_session_that_is_gone_is_a_sentence(
        self, server: Any, driver: FakeDriver, runtime: Path
    ) -> None:
        response = await server.ask("GET", "lodge/spark/local-1/jobs/")
        assert response.code == 404
        assert "No Spark session local-1 is running" in response.body.decode()
        driver.tell(runtime)
        await driver.stop()
        response = await server.ask("GET", "lodge/spark/local-1/jobs/")
        assert response.code == 503
        assert "cannot be reached" in response.body.decode()

    async def test_cancelling_asks_first(
        self, server: Any, driver: FakeDriver, runtime: Path
    ) -> None:
        driver.tell(runtime)
        page = await server.ask("GET", "lodge/spark/local-1/jobs/job/kill/?id=3&csrfToken=%22t")
        assert driver.requests == []
        text = page.body.decode()
        assert "Cancel job 3?" in text
        assert 'name="csrfToken" value="&quot;t"' in text
        assert 'name="_xsrf"' in text

    async def test_cancelling_wants_the_token_of_the_page(
        self, server: Any, driver: FakeDriver, runtime: Path
    ) -> None:
        driver.tell(runtime)
        # A browser that is signed in by a cookie, with a form of another page.
        path = "lodge/spark/local-1/jobs/job/kill/"
        cookies = await self._sign_in(server)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        forged = await self._post(server, path, {"id": "3"}, headers)
        assert "Cancel job 3?" in forged.text
        assert driver.requests == []
        meant = await self._post(server, path, {"id": "3", "_xsrf": cookies["_xsrf"]}, headers)
        assert (meant.status_code, meant.headers["Location"]) == (302, PREFIX + "/jobs/")
        assert driver.requests[0].body == b"id=3"

    async def _sign_in(self, server: Any) -> dict[str, str]:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as browser:
            await browser.get("login")
            form = {"password": TOKEN, "_xsrf": browser.cookies["_xsrf"]}
            reply = await browser.post("login", data=form)
            assert reply.status_code == 302
            return dict(browser.cookies)

    async def _post(
        self, server: Any, path: str, form: dict[str, str], headers: dict[str, str]
    ) -> httpx.Response:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as browser:
            return await browser.post(path, data=form, headers=headers)

    async def test_nothing_else_is_posted(
        self, server: Any, driver: FakeDriver, runtime: Path
    ) -> None:
        driver.tell(runtime)
        response = await server.ask("POST", "lodge/spark/local-1/jobs/", "x")
        assert response.code == 405
        assert driver.requests == []


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://127.0.0.1:4040/jobs/", "/p/jobs/"),
        ("/jobs/?a=b#c", "/p/jobs/?a=b#c"),
        ("/p/jobs/", "/p/jobs/"),
        ("jobs/", "jobs/"),
        ("https://spark.apache.org/docs", "https://spark.apache.org/docs"),
    ],
)
def test_where_a_redirect_leads(location: str, expected: str) -> None:
    assert below(location, "http://127.0.0.1:4040", "/p") == expected
