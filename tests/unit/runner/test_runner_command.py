"""The command line, the kernel that it chooses, the wire, and what stays unimported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyter_core.paths import jupyter_path
from lodge_runner import cli
from lodge_runner.errors import InputError
from lodge_runner.kernelspecs import choose_kernel, find_kernel, kernel_folders
from lodge_runner.spec import ExitCode, RunError, RunResult, RunSpec
from lodge_runner.wire import Wire


def test_imports_stay_light() -> None:
    code = (
        "import sys, lodge_runner.cli, lodge_runner.execute\n"
        "heavy = {'nbformat', 'pydantic', 'zmq', 'jupyter_client', 'asyncio', 'jsonschema'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_parameters_are_taken_out_whatever_they_look_like() -> None:
    rest, texts = cli._split_parameters(
        ["in", "-p", "a", "-1e3", "out", "-p", "b", "--spec", "-p", "a", "2"]
    )
    assert rest == ["in", "out"]
    assert texts == {"a": "2", "b": "--spec"}


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    for code in ExitCode:
        assert f"\n  {code.value} " in said


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"JUPYTER_PATH": "/a:/b/"},
        {"JUPYTER_DATA_DIR": "/data"},
        {"XDG_DATA_HOME": "/xdg"},
        {"JUPYTER_PREFER_ENV_PATH": "1"},
        {"JUPYTER_PREFER_ENV_PATH": "no"},
        {"JUPYTER_PLATFORM_DIRS": "1"},
    ],
)
def test_kernels_are_looked_for_where_jupyter_does(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [n for n in os.environ if n.startswith(("JUPYTER_", "XDG_DATA"))]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert kernel_folders() == jupyter_path("kernels")


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    folder = tmp_path / "kernels"
    folder.mkdir()
    return folder


def add_kernel(folder: Path, name: str, **fields: Any) -> None:
    (folder / name).mkdir()
    spec = {"argv": ["run", "{connection_file}", "{resource_dir}", "{x}"], "display_name": "D"}
    (folder / name / "kernel.json").write_text(json.dumps(spec | fields))


def test_kernel_is_read(kernels: Path) -> None:
    add_kernel(kernels, "mine", language="r", env={"A": "1"}, interrupt_mode="message")
    found = find_kernel("Mine")
    assert found is not None
    assert found.command(kernels / "c.json") == [
        "run",
        str(kernels / "c.json"),
        str(kernels / "mine"),
        "{x}",
    ]
    assert (found.env, found.interrupt_by_message, found.is_ipykernel) == ({"A": "1"}, True, False)


def test_python_of_a_kernel_is_ours() -> None:
    found = find_kernel("python3")
    assert found is not None
    assert found.is_ipykernel
    command = found.command(Path("/c.json"))
    assert command[0] == sys.executable
    assert command[-1] == "/c.json"


@pytest.mark.parametrize(
    "fields",
    [{"argv": []}, {"argv": 3}, {"metadata": {"kernel_provisioner": {"provisioner_name": "far"}}}],
)
def test_kernel_that_cannot_be_used(kernels: Path, fields: dict[str, Any]) -> None:
    add_kernel(kernels, "bad", **fields)
    with pytest.raises(InputError, match="kernel 'bad' can't be used"):
        find_kernel("bad")


def test_kernel_for_a_notebook() -> None:
    assert choose_kernel({})[0].name == "python3"
    spec, note = choose_kernel({"kernelspec": {"name": "gone", "language": "python"}})
    assert (spec.name, "no kernel 'gone'" in note) == ("python3", True)
    spec, note = choose_kernel(
        {"kernelspec": {"name": "gone"}, "language_info": {"name": "python"}}
    )
    assert spec.name == "python3"
    for name in ("gone", "../python3", "a/b", "中"):
        with pytest.raises(InputError, match="no kernel"):
            choose_kernel({"kernelspec": {"name": name, "language": "julia"}})


@given(st.dictionaries(st.text(), st.text()), st.binary())
def test_wire_reads_what_it_writes_and_nothing_forged(content: dict[str, str], key: bytes) -> None:
    wire = Wire(key)
    _, frames = wire.pack("execute_request", content)
    read = wire.unpack([b"topic", *frames, b"buffer"])
    assert read is not None
    assert (read.type, read.content, read.buffers) == ("execute_request", content, [b"buffer"])
    assert Wire(key + b"x").unpack(frames) is None
    assert wire.unpack([*frames[:-1], frames[-1] + b" "]) is None
    assert wire.unpack(frames[:3]) is None
    assert wire.unpack([]) is None


def test_reference_names_every_option_key_and_code() -> None:
    reference = Path(__file__).parents[3] / "docs" / "reference" / "lodge-run.md"
    text = reference.read_text(encoding="utf-8")
    options = [o for action in cli._parser()._actions for o in action.option_strings]
    keys = [*RunSpec.model_fields, *RunResult.model_fields]
    for name in options:
        assert re.search(rf"`{name}\b", text), name
    for name in keys:
        assert f"`{name}`" in text, name
    for name in RunError.model_fields:
        assert name in text
    for code in ExitCode:
        assert f"\n| {code.value} |" in text
