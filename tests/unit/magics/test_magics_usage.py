"""What `%%spark?` and `%%sql?` show: the options and commands that there are, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lodge_magics
import pytest
from IPython.core.interactiveshell import InteractiveShell
from lodge_magics.arguments import Option
from lodge_magics.spark import options as spark
from lodge_magics.spark.magic import COMMANDS
from lodge_magics.sql import options as sql


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    lodge_magics.load_ipython_extension(shell)
    yield shell
    lodge_magics.unload_ipython_extension(shell)
    shell.history_manager.end_session()


def usage(shell: InteractiveShell, kind: str, name: str) -> str:
    """The usage lines of a magic, in one line."""
    told = shell.magics_manager.magics[kind][name].__doc__ or ""
    found = re.search(rf"%{name}\b ?(.*?)(?:\n\n|\Z)", told, re.DOTALL)
    assert found, told
    return " ".join(found[1].split())


@pytest.mark.parametrize(("name", "options"), [("spark", spark.OPTIONS), ("sql", sql.OPTIONS)])
def test_usage_names_the_options_there_are(
    shell: InteractiveShell, name: str, options: tuple[Option, ...]
) -> None:
    text = usage(shell, "cell", name)
    assert sorted(re.findall(r"--[a-z-]+", text)) == sorted(option.name for option in options)
    repeated = re.findall(r"\[(--[a-z-]+)[^\[\]]*\]\.\.\.", text)
    assert repeated == [option.name for option in options if option.repeated]


def test_usage_names_the_commands_there_are(shell: InteractiveShell) -> None:
    spark_line, sql_line = usage(shell, "line", "spark"), usage(shell, "line", "sql")
    for command, (after, _) in COMMANDS.items():
        assert f"| {command} {after}".rstrip() in spark_line
    assert spark_line.count("|") == len(COMMANDS)
    assert re.findall(r"\b([a-z]+)\b", sql_line.replace("source NAME", "")) == list(sql.CATALOG)
