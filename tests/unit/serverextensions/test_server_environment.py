"""What a notebook ran with, and what of it a fork's owner lacks."""

from __future__ import annotations

import multiprocessing
import platform
from typing import Any

import nbformat
import pytest
from lodge_runner.environment import environment
from lodge_server.share.environment import Lack, lacks, sources
from lodge_server.testing import FakeService
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from packaging.requirements import Requirement


def make(*sources: str) -> Any:
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def test_what_is_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_IMAGE_SPEC", "lodge-server:1")
    found = environment()
    assert (found["python"], found["image"]) == (platform.python_version(), "lodge-server:1")
    assert found["packages"]["nbformat"] == nbformat.__version__
    assert found["packages"]["lodge-server"]


def test_what_is_missing_or_older_is_named() -> None:
    notebook = make(
        "%matplotlib inline\nimport nowhere_at_all.sub as n\nimport os, nbformat",
        "from yaml import safe_load\nfrom . import x",
        "broken = (",
        "%%sql\nimport tornado",
        "!pip list\nimport pydantic",
    )
    there = {
        "nowhere-at-all": "1.0",
        "nbformat": "99.1",
        "pyyaml": "0.1",
        "pydantic": "1.0; evil",
        "tornado": "99",
        "polars": "99",
    }
    assert lacks(notebook, {"packages": there}) == [
        Lack("nbformat", "99.1", nbformat.__version__),
        Lack("nowhere-at-all", "1.0", ""),
    ]


@pytest.mark.parametrize("recorded", [{}, {"packages": []}, {"packages": {"nbformat": 3}}])
def test_what_is_not_known_is_not_missed(recorded: Any) -> None:
    assert lacks(make("import nbformat, nowhere_at_all"), recorded) == []


def test_pip_understands_what_it_is_asked_for() -> None:
    (lack,) = lacks(make("import nowhere"), {"packages": {"nowhere": "2.1.0+cu118"}})
    assert lack.wanted == "2.1.0+cu118"
    assert str(Requirement(lack.required)) == "nowhere>=2.1.0"


def test_a_cell_of_blank_lines_holds_nobody_up() -> None:
    notebook = make("\n" * 300_000 + "import nowhere")
    # In a process of its own: an expression that is looked for is not interrupted.
    reader = multiprocessing.get_context("fork").Process(
        target=lacks, args=(notebook, {"packages": {"nowhere": "1"}})
    )
    reader.start()
    reader.join(20)
    alive = reader.is_alive()
    reader.kill()
    assert not alive
    found = lacks(notebook, {"packages": {"nowhere": "1"}})
    assert [one.name for one in found] == ["nowhere"]


def test_the_sources_of_a_notebook() -> None:
    notebook = make(
        "%%sql --source sales\nSELECT 1",
        "%%sql rows << --source='the house'\nSELECT 2",
        "%%sql\n-- --source not_this",
        "print('%%sql --source nor_this')",
    )
    notebook.cells.append(new_markdown_cell("%%sql --source text"))
    assert sources(notebook) == ["sales", "the house"]


class TestFork:
    async def test_it_goes_straight_where_nothing_is_missing(
        self, server: Any, fake: FakeService
    ) -> None:
        made = fake.post_shares({"title": "T", "notebook": make("import nbformat")}, "grace")
        fake.environment = {"python": "3", "image": "", "packages": environment()["packages"]}
        response = await server.ask("GET", "lodge/fork", ticket=fake.make_ticket(made["id"]))
        assert response.code == 302

    async def test_what_is_missing_is_named_before_a_cell_fails(
        self, server: Any, fake: FakeService
    ) -> None:
        notebook = make("import nbformat, nowhere", "%%sql --source <sales>\nSELECT 1")
        made = fake.post_shares({"title": "Late", "notebook": notebook}, "grace")
        fake.environment = {"packages": {"nbformat": "99.1", "nowhere": "2.0"}}
        ticket = fake.make_ticket(made["id"])
        response = await server.ask("GET", "lodge/fork", ticket=ticket)
        page = response.body.decode()
        assert response.code == 200
        for said in (
            "nowhere 2.0 is not installed.",
            f"nbformat is {nbformat.__version__} here, and was 99.1.",
            "%pip install &quot;nbformat&gt;=99.1&quot; &quot;nowhere&gt;=2.0&quot;",
            "The SQL source &lt;sales&gt; is not set up for you",
            "lab/tree/forks/late.ipynb",
        ):
            assert said in page, said
        assert (server.root / "forks" / "late.ipynb").exists()

    async def test_a_version_can_not_become_a_command(self, server: Any, fake: FakeService) -> None:
        made = fake.post_shares({"title": "T", "notebook": make("import nowhere")}, "grace")
        fake.environment = {"packages": {"nowhere": '1" ; rm -rf ~ "'}}
        response = await server.ask("GET", "lodge/fork", ticket=fake.make_ticket(made["id"]))
        assert response.code == 302


async def test_what_is_shared_says_what_it_ran_with(server: Any, fake: FakeService) -> None:
    server.write("late.ipynb", new_code_cell("1", execution_count=1))
    await server.ask("POST", "lodge/api/shares", {"path": "late.ipynb", "title": "T"})
    sent = fake.requests[-1][2]["environment"]
    assert sent["python"] == platform.python_version()
    assert "jupyter-server" in sent["packages"]
