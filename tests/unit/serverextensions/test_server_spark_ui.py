"""The Spark UI through the user's server: for its owner alone, with links that stay there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from lodge_server.spark.ui import below
from support.spark_driver import PREFIX, TOKEN, FakeDriver


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
