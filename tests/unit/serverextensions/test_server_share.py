from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from lodge_server.share.core import file_name
from lodge_server.testing import FakeService
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

ERROR = new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])
TEXT = {"title": "Late flights", "description": "Which carrier is late", "tags": ["flights"]}


def body_of(response: Any) -> Any:
    return json.loads(response.body)


async def share(server: Any, path: str, **changes: Any) -> Any:
    return await server.ask("POST", "lodge/api/shares", {"path": path, **TEXT, **changes})


async def test_a_notebook_is_shared_as_it_stands_on_disk(server: Any, fake: FakeService) -> None:
    server.write("late.ipynb", new_code_cell("1 + 1", execution_count=1))
    response = await share(server, "late.ipynb")
    assert response.code == 201
    made = body_of(response)
    assert (made["title"], made["version"], made["tags"]) == ("Late flights", 1, ["flights"])
    sent = fake.versions[made["id"]][0]
    assert [cell["source"] for cell in sent["cells"]] == ["1 + 1"]
    assert sent["nbformat"] == 4


async def test_who_may_read_it_is_said_or_stays(server: Any, fake: FakeService) -> None:
    server.write("late.ipynb", new_code_cell("1", execution_count=1))
    await share(server, "late.ipynb")
    assert "readers" not in fake.requests[-1][2]
    await share(server, "late.ipynb", readers={"people": ["bob"]})
    assert fake.requests[-1][2]["readers"] == {"everyone": False, "groups": [], "people": ["bob"]}
    assert (await share(server, "late.ipynb", readers={"peple": []})).code == 400


async def test_a_notebook_that_was_shared_becomes_its_next_version(
    server: Any, fake: FakeService
) -> None:
    server.write("late.ipynb", new_code_cell("1", execution_count=1))
    first = body_of(await share(server, "late.ipynb"))
    remembered = {name: first[name] for name in ("id", "version", "digest")}
    server.write("late.ipynb", new_code_cell("2", execution_count=1), share=remembered)
    second = body_of(await share(server, "late.ipynb", title="Later flights"))
    assert (second["id"], second["version"], second["title"]) == (first["id"], 2, "Later flights")
    # What the notebook remembers of its share isn't part of what is shared.
    assert "lodge" not in fake.versions[first["id"]][1]["metadata"]


async def test_an_unchanged_notebook_is_no_new_version(server: Any) -> None:
    server.write("late.ipynb", new_code_cell("1", execution_count=1, id="a"))
    first = body_of(await share(server, "late.ipynb"))
    remembered = {name: first[name] for name in ("id", "version", "digest")}
    server.write("late.ipynb", new_code_cell("1", execution_count=1, id="a"), share=remembered)
    assert body_of(await share(server, "late.ipynb"))["version"] == 1


@pytest.mark.parametrize("remembered", [{"id": "gone"}, {"id": 3}, {}, "nonsense", None])
async def test_a_share_that_is_gone_is_made_anew(server: Any, remembered: Any) -> None:
    server.write("late.ipynb", share=remembered)
    assert body_of(await share(server, "late.ipynb"))["version"] == 1


async def test_somebody_elses_share_is_never_overwritten(server: Any, fake: FakeService) -> None:
    others = fake.post_shares({"title": "Hers", "notebook": {"metadata": {}}}, "grace")
    server.write("copy.ipynb", share={"id": others["id"], "version": 1, "digest": ""})
    made = body_of(await share(server, "copy.ipynb"))
    assert made["id"] != others["id"]
    assert others["version"] == 1


async def test_where_it_was_forked_from_travels_along(server: Any) -> None:
    server.write("fork.ipynb", forked_from={"id": "abc", "version": 3})
    assert body_of(await share(server, "fork.ipynb"))["forked_from"] == {"id": "abc", "version": 3}


async def test_a_share_can_be_looked_up(server: Any) -> None:
    server.write("late.ipynb")
    made = body_of(await share(server, "late.ipynb"))
    assert body_of(await server.ask("GET", f"lodge/api/shares/{made['id']}")) == made


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("missing.ipynb", 404, "no_notebook"),
        ("../outside.ipynb", 404, "no_notebook"),
        ("/etc/passwd", 404, "no_notebook"),
        ("notes.txt", 400, "no_notebook"),
        ("folder", 400, "no_notebook"),
        ("/", 400, "no_path"),
    ],
)
async def test_only_notebooks_of_this_user_are_read(
    server: Any, fake: FakeService, path: str, status: int, reason: str
) -> None:
    (server.root / "notes.txt").write_text("not a notebook")
    (server.root / "folder").mkdir()
    nbformat.write(nbformat.v4.new_notebook(), server.root.parent / "outside.ipynb")
    response = await share(server, path)
    assert (response.code, body_of(response)["reason"]) == (status, reason)
    assert body_of(response)["message"]
    assert fake.requests == []


@pytest.mark.parametrize(
    "body", [{"title": "x"}, {"path": "a.ipynb", "title": ""}, {"path": "a", "title": "b", "x": 1}]
)
async def test_a_request_that_is_not_understood_says_where(server: Any, body: Any) -> None:
    response = await server.ask("POST", "lodge/api/shares", body)
    assert response.code == 400
    assert body_of(response)["reason"] == "bad_request"


async def test_cells_that_failed_or_never_ran_are_named(server: Any) -> None:
    server.write(
        "check.ipynb",
        new_markdown_cell("# Title"),
        new_code_cell("1 / 0", execution_count=1, outputs=[ERROR]),
        new_code_cell("never"),
        new_code_cell("   "),
        new_code_cell("x = 1", execution_count=2),
    )
    response = await server.ask("GET", "lodge/api/notebooks/check", path="check.ipynb")
    assert body_of(response) == {
        "cells": 5,
        "cells_with_errors": [1],
        "cells_never_run": [2],
        "cells_out_of_order": [],
        "large_outputs": [],
        "secrets": [],
    }


async def test_cells_that_ran_before_those_above_and_large_outputs_are_named(server: Any) -> None:
    text = new_output("stream", name="stdout", text="x" * 5_000_001)
    counts = [(3, []), (1, []), (None, []), (4, [text]), (2, [])]
    cells = [new_code_cell("1", execution_count=n, outputs=outputs) for n, outputs in counts]
    server.write("order.ipynb", *cells)
    found = body_of(await server.ask("GET", "lodge/api/notebooks/check", path="order.ipynb"))
    assert (found["cells_out_of_order"], found["large_outputs"]) == ([1, 4], [3])


async def test_secrets_are_named_before_they_leave_and_not_told(server: Any) -> None:
    key = "".join(("AKIA", "QYLPMN5HHHFPZAM2"))
    output = new_output("stream", name="stdout", text=f"{key}\n")
    server.write("keys.ipynb", new_code_cell("show()", execution_count=1, outputs=[output]))
    response = await server.ask("GET", "lodge/api/notebooks/check", path="keys.ipynb")
    (secret,) = body_of(response)["secrets"]
    assert secret == {"cell": 0, "place": "output", "kind": "AWS Access Key"}
    assert key not in response.body.decode()


async def test_parameters_are_read_without_running(server: Any) -> None:
    cell = new_code_cell("day: str = '2013-01-01'  # which day\ntop = 5")
    cell.metadata["tags"] = ["parameters"]
    server.write("with.ipynb", cell)
    response = await server.ask("GET", "lodge/api/notebooks/parameters", path="with.ipynb")
    day, top = body_of(response)["parameters"]
    assert (day["name"], day["type"], day["default"]) == ("day", "str", "2013-01-01")
    assert day["help"] == "which day"
    assert (top["name"], top["type"], top["default"]) == ("top", "int", 5)


async def test_a_broken_parameters_cell_is_told(server: Any) -> None:
    cell = new_code_cell("day = = 3")
    cell.metadata["tags"] = ["parameters"]
    server.write("broken.ipynb", cell)
    response = await server.ask("GET", "lodge/api/notebooks/parameters", path="broken.ipynb")
    assert (response.code, body_of(response)["reason"]) == (400, "bad_parameters")


class TestFork:
    async def test_writes_the_notebook_and_opens_it(self, server: Any, fake: FakeService) -> None:
        notebook = nbformat.v4.new_notebook(cells=[new_code_cell("1")])
        notebook.metadata["lodge"] = {"share": {"id": "x", "version": 1}, "other": True}
        made = fake.post_shares({"title": "Late flights", "notebook": notebook}, "grace")
        where = []
        for _ in range(3):
            response = await server.ask("GET", "lodge/fork", ticket=fake.make_ticket(made["id"]))
            assert response.code == 302
            where.append(urlsplit(response.headers["Location"]).path)
        assert where == [
            "/user/ada/lab/tree/forks/late-flights.ipynb",
            "/user/ada/lab/tree/forks/late-flights-1.ipynb",
            "/user/ada/lab/tree/forks/late-flights-2.ipynb",
        ]
        written = nbformat.read(server.root / "forks" / "late-flights.ipynb", as_version=4)
        assert written.metadata["lodge"] == {
            "other": True,
            "forked_from": {"id": made["id"], "version": 1},
        }
        assert made["forks"] == 3

    async def test_a_name_in_another_script_works(self, server: Any, fake: FakeService) -> None:
        made = fake.post_shares({"title": "航班 延误", "notebook": nbformat.v4.new_notebook()})
        response = await server.ask("GET", "lodge/fork", ticket=fake.make_ticket(made["id"]))
        assert unquote(response.headers["Location"]).endswith("forks/航班-延误.ipynb")
        assert (server.root / "forks" / "航班-延误.ipynb").exists()

    async def test_a_used_ticket_gets_a_page_that_says_so(
        self, server: Any, fake: FakeService
    ) -> None:
        made = fake.post_shares({"title": "a", "notebook": nbformat.v4.new_notebook()})
        ticket = fake.make_ticket(made["id"])
        await server.ask("GET", "lodge/fork", ticket=ticket)
        response = await server.ask("GET", "lodge/fork", ticket=ticket)
        assert response.code == 410
        assert response.headers["Content-Type"].startswith("text/html")
        page = response.body.decode()
        assert "press Fork again" in page
        assert 'data-reason="ticket_used"' in page
        assert len(list((server.root / "forks").glob("*.ipynb"))) == 1

    async def test_no_ticket_gets_a_page_too(self, server: Any, fake: FakeService) -> None:
        response = await server.ask("GET", "lodge/fork")
        assert response.code == 400
        assert "The link has no ticket" in response.body.decode()
        assert fake.requests == []

    async def test_the_page_speaks_chinese(self, server: Any) -> None:
        response = await server.ask("GET", "lodge/fork", headers={"Accept-Language": "zh-CN"})
        assert "未能派生笔记本" in response.body.decode()

    async def test_a_message_is_no_markup(self, server: Any, fake: FakeService) -> None:
        fake.used.add("x")
        response = await server.ask("GET", "lodge/fork", ticket="<script>alert(1)</script>")
        assert "<script" not in response.body.decode()

    async def test_nobody_else_can_use_the_link(self, server: Any, fake: FakeService) -> None:
        response = await server.ask("GET", "lodge/fork", token=None, ticket="x")
        assert response.code in {302, 403}
        assert fake.requests == []

    async def test_its_ticket_stays_out_of_the_log(self, server: Any) -> None:
        assert "ticket" in server.app.web_app.settings["extra_log_scrub_param_keys"]


@pytest.mark.parametrize(
    ("proposed", "expected"),
    [
        ("late.ipynb", "late.ipynb"),
        ("late", "late.ipynb"),
        ("../../etc/cron.ipynb", "cron.ipynb"),
        ("..\\..\\up.ipynb", "up.ipynb"),
        (".hidden.ipynb", "hidden.ipynb"),
        ("", "notebook.ipynb"),
        ("...", "notebook.ipynb"),
        ("x" * 300, "x" * 120 + ".ipynb"),
    ],
)
def test_a_forks_name_has_no_folders(proposed: str, expected: str) -> None:
    assert file_name(proposed) == expected


async def test_a_share_is_published_to_a_wiki(server: Any, fake: FakeService) -> None:
    fake.wikis = ["team"]
    server.write("late.ipynb")
    made = body_of(await share(server, "late.ipynb"))
    wikis = body_of(await server.ask("GET", "lodge/api/wikis"))
    assert [wiki["name"] for wiki in wikis["items"]] == ["team"]
    parents = body_of(await server.ask("GET", "lodge/api/wikis/team/parents?begun=Te%26"))
    assert parents["items"] == ["Team/Te&"]
    pages = f"lodge/api/shares/{made['id']}/wikis"
    said = body_of(await server.ask("PUT", f"{pages}/team", {"language": "zh"}))
    assert (said["state"], said["language"], said["parent"]) == ("waiting", "zh", "")
    assert [one["wiki"] for one in body_of(await server.ask("GET", pages))["items"]] == ["team"]
    refused = await server.ask("PUT", f"{pages}/elsewhere", {})
    assert (refused.code, body_of(refused)["reason"]) == (404, "wiki_not_found")
    assert (await server.ask("PUT", f"{pages}/team", {"language": "fr"})).code == 400


async def test_what_others_have_said_is_asked_for(server: Any, fake: FakeService) -> None:
    assert body_of(await server.ask("GET", "lodge/api/notices"))["items"] == []
    fake.notices = [{"title": "Late flights", "mentioned": True}]
    answer = body_of(await server.ask("GET", "lodge/api/notices"))
    assert [one["title"] for one in answer["items"]] == ["Late flights"]


async def test_what_has_changed_since_is_told(server: Any, fake: FakeService) -> None:
    server.write("late.ipynb", new_code_cell("1", execution_count=1))
    response = await server.ask("GET", "lodge/api/notebooks/changes", path="late.ipynb")
    assert (response.code, body_of(response)["reason"]) == (404, "not_shared")
    made = body_of(await share(server, "late.ipynb"))
    remembered = {name: made[name] for name in ("id", "version", "digest")}
    cells = [new_code_cell("1", execution_count=1), new_code_cell("2", execution_count=2)]
    server.write("late.ipynb", *cells, share=remembered)
    response = await server.ask("GET", "lodge/api/notebooks/changes", path="late.ipynb")
    assert body_of(response) == {"version": 1, "added": 1, "removed": 0, "cells": 1}
    # What the notebook remembers of its share is no difference.
    assert "share" not in fake.requests[-1][2]["notebook"]["metadata"].get("lodge", {})
    fake.shares[made["id"]]["owner"] = "grace"
    response = await server.ask("GET", "lodge/api/notebooks/changes", path="late.ipynb")
    assert response.code == 404
