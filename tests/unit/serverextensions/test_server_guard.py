"""Who may ask, and what is said when a service can't answer."""

from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from lodge_server.client import ServiceClient
from lodge_server.errors import ServiceError, Unavailable
from lodge_server.extension import ROUTES
from lodge_server.testing import FakeService

VERBS = ("get", "post", "put", "patch", "delete")
ENDPOINTS = [
    (verb, pattern, handler)
    for pattern, handler in ROUTES
    for verb in VERBS
    if verb in vars(handler)
]


def url_of(pattern: str) -> str:
    return re.sub(r"\(.*?\)", "abc", pattern)


@pytest.mark.parametrize(
    ("verb", "pattern"), [(verb, pattern) for verb, pattern, _ in ENDPOINTS], ids=str
)
async def test_every_verb_wants_somebody_signed_in(
    server: Any, fake: FakeService, verb: str, pattern: str
) -> None:
    body = "{}" if verb in {"post", "patch"} else None
    response = await server.ask(verb.upper(), url_of(pattern), body, token=None)
    page = pattern.endswith("fork") or (verb == "get" and pattern.startswith("lodge/spark/"))
    assert response.code == (302 if page else 403)
    assert fake.requests == []


async def test_every_verb_asks_the_authorizer_for_its_own_resource(
    server: Any, fake: FakeService
) -> None:
    asked: list[tuple[str, str]] = []

    class Nobody:
        def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
            asked.append((action, resource))
            return False

    server.app.web_app.settings["authorizer"] = Nobody()
    for verb, pattern, handler in ENDPOINTS:
        body = "{}" if verb in {"post", "patch"} else None
        response = await server.ask(verb.upper(), url_of(pattern), body)
        assert response.code == 403, pattern
        assert asked[-1][1] == vars(handler)["auth_resource"]
        wants_writing = verb != "get" or pattern.endswith("fork")
        assert asked[-1][0] == ("write" if wants_writing else "read")
    assert fake.requests == []


def test_no_verb_is_inherited() -> None:
    for _, handler in ROUTES:
        for base in handler.__mro__[1:]:
            if base.__module__.startswith("lodge_server"):
                assert not set(VERBS) & set(vars(base))


async def test_a_page_of_another_site_cannot_ask(server: Any, fake: FakeService) -> None:
    response = await server.ask(
        "GET", "lodge/api/jobs", headers={"Origin": "https://evil.example"}, token=None
    )
    assert response.code in {403, 404}
    assert fake.requests == []


class TestOutsideLodge:
    @pytest.fixture
    def lodge_environment(self) -> dict[str, str]:
        return {}

    async def test_a_sentence_says_so(self, server: Any) -> None:
        response = await server.ask("GET", "lodge/api/jobs")
        assert response.code == 503
        answer = json.loads(response.body)
        assert answer["reason"] == "not_configured"
        assert "outside Lodge" in answer["message"]

    async def test_notebooks_are_still_read(self, server: Any) -> None:
        server.write("a.ipynb")
        response = await server.ask("GET", "lodge/api/notebooks/check", path="a.ipynb")
        assert response.code == 200


async def test_a_service_that_is_down_is_a_sentence(server: Any, fake: FakeService) -> None:
    await fake.stop()
    response = await server.ask("GET", "lodge/api/jobs")
    answer = json.loads(response.body)
    assert (response.code, answer["reason"]) == (503, "service_unreachable")
    assert answer["message"].startswith("The schedules service cannot be reached")


async def test_a_page_of_the_proxy_is_no_answer(server: Any, fake: FakeService) -> None:
    fake.broken = 503
    response = await server.ask("GET", "lodge/api/jobs")
    assert (response.code, json.loads(response.body)["reason"]) == (502, "service_unavailable")


async def test_a_token_that_the_service_refuses_is_told(server: Any, fake: FakeService) -> None:
    fake.token = "another"
    response = await server.ask("GET", "lodge/api/jobs")
    assert (response.code, json.loads(response.body)["reason"]) == (401, "not_signed_in")


async def test_a_silent_service_is_not_waited_for_forever(fake: FakeService) -> None:
    fake.awake.clear()
    client = ServiceClient("shares", fake.url + "shares/", fake.token, request_timeout=0.2)
    with pytest.raises(Unavailable, match=r"within 0\.2 s") as caught:
        await client.request("GET", "shares/x")
    fake.awake.set()
    assert (caught.value.status, caught.value.reason) == (504, "service_timeout")


async def test_the_token_is_in_no_log_and_no_error(
    fake: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = ServiceClient("shares", fake.url + "shares/", "very-secret")
    with pytest.raises(ServiceError) as caught:
        await client.request("GET", "shares/x")
    assert "very-secret" not in caplog.text + str(caught.value)
    assert "very-secret" not in repr(client)


def test_the_extension_is_enabled_where_it_is_installed() -> None:
    room = Path(__file__).parents[3] / "serverextensions"
    enabled = json.loads((room / "etc" / "lodge_server.json").read_text())
    assert enabled == {"ServerApp": {"jpserver_extensions": {"lodge_server": True}}}
    assert 'etc/jupyter/jupyter_server_config.d/lodge_server.json"' in (
        room / "pyproject.toml"
    ).read_text(encoding="utf-8")


def test_no_server_loads_what_comes_with_libraries_of_the_services() -> None:
    installed = Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d"
    loaded: dict[str, bool] = {}
    # As Jupyter Server reads them: of two that name an extension the last one holds.
    for path in sorted(installed.glob("*.json")):
        loaded |= json.loads(path.read_text())["ServerApp"]["jpserver_extensions"]
    assert (loaded["lodge_server"], loaded["nbdime"]) == (True, False)
