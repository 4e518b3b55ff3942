"""`lodge image check`: what it finds, and names where it is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lodge_hub.cli.image import image
from lodge_hub.image_check import Engine, EngineError, Wanted, check_image, find_engine, script

WANTED = Wanted(lodge="0.1.0", jupyterhub="6.1.1", pyspark="4")


def bare_python(folder: Path) -> Path:
    """Return a Python without any package."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)], check=True
    )
    return folder / "bin/python3"


def test_an_environment_without_anything_is_told_what_it_lacks(tmp_path: Path) -> None:
    python = bare_python(tmp_path / "bare")
    done = subprocess.run(
        [str(python), "-"],
        input=script(WANTED),
        env={"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = {each["name"]: each for each in json.loads(done.stdout)}
    missing = {name for name, each in found.items() if each["needed"] and not each["found"]}
    assert {
        "the command jupyterhub-singleuser",
        "the command lodge-run",
        "jupyterhub 6.1, as the hub has it",
        "lodge-server 0.1.0, as the hub has it",
        "PySpark 4",
        "Java 17 or newer at JAVA_HOME",
        "a Spark session that counts",
        "JupyterLab",
    } <= missing
    assert found["the command bash"]["found"]
    assert all(each["remedy"] for each in found.values())


def fake_docker(folder: Path, entrypoint: list[str]) -> None:
    """Put a docker into a folder that runs on this machine what it is to run in an image."""
    program = folder / "docker"
    config = json.dumps([{"Config": {"Entrypoint": entrypoint}}])
    program.write_text(
        "#!/bin/bash\n"
        f"case $1 in image) echo '{config}' ;;\n"
        f' run) while [ $1 != - ]; do shift; done; exec {sys.executable} "$@" ;;\n'
        " *) echo 'no such command' >&2; exit 1 ;; esac\n"
    )
    program.chmod(0o755)


@pytest.mark.parametrize(("starts", "found"), [(True, True), (False, False)])
def test_the_entry_point_is_tried_as_spark_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, starts: bool, found: bool
) -> None:
    entry = tmp_path / "entry"
    source = Path(__file__).parents[3] / "images/server/entrypoint.sh"
    entry.write_text(source.read_text() if starts else "#!/bin/sh\necho $@\n")
    entry.chmod(0o755)
    fake_docker(tmp_path, [str(entry)])
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    # Nothing but the entry point is of interest here, so no session is tried.
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "pyspark.py").write_text("raise ImportError")
    told = {each.name: each for each in check_image(Engine("docker"), "any:1", WANTED)}
    assert bool(told["an entry point that starts executors"].found) == found


def test_an_image_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "podman"
    program.write_text("#!/bin/sh\necho 'Error: nonesuch: image not known' >&2\nexit 125\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(image, ["check", "nonesuch:1", "--engine", "podman"])
    assert result.exit_code == 1
    assert "`podman pull` failed: Error: nonesuch: image not known" in result.output
    assert "Traceback" not in result.output


def test_no_engine_is_told_with_the_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match="lodge image check --script"):
        find_engine()


def test_an_image_or_here_but_not_both() -> None:
    assert CliRunner().invoke(image, ["check"]).exit_code == 2
    assert CliRunner().invoke(image, ["check", "any:1", "--here"]).exit_code == 2
