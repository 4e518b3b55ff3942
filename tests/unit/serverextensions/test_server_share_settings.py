"""Profile, Spark's options and parameters: kept with a version, and compared by a fork."""

from __future__ import annotations

import asyncio
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lodge_runner.asked_for import HIDDEN, parameter_values, session_options, spark_options
from lodge_server.share.lacking import Absent, absent, other_profile
from lodge_server.share.profiles import profiles_of
from lodge_server.spark.core import Spark
from lodge_server.testing import FakeService
from lodge_services.shares.api.wire import EnvironmentModel
from lodge_services.texts import unfit
from nbformat.v4 import new_code_cell, new_notebook
from support.spark_driver import FakeDriver, Kernels

MINE = {"LODGE_PROFILE": "small", "LODGE_PROFILES": json.dumps({"small": "Small", "gpu": "GPU"})}


def make(*sources: str, tags: tuple[str, ...] = ()) -> Any:
    cells = [new_code_cell(source, metadata={"tags": list(tags)}) for source in sources]
    return new_notebook(cells=cells)


def test_options_of_spark_cells() -> None:
    notebook = make(
        "%%spark --executor-memory 4g --conf spark.sql.ansi.enabled=false --restart\n"
        "# so it fits\n\n"
        "--num-executors=3 --conf 'spark.app.note=a b'\n"
        "--conf spark.hadoop.fs.s3a.secret.key=abc --conf nonsense --conf unknown=1\n"
        "print('--queue none')",
        "%%spark --queue etl --packages org:thing:1",
        "print('%%spark --master nowhere')",
        "%%spark --name 'unclosed",
        "%%sql --source x",
    )
    assert spark_options(notebook) == {
        "spark.app.name": "'unclosed",
        "spark.app.note": "a b",
        "spark.executor.instances": "3",
        "spark.executor.memory": "4g",
        "spark.hadoop.fs.s3a.secret.key": HIDDEN,
        "spark.jars.packages": "org:thing:1",
        "spark.sql.ansi.enabled": "false",
        "spark.yarn.queue": "etl",
    }


def test_of_a_session_only_what_tells_how_it_computes_is_kept() -> None:
    properties = [
        ["spark.master", "local[2]"],
        ["spark.driver.memory", "1g"],
        ["spark.org.apache.spark.ui.JWSFilter.param.secretKey", "abc"],
        ["spark.executor.memory", "2g"],
        ["spark.hadoop.fs.s3a.access.key", "abc"],
        ["odd"],
    ]
    assert session_options(properties) == {
        "spark.driver.memory": "1g",
        "spark.executor.memory": "2g",
        "spark.master": "local[2]",
    }


@given(st.text())
@example("--conf spark.a=\x00b --conf spark.\x01=1 --name \ud800")
@example("℘ = 1\na·b = '\x00'")
def test_whatever_a_cell_says_can_be_kept(text: str) -> None:
    found = spark_options(make(f"%%spark {text}"))
    tagged = parameter_values(make(text, tags=("parameters",)))
    sent = EnvironmentModel(spark=found, parameters=tagged)
    assert unfit(sent.model_dump()) == ""


async def test_the_session_of_the_notebook_tells(
    driver: FakeDriver, runtime: Path, spark: Spark
) -> None:
    path = "work/flights.ipynb"
    assert await spark.properties(path) == []
    driver.tell(runtime)
    assert session_options(await spark.properties(path)) == {
        "spark.driver.memory": "1g",
        "spark.executor.memory": "2g",
        "spark.master": "local[2]",
    }
    assert await spark.properties("another.ipynb") == []


async def test_a_driver_that_is_silent_holds_no_sharing_up(
    driver: FakeDriver, runtime: Path
) -> None:
    driver.tell(runtime)
    driver.awake.clear()
    spark = Spark(runtime=runtime, kernels=Kernels(), patience=0.2)
    assert await spark.properties("work/flights.ipynb") == []


def test_values_of_parameters() -> None:
    notebook = make(
        "day: str = '2013-01-01'  # which\ntop = 5\napi_token = 'x'", tags=("parameters",)
    )
    assert parameter_values(notebook) == {"day": "'2013-01-01'", "top": "5", "api_token": HIDDEN}
    assert parameter_values(make("day = = 1", tags=("parameters",))) == {}
    assert parameter_values(make("day = 1")) == {}


@pytest.mark.parametrize("said", ["", "[", "[]", '{"a": 1}', "3"])
def test_profiles_that_are_none(said: str) -> None:
    assert profiles_of({"LODGE_PROFILES": said}) == {}


def test_another_profile_is_offered_where_it_may_be_used() -> None:
    assert other_profile("", MINE) is None
    assert other_profile("small", MINE) is None
    hub = {"JUPYTERHUB_PUBLIC_HUB_URL": "https://lodge.example.org/hub/"}
    offered = other_profile("gpu", MINE | hub)
    assert offered is not None
    assert (offered.name, offered.own) == ("GPU", "Small")
    assert offered.stop == "https://lodge.example.org/hub/home"
    assert offered.start == "https://lodge.example.org/hub/spawn?opt-profile=gpu"
    plain = other_profile("gpu", MINE | {"JUPYTERHUB_HOST": "", "JUPYTERHUB_BASE_URL": "/x/"})
    assert plain is not None
    assert plain.start == "/x/hub/spawn?opt-profile=gpu"
    refused = other_profile("huge", MINE)
    assert refused is not None
    assert (refused.name, refused.start) == ("huge", "")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_fork_says_which_profile_it_ran_under(
    server: Any, fake: FakeService, language: str
) -> None:
    made = fake.post_shares({"title": "T", "notebook": make("1")}, "grace")
    server.app.web_app.settings["lodge_cores"].share.environ = MINE
    pages = []
    for name in ("small", "gpu", "<huge>"):
        fake.environment = {"packages": {}, "profile": name}
        response = await server.ask(
            "GET",
            "lodge/fork",
            headers={"Accept-Language": language},
            ticket=fake.make_ticket(made["id"]),
        )
        pages.append((response.code, response.body.decode()))
    assert [code for code, _ in pages] == [302, 200, 200]
    gpu, huge = (page for _, page in pages[1:])
    said = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", gpu)).split())
    assert 'href="/hub/spawn?opt-profile=gpu"' in gpu
    assert 'href="/hub/home"' in gpu
    assert "<huge>" not in huge
    assert "spawn" not in huge
    if language == "en":
        assert "shared from a server with the profile GPU; yours has Small." in said
        assert "Stop my server · Start it with GPU" in said
        assert "the profile &lt;huge&gt;; yours has Small. That profile is not one of yours" in huge
    else:
        assert "以 GPU 启动" in said


async def test_all_is_kept_with_what_is_shared(server: Any, fake: FakeService) -> None:
    server.app.web_app.settings["lodge_cores"].share.environ = MINE
    tagged = new_code_cell("top = 5", metadata={"tags": ["parameters"]})
    server.write("late.ipynb", tagged, new_code_cell("%%spark --queue etl"))
    await server.ask("POST", "lodge/api/shares", {"path": "late.ipynb", "title": "T"})
    sent = fake.requests[-1][2]["environment"]
    assert sent["profile"] == "small"
    assert sent["spark"] == {"spark.yarn.queue": "etl"}
    assert sent["parameters"] == {"top": "5"}


class Sources:
    """Sources of which one never answers."""

    def __init__(self) -> None:
        self.cancelled = False

    async def sources(self) -> Any:
        return {"items": [{"name": name, "default": name == "a"} for name in ("a", "b", "silent")]}

    async def missing(self, source: str, tables: Any) -> list[str]:
        if source == "silent":
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        if source == "b":
            raise RuntimeError("broken")
        return list(tables)[:1]


async def test_a_source_that_is_silent_holds_nobody_up() -> None:
    asked = Sources()
    tables = {"": ["x", "y"], "a": ["z"], "b": ["z"], "silent": ["z"], "gone": ["z"]}
    found = await absent(asked, ["gone", "a"], tables, patience=0.2)
    assert found == Absent(["gone"], [("", "x"), ("a", "z")])
    assert await absent(asked, [], {}) == Absent()
