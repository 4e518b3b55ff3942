"""Pieces of the base that need no server: settings, cursors, routes, times, parsing."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_services import errors
from lodge_services.errors import BadRequest, LodgeError
from lodge_services.pages.environment import Pages
from lodge_services.pages.times import absolute_time, machine_time, relative_time
from lodge_services.web.handlers import ApiHandler
from lodge_services.web.paging import Page, decode_cursor, encode_cursor
from lodge_services.web.parsing import parse_body, parse_query
from lodge_services.web.route import Route
from lodge_services.web.settings import HubSettings, ServiceSettings, SettingsError
from pydantic import BaseModel

ENVIRONMENT = {
    "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/team/hub/api/",
    "JUPYTERHUB_API_TOKEN": "sesame-open",
    "JUPYTERHUB_BASE_URL": "/team/",
    "JUPYTERHUB_SERVICE_NAME": "shares",
    "JUPYTERHUB_SERVICE_PREFIX": "/team/services/shares/",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:10101",
    "LODGE_DATABASE_URL": "postgresql://u:sesame-db@db/lodge",
    "LODGE_STORE": "/var/lib/lodge/shares",
}


def test_settings() -> None:
    settings = ServiceSettings.from_environment(ENVIRONMENT)
    assert (settings.host, settings.port) == ("127.0.0.1", 10101)
    hub = settings.hub
    assert hub.api_url == "http://127.0.0.1:8081/team/hub/api"
    assert hub.hub_prefix == "/team/hub/"
    assert hub.client_id == "service-shares"
    assert hub.callback_url == "/team/services/shares/oauth_callback"
    assert hub.access_scopes == {"access:services!service=shares"}
    assert hub.service_url("schedules") == "/team/services/schedules/"
    assert "sesame" not in repr(settings)


@pytest.mark.parametrize(
    "name",
    [
        *("JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_SERVICE_NAME"),
        *("JUPYTERHUB_SERVICE_URL", "LODGE_DATABASE_URL", "LODGE_STORE"),
    ],
)
def test_missing_settings_are_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        ServiceSettings.from_environment({**ENVIRONMENT, name: ""})


def test_wrong_settings_are_named() -> None:
    with pytest.raises(SettingsError, match="host and a port"):
        ServiceSettings.from_environment({**ENVIRONMENT, "JUPYTERHUB_SERVICE_URL": "here"})
    with pytest.raises(SettingsError, match="JSON list"):
        HubSettings.from_environment({**ENVIRONMENT, "JUPYTERHUB_OAUTH_ACCESS_SCOPES": "x"})


def test_cookie_secret_is_kept(tmp_path: Path) -> None:
    given_settings = {**ENVIRONMENT, "LODGE_STORE": str(tmp_path / "store")}
    settings = ServiceSettings.from_environment(given_settings)
    secret = settings.cookie_secret()
    assert len(secret) == 32
    assert settings.cookie_secret() == secret
    path = tmp_path / "store" / "cookie_secret"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"short")
    with pytest.raises(SettingsError, match="delete it"):
        settings.cookie_secret()


@given(st.lists(st.text(max_size=20), max_size=4))
def test_cursors_come_back(key: list[str]) -> None:
    cursor = encode_cursor(key)
    assert re.fullmatch(r"[A-Za-z0-9_-]*", cursor)
    assert decode_cursor(cursor, len(key)) == key
    with pytest.raises(BadRequest):
        decode_cursor(cursor, len(key) + 1)


@given(st.text(max_size=60))
def test_any_text_as_cursor_is_read_or_refused(text: str) -> None:
    with suppress(BadRequest):
        assert len(decode_cursor(text, 2)) == 2


def test_pages_are_cut() -> None:
    assert Page.cut([1, 2, 3], 3, lambda n: [str(n)]) == Page([1, 2, 3], None)
    page = Page.cut([1, 2, 3], 2, lambda n: [str(n)])
    assert page.items == [1, 2]
    assert decode_cursor(str(page.next_cursor), 1) == ["2"]
    assert Page.cut([], 2, lambda n: [str(n)]) == Page([], None)


def test_routes() -> None:
    route = Route("api/x/{one}/y.json", ApiHandler, "x", {"one": "[0-9]+"})
    pattern = re.compile(route.pattern("/a/"))
    matched = pattern.fullmatch("/a/api/x/12/y.json")
    assert matched is not None
    assert matched.groupdict() == {"one": "12"}
    assert not pattern.fullmatch("/a/api/x/ab/y.json")
    assert not pattern.fullmatch("/a/api/x/12/yxjson")


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0, "just now", "刚刚"),
        (59, "59 seconds ago", "59 秒前"),
        (61, "1 minute ago", "1 分钟前"),
        (7200, "2 hours ago", "2 小时前"),
        (86400 * 3, "3 days ago", "3 天前"),
        (86400 * 70, "2 months ago", "2 个月前"),
        (86400 * 800, "2 years ago", "2 年前"),
        (-10, "in a moment", "马上"),
        (-7200, "in 2 hours", "2 小时后"),
    ],
)
def test_relative_times(seconds: int, english: str, chinese: str) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    moment = now - timedelta(seconds=seconds)
    pages = Pages()
    assert relative_time(moment, now, pages.translator("en")) == english
    assert relative_time(moment, now, pages.translator("zh")) == chinese


def test_absolute_times() -> None:
    moment = datetime.fromisoformat("2026-05-01T12:30:15.5+08:00")
    assert absolute_time(moment) == "2026-05-01 04:30 UTC"
    assert machine_time(moment) == "2026-05-01T04:30:15Z"


class Deep(BaseModel):
    model_config = {"extra": "forbid"}
    items: list[Deep] = []
    labels: list[str] = []


@given(st.binary(max_size=40))
def test_any_bytes_as_body_are_read_or_refused(raw: bytes) -> None:
    with suppress(BadRequest):
        assert isinstance(parse_body(Deep, raw), Deep)


def test_names_deep_inside_are_suggested() -> None:
    with pytest.raises(BadRequest, match='did you mean "labels"'):
        parse_body(Deep, b'{"items": [{"items": [{"label": []}]}]}')


def test_lists_in_queries() -> None:
    assert parse_query(Deep, {"labels": ["a", "", "b"]}).labels == ["a", "b"]


def test_every_error_has_its_own_status() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, LodgeError)
    ]
    assert len({kind.status for kind in kinds}) == len(kinds) == 9
