"""The API of shares, as its contract says."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lodge_services.testing import FakeHub
from lodge_services.web.app import common_routes
from lodge_services.web.auth import public_reason_of, scope_of
from lodge_services.web.openapi import verbs_of
from lodge_services.web.operations import operation_of
from openapi_spec_validator import validate
from support.sharing import Caller, notebook, publish


async def test_share_has_the_fields_of_the_contract(ada: Caller) -> None:
    share = await publish(ada, description="Why", tags=["#flights", "Flights", " a  b "])
    assert set(share) == {
        *("id", "owner", "title", "description", "tags", "version", "digest"),
        *("created_at", "updated_at", "url", "forked_from", "forks", "reads"),
        *("likes", "restricted", "readers"),
    }
    assert (share["owner"], share["version"], share["forks"]) == ("ada", 1, 0)
    assert share["tags"] == ["flights", "a b"]
    assert re.fullmatch(r"[0-9a-z]{12}", share["id"])
    assert re.fullmatch(r"[0-9a-f]{64}", share["digest"])
    assert share["created_at"].endswith("Z")
    assert share["url"] == f"/services/shares/{share['id']}"
    assert await ada("GET", f"api/shares/{share['id']}") == (200, share)


async def test_patch_versions_and_notebook(ada: Caller, bob: Caller) -> None:
    share = await publish(ada)
    one = f"api/shares/{share['id']}"
    assert (await bob("PATCH", one, {"title": "x"}))[0] == 403
    code, changed = await ada("PATCH", one, {"title": "New", "notebook": notebook("2")})
    assert (code, changed["title"], changed["version"]) == (200, "New", 2)
    code, again = await ada("PATCH", one, {"notebook": notebook("2", lodge={"share": {}})})
    assert (code, again["version"]) == (200, 2)
    _, versions = await bob("GET", f"{one}/versions")
    assert [item["version"] for item in versions["items"]] == [2, 1]
    assert set(versions["items"][0]) == {
        *("version", "digest", "author", "coauthor", "created_at", "run"),
    }
    _, first = await bob("GET", f"{one}/versions/1/notebook")
    assert first["cells"][0]["source"] == "1"
    for number in ("3", "0", "x", "9" * 30, "1e1"):
        assert (await ada("GET", f"{one}/versions/{number}/notebook"))[0] == 404


async def test_delete_and_restore(ada: Caller, bob: Caller) -> None:
    share = await publish(ada)
    one = f"api/shares/{share['id']}"
    assert (await bob("DELETE", one))[0] == 403
    assert await ada("DELETE", one) == (204, None)
    code, problem = await ada("GET", one)
    assert (code, problem["reason"]) == (404, "share_not_found")
    assert (await bob("POST", f"{one}/restore"))[0] == 404
    assert await ada("POST", f"{one}/restore") == (200, share)


async def test_admin_scope_may_change_what_is_anothers(ask: Any, hub: FakeHub, ada: Caller) -> None:
    share = await publish(ada)
    root = Caller(ask, hub.add_admin("root"))
    hub.users[root.token]["admin"] = False
    assert (await root("PATCH", f"api/shares/{share['id']}", {"title": "x"}))[0] == 200
    flagged = Caller(ask, hub.add_member("flag"))
    hub.users[flagged.token]["admin"] = True
    assert (await flagged("DELETE", f"api/shares/{share['id']}"))[0] == 403


async def test_a_service_is_not_the_user_of_its_name(ask: Any, hub: FakeHub, ada: Caller) -> None:
    share = await publish(ada)
    scopes = ("custom:lodge-shares:read", "custom:lodge-shares:write")
    service = Caller(ask, hub.add_user("ada", *scopes, kind="service"))
    assert (await service("DELETE", f"api/shares/{share['id']}"))[0] == 403
    assert (await publish(service))["owner"] == "service:ada"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "must not be empty"),
        ({"title": " \n "}, "must not be empty"),
        ({"title": "x" * 201}, "at most 200"),
        ({"title": "a\x00b"}, "control characters"),
        ({"title": "\ud800"}, "not valid"),
        ({"tags": ["x"] * 13}, "at most 12"),
        ({"tags": ["x" * 51]}, "at most 50"),
        ({"tags": ["#"]}, "must not be empty"),
        ({"tags": "a,b"}, "valid list"),
        ({"notebook": {"cells": []}}, "no nbformat"),
        ({"notebook": []}, "dictionary"),
        ({"labels": []}, 'no field "labels"'),
    ],
)
async def test_what_is_refused(ada: Caller, change: dict[str, Any], sentence: str) -> None:
    code, problem = await ada(
        "POST", "api/shares", {"title": "T", "notebook": notebook(), **change}
    )
    assert code == 400
    assert sentence in problem["message"]
    assert set(problem) == {"message", "reason"}


async def test_list_pages_and_searches(ada: Caller, bob: Caller) -> None:
    for number in range(5):
        await publish(ada, f"Delays {number}", tags=["flights"])
    await publish(bob, "航班")
    code, page = await ada("GET", "api/shares?limit=4&owner=ada")
    assert (code, len(page["items"])) == (200, 4)
    _, rest = await ada("GET", f"api/shares?limit=4&owner=ada&cursor={page['next_cursor']}")
    assert [item["title"] for item in rest["items"]] == ["Delays 0"]
    assert rest["next_cursor"] is None
    _, found = await ada("GET", "api/shares?q=%E8%88%AA")
    assert [item["owner"] for item in found["items"]] == ["bob"]
    _, tagged = await ada("GET", "api/shares?tag=FLIGHTS&q=3")
    assert [item["title"] for item in tagged["items"]] == ["Delays 3"]
    assert (await ada("GET", "api/shares?limit=0"))[0] == 400
    assert (await ada("GET", "api/shares?page=2"))[0] == 400
    assert (await ada("GET", "api/shares?cursor=zzz"))[1]["reason"] == "bad_cursor"


async def test_forking(ada: Caller, bob: Caller) -> None:
    share = await publish(ada, "Flight delays!")
    await ada("PATCH", f"api/shares/{share['id']}", {"notebook": notebook("2")})
    code, ticket = await bob("POST", f"api/shares/{share['id']}/forks", {"version": 1})
    assert code == 201
    assert set(ticket) == {"ticket", "url", "expires_at"}
    address = urlsplit(ticket["url"])
    assert address.path == "/hub/user-redirect/lodge/fork"
    assert parse_qs(address.query) == {"ticket": [ticket["ticket"]]}
    asked = {"ticket": ticket["ticket"]}
    assert (await ada("POST", "api/forks", asked))[1]["reason"] == "ticket_of_another"
    code, forked = await bob("POST", "api/forks", asked)
    assert code == 200
    assert (forked["version"], forked["filename"]) == (1, "flight-delays.ipynb")
    assert forked["notebook"]["cells"][0]["source"] == "1"
    assert (forked["share"]["id"], forked["share"]["forks"]) == (share["id"], 1)
    code, problem = await bob("POST", "api/forks", asked)
    assert (code, problem["reason"]) == (410, "ticket_used")
    assert (await bob("POST", "api/forks", {"ticket": "x"}))[0] == 404
    assert (await bob("POST", f"api/shares/{share['id']}/forks", {"version": 9}))[0] == 404
    assert (await bob("POST", f"api/shares/{share['id']}/forks"))[0] == 201


async def test_every_verb_is_authorised_and_every_api_verb_documented(ask: Any) -> None:
    document = json.loads((await ask("GET", "api/openapi.json")).body)
    validate(document)
    from lodge_services.shares.routes import routes

    for route in [*common_routes(), *routes()]:
        verbs = list(verbs_of(route))
        assert verbs, route.path
        for verb, method in verbs:
            name = f"{verb.upper()} {route.path}"
            assert scope_of(method) or public_reason_of(method), name
            # on the concrete verb: an inherited one would carry its parent's scope
            assert verb in vars(route.handler), name
            if route.path.startswith("api/"):
                assert operation_of(method), name
                entry = document["paths"][f"/{route.path}"][verb]
                scope = scope_of(method)
                assert entry["security"] == ([{"hub": [scope]}] if scope else [])


async def test_writing_needs_the_write_scope(ask: Any, hub: FakeHub, ada: Caller) -> None:
    share = await publish(ada)
    reader = Caller(ask, hub.add_user("ada", "custom:lodge-shares:read"))
    one = f"api/shares/{share['id']}"
    assert (await reader("GET", one))[0] == 200
    for method, path, value in (
        ("POST", "api/shares", {"title": "x", "notebook": notebook()}),
        ("PATCH", one, {"title": "x"}),
        ("DELETE", one, None),
        ("POST", f"{one}/restore", None),
    ):
        assert (await reader(method, path, value))[1]["reason"] == "missing_scope"
