"""What `lodge doctor` finds, and names where it is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lodge_hub import programs
from lodge_hub.cli import main


def fake_java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("said", "major"), [("17.0.15", 17), ("1.8.0_442", 8), ("21", 21), ("25.0.1-ea", 25)]
)
def test_java_versions_are_read(tmp_path: Path, said: str, major: int) -> None:
    assert programs.java_version(fake_java(tmp_path, said)) == major


def test_an_old_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", "11.0.2")))
    monkeypatch.setenv("PATH", "/nowhere")
    assert programs.java_home() is None
    new = fake_java(tmp_path / "new", "17.0.1")
    assert programs.java_home(str(new)) == new


def test_doctor_names_java_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 1
    assert "MISSING  Java 17 or newer: get it with `apt-get install" in result.output


def test_doctor_is_content_here() -> None:
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 0, result.output
    assert "Nothing is missing." in result.output


def test_up_is_refused_without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    result = CliRunner().invoke(main, ["up", "--data-dir", str(tmp_path / "data")])
    assert result.exit_code == 1
    assert "Lodge can't start without what is missing" in result.output
    assert not (tmp_path / "data").exists()


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("Lodge, version ")


def test_the_proxy_of_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "proxy"
    script.touch()
    monkeypatch.setenv("LODGE_PROXY", os.fspath(script))
    assert programs.proxy_script() == script


def test_a_command_does_not_wait_for_kubernetes() -> None:
    heavy = {"kubernetes_asyncio", "kubespawner"}
    code = f"import sys, lodge_hub.cli; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
