"""The options of %%spark, the transformed cell, and messages of Java."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.errors import OptionError, SparkError
from lodge_magics.live import line_html
from lodge_magics.spark.driver import find_java
from lodge_magics.spark.magic import spark_cell
from lodge_magics.spark.messages import java_reason, spark_sentence, where
from lodge_magics.spark.options import parse_options, split_body
from lodge_magics.spark.settings import known_settings
from lodge_magics.spark.status import status_html, status_text


def test_every_option_becomes_a_setting() -> None:
    options = parse_options(
        "--name hello --master local[2] --queue analytics --executor-memory 4g --executor-cores 2 "
        "--num-executors 3 --packages a:b:1,c:d:2 --jars /x.jar --conf spark.ui.enabled=false "
        "--restart"
    )
    assert options.restart
    assert options.settings == {
        "spark.ui.enabled": "false",
        "spark.app.name": "hello",
        "spark.master": "local[2]",
        "spark.yarn.queue": "analytics",
        "spark.jars": "/x.jar",
        "spark.executor.memory": "4g",
        "spark.executor.cores": "2",
        "spark.executor.instances": "3",
        "spark.dynamicAllocation.enabled": "false",
        "spark.jars.packages": "a:b:1,c:d:2",
    }


def test_a_range_of_executors_is_dynamic_allocation() -> None:
    assert parse_options("--min-executors 0 --max-executors 5").settings == {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.minExecutors": "0",
        "spark.dynamicAllocation.maxExecutors": "5",
    }


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("--mastr local", "did you mean --master?"),
        ("--master lokal", "Spark knows no master lokal; use local[N]"),
        ("--conf spark.master=yarrn", "Spark knows no master yarrn"),
        ("--executor-memory 4", "needs a size such as 4g or 512m, not 4."),
        ("--executor-cores two", "needs a whole number of at least 1, not two."),
        ("--executor-cores ²", "needs a whole number"),
        ("--num-executors 0", "at least 1"),
        ("--num-executors 2 --max-executors 3", "drop one of them"),
        ("--min-executors 4 --max-executors 3", "swap them"),
        ("--packages org.foo", "needs GROUP:ARTIFACT:VERSION"),
        ("--conf spark.executor.memory", "needs NAME=VALUE"),
        ("--conf spark.executor.memroy=4g", "did you mean spark.executor.memory?"),
        ("--conf spark.sql.shuffle.partition=4", "did you mean spark.sql.shuffle.partitions?"),
        ("--conf executor.memory=4g", "does not begin with spark"),
        ("--name a --conf spark.app.name=b", "got two values for spark.app.name"),
        ("--name ''", "has no value"),
        ("hello", "options begin with --"),
    ],
)
def test_mistakes_are_one_sentence(line: str, part: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(line)
    message = str(caught.value)
    assert part in message
    assert message.endswith((".", "?"))
    assert "\n" not in message


@pytest.mark.parametrize(
    "master",
    [
        "local",
        "local[4]",
        "local[*]",
        "local[2,3]",
        "yarn",
        "spark://h:7077",
        "k8s://https://h:6443",
    ],
)
def test_masters_of_spark(master: str) -> None:
    assert parse_options(f"--master {master}").settings["spark.master"] == master


@pytest.mark.parametrize(
    "name",
    ["spark.hadoop.fs.s3a.path.style.acces", "spark.sql.catalog.lake", "spark.my.company.thing"],
)
def test_settings_spark_does_not_know_are_free(name: str) -> None:
    assert parse_options(f"--conf {name}=1").settings == {name: "1"}


def test_known_settings_are_those_of_spark() -> None:
    assert {"spark.executor.memory", "spark.sql.shuffle.partitions"} <= known_settings()
    assert len(known_settings()) > 1000


def test_lines_at_the_top_of_the_body_are_options() -> None:
    cell = "\n# more\n--conf spark.a.b=1\n--name x\n\n-1\n--2\n"
    options, body = split_body(cell)
    assert "".join([*options, *body]) == cell
    assert body == ["\n", "-1\n", "--2\n"]
    assert parse_options("--queue q", options).settings == {
        "spark.a.b": "1",
        "spark.app.name": "x",
        "spark.yarn.queue": "q",
    }


def test_a_cell_keeps_its_line_numbers() -> None:
    lines = ["%%spark --queue 'a b'\n", "--name x\n", "\n", "1 + 1\n"]
    assert spark_cell(lines) == [
        "get_ipython().run_line_magic('spark', \"-- --queue 'a b' --name x\")\n",
        "\n",
        "\n",
        "1 + 1\n",
    ]


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")))
)
def test_other_cells_stay(lines: list[str]) -> None:
    cell = [f"{line}\n" for line in lines]
    if not cell or cell[0].split()[:1] != ["%%spark"]:
        assert spark_cell(cell) == cell


def test_cells_of_other_magics_with_a_like_name_stay() -> None:
    assert spark_cell(["%%sparkly\n", "x\n"]) == ["%%sparkly\n", "x\n"]
    assert spark_cell([]) == []


def test_missing_java_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkError, match=f"JAVA_HOME is {tmp_path} and there is no bin/java"):
        find_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SparkError, match="no Java on this machine"):
        find_java()
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\n")
    os.chmod(java, 0o755)  # noqa: PTH101
    find_java()


class FakeJava:
    def __init__(self, message: str | None, cause: FakeJava | None = None) -> None:
        self._message, self._cause = message, cause

    def getMessage(self) -> str | None:  # noqa: N802
        return self._message

    def getCause(self) -> FakeJava | None:  # noqa: N802
        return self._cause

    def getClass(self) -> Any:  # noqa: N802
        return SimpleNamespace(getSimpleName=lambda: "NullPointerException")


class FakeError(Exception):
    java_exception: FakeJava


def test_the_innermost_reason_of_java_is_told() -> None:
    error = FakeError("…stack…")
    error.java_exception = FakeJava(
        "outer",
        FakeJava("java.io.IOException: [CANNOT.DO] User x may not submit to queue y\n\tat a.b(c)"),
    )
    assert java_reason(error) == "[CANNOT.DO] User x may not submit to queue y."
    error.java_exception = FakeJava(None)
    assert java_reason(error) == "NullPointerException."


def test_a_spark_error_loses_condition_state_and_plan() -> None:
    error = RuntimeError(
        "[UNRESOLVED] A column `a` cannot be resolved. SQLSTATE: 42703; "
        "line 2 pos 3;\n'Project ['a]"
    )
    assert spark_sentence(error) == "A column `a` cannot be resolved."
    assert where(error, "select\n   a") == "   a\n   ^"
    assert where(error, "one line") == ""


def test_status_is_escaped_and_links_the_ui() -> None:
    lines = [("Name", "<b>"), ("Spark UI", "http://127.0.0.1:4040")]
    html = status_html(lines)
    assert "&lt;b&gt;" in html
    assert '<a href="http://127.0.0.1:4040"' in html
    assert status_text(lines) == "Name      <b>\nSpark UI  http://127.0.0.1:4040"
    assert "&lt;b&gt;" in line_html("<b>")
