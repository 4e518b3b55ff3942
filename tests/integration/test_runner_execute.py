"""lodge-run on real kernels: what runs, what is kept, and what is refused."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_runner.spec import RunResult

pytestmark = pytest.mark.integration

PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write_notebook(path: Path, *sources: str, tags: dict[int, str] | None = None) -> Path:
    nb = nbformat.v4.new_notebook(metadata={"kernelspec": PYTHON})
    for index, source in enumerate(sources):
        cell = nbformat.v4.new_code_cell(source)
        if tags and index in tags:
            cell.metadata["tags"] = [tags[index]]
        nb.cells.append(cell)
    nbformat.write(nb, path)
    return path


def lodge_run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lodge_runner.cli", *(str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, **options)


def read(path: Path) -> Any:
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    return nb


def texts(cell: Any) -> list[str]:
    return [o.text if o.output_type == "stream" else o.output_type for o in cell.outputs]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.ipynb"


def result_of(out: Path) -> RunResult:
    text = out.with_name(out.name + ".result.json").read_text(encoding="utf-8")
    return RunResult.model_validate_json(text)


def test_outputs_of_every_kind(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb",
        "import sys\nprint('a', flush=True)\nprint('b', flush=True)\n"
        "print('c', file=sys.stderr, flush=True)\nprint('d')",
        "from IPython.display import *\nhandle = display('old', display_id='x')\n6 * 7",
        "update_display('new', display_id='x')",
        "print('gone')\nclear_output(wait=True)\nprint('stays')",
        "display(HTML('<b>1</b>'))\nclear_output()",
        "",
        "1 / 0",
        "skipped = True",
        "print('é 中 😀')",
        tags={6: "raises-exception", 7: "skip-execution"},
    )
    before = notebook.read_bytes()
    done = lodge_run(notebook, out)
    assert done.returncode == 0, done.stderr
    cells = read(out).cells
    assert texts(cells[0]) == ["a\nb\n", "c\n", "d\n"]
    assert [o.data["text/plain"] for o in cells[1].outputs] == ["'new'", "42"]
    assert cells[1].outputs[1].execution_count == cells[1].execution_count == 2
    assert texts(cells[2]) == []
    assert texts(cells[3]) == ["stays\n"]
    assert texts(cells[4]) == []
    assert cells[6].outputs[0].ename == "ZeroDivisionError"
    assert "é 中 😀" in texts(cells[8])[0]
    run = read(out).metadata.lodge.run
    assert run.state == "succeeded"
    states = [c.state for c in run.cells]
    assert states == ["done"] * 7 + ["not_run", "done"]
    result = result_of(out)
    assert (result.state, result.exit_code, result.error) == ("succeeded", 0, None)
    assert (result.cells_total, result.cells_done, result.current_cell) == (8, 8, None)
    assert result.environment is not None
    assert result.environment.python == platform.python_version()
    assert result.environment.packages["ipykernel"] == version("ipykernel")
    assert result.ended_at is not None
    assert notebook.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "in.ipynb",
        "out.ipynb",
        "out.ipynb.result.json",
    ]


def test_failing_cell_keeps_what_ran(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb", "print(1)", "print(2)\nraise ValueError('no\\nway')", "print(3)"
    )
    done = lodge_run(notebook, out)
    assert done.returncode == 1
    assert "Cell 2 failed: ValueError: no" in done.stderr
    nb = read(out)
    assert [texts(c) for c in nb.cells] == [["1\n"], ["2\n", "error"], []]
    assert [c.state for c in nb.metadata.lodge.run.cells] == ["done", "failed", "not_run"]
    result = result_of(out)
    assert (result.state, result.exit_code, result.cells_done) == ("failed", 1, 2)
    assert result.error is not None
    assert (result.error.cell, result.error.ename, result.error.evalue) == (
        1,
        "ValueError",
        "no\nway",
    )
    assert result.error.cell_source == nb.cells[1].source


def test_parameters_reach_the_kernel_and_the_failing_cell_counts_in_the_output(
    tmp_path: Path, out: Path
) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb",
        "text = 'x'\nnumber = 1\nratio = 0.5",
        "print(repr(text), number, ratio)",
        "assert False",
        tags={0: "parameters"},
    )
    value = 'it\'s "quoted"\nsecond 中'
    done = lodge_run(
        notebook, out, "-p", "text", value, "-p", "number", "-3", "-p", "ratio", "-inf"
    )
    assert done.returncode == 1
    nb = read(out)
    assert nb.cells[1].metadata.tags == ["injected-parameters"]
    assert texts(nb.cells[2]) == [f"{value!r} -3 -inf\n"]
    error = result_of(out).error
    assert error is not None
    assert error.cell == 3
    assert nb.metadata.lodge.run.parameters == {"text": value, "number": -3, "ratio": "-inf"}


def test_spec_names_everything(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb", "a = 1", "import os; print(a, os.getcwd())", tags={0: "parameters"}
    )
    folder = tmp_path / "work"
    folder.mkdir()
    spec = {
        "notebook": str(notebook),
        "output": str(out),
        "parameters": {"a": 2},
        "cwd": str(folder),
        "timeout_s": 60,
        "result": str(folder / "result.json"),
    }
    done = lodge_run("--spec", "-", input=json.dumps(spec))
    assert done.returncode == 0, done.stderr
    assert texts(read(out).cells[2]) == [f"2 {folder}\n"]
    RunResult.model_validate_json((folder / "result.json").read_text(encoding="utf-8"))


def test_folder_and_environment_of_the_kernel(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "12345")
    source = "import os, sys; print(os.getcwd(), os.environ['PYSPARK_GATEWAY_PORT'])"
    notebook = write_notebook(tmp_path / "in.ipynb", source, "import debugpy")
    assert lodge_run(notebook, out, cwd="/").returncode == 0
    assert texts(read(out).cells[0]) == [f"{tmp_path} 12345\n"]


def test_hundred_thousand_flushed_lines(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb", "for i in range(100_000):\n    print(i, flush=True)"
    )
    done = lodge_run(notebook, out)
    assert done.returncode == 0, done.stderr
    (output,) = read(out).cells[0].outputs
    assert output.text == "".join(f"{i}\n" for i in range(100_000))


def test_output_of_a_thread_is_not_lost(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb",
        "import threading\ngo = threading.Event()\n"
        "def late():\n    go.wait()\n    print('late')\n"
        "thread = threading.Thread(target=late)\nthread.start()",
        "go.set()\nthread.join()\nprint('second')",
    )
    assert lodge_run(notebook, out).returncode == 0
    # Which of the two cells gets it is the kernel's choice, and differs between its versions.
    printed = [text for cell in read(out).cells for text in texts(cell)]
    assert "".join(printed) == "late\nsecond\n"


def test_huge_output_goes_beside_the_notebook(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(
        tmp_path / "in.ipynb",
        "for i in range(1000):\n    print('é' * 100)",
        "from IPython.display import *\ndisplay(HTML('x' * 50_000))\ndisplay(HTML('small'))",
    )
    assert lodge_run(notebook, out, "--output-limit", "10000").returncode == 0
    nb = read(out)
    kept, mark = nb.cells[0].outputs
    spilled = out.with_name("out.ipynb.cell-1.txt").read_text(encoding="utf-8")
    assert kept.text + spilled == ("é" * 100 + "\n") * 1000
    assert len(kept.text.encode()) <= 10000
    assert "out.ipynb.cell-1.txt" in mark.data["text/plain"]
    assert "186.5 KiB" in mark.data["text/plain"]
    mark, small = nb.cells[1].outputs
    assert "out.ipynb.cell-2.jsonl" in mark.data["text/plain"]
    assert small.data["text/html"] == "small"
    lines = out.with_name("out.ipynb.cell-2.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["data"]["text/html"] for line in lines] == ["x" * 50_000]
    write_notebook(notebook, "1")
    assert lodge_run(notebook, out).returncode == 0
    assert not list(tmp_path.glob("*.cell-*"))


def test_input_is_refused(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(tmp_path / "in.ipynb", "input('name? ')")
    ended = lodge_run(notebook, out)
    assert ended.returncode == 1
    told = "Nobody answers a question in a run: make what the cell asks for a parameter."
    assert told in ended.stderr
    error = result_of(out).error
    assert error is not None
    assert (error.ename, error.evalue) == ("StdinNotImplementedError", told)


def test_widgets_are_kept(tmp_path: Path, out: Path) -> None:
    source = (
        "from comm import create_comm\n"
        "c = create_comm('jupyter.widget', comm_id='m1', data={'state': {'_model_name': 'M',"
        " '_model_module': 'mod', '_model_module_version': '1', 'value': 1}})\n"
        "c.send({'method': 'update', 'state': {'value': 2, 'b': None}, 'buffer_paths': [['b']]},"
        " buffers=[b'\\x00\\x01'])"
    )
    assert lodge_run(write_notebook(tmp_path / "in.ipynb", source), out).returncode == 0
    widgets = read(out).metadata.widgets["application/vnd.jupyter.widget-state+json"]
    model = widgets["state"]["m1"]
    assert (model["model_name"], model["state"]["value"]) == ("M", 2)
    assert model["buffers"] == [{"path": ["b"], "data": "AAE=", "encoding": "base64"}]


def test_unknown_kernel_of_python_falls_back(tmp_path: Path, out: Path) -> None:
    notebook = write_notebook(tmp_path / "in.ipynb", "print(1)")
    nb = read(notebook)
    nb.metadata.kernelspec.name = "conda-gone"
    nbformat.write(nb, notebook)
    done = lodge_run(notebook, out)
    assert done.returncode == 0
    assert "no kernel 'conda-gone'" in done.stderr
    assert read(out).metadata.kernelspec.name == "python3"


def test_old_format_is_converted(tmp_path: Path, out: Path) -> None:
    worksheet = {
        "cells": [
            {
                "cell_type": "code",
                "collapsed": False,
                "input": ["print(1)"],
                "language": "python",
                "metadata": {},
                "outputs": [],
            }
        ],
        "metadata": {},
    }
    nb = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [worksheet]}
    notebook = tmp_path / "old.ipynb"
    notebook.write_text(json.dumps(nb), encoding="utf-8")
    done = lodge_run(notebook, out)
    assert done.returncode == 0, done.stderr
    assert texts(read(out).cells[0]) == ["1\n"]


def test_kernel_that_cannot_start(tmp_path: Path, out: Path) -> None:
    kernel = tmp_path / "data" / "kernels" / "broken"
    kernel.mkdir(parents=True)
    spec = {"argv": [sys.executable, "-c", "raise SystemExit(3)"], "display_name": "B"}
    (kernel / "kernel.json").write_text(json.dumps(spec | {"language": "python"}))
    notebook = write_notebook(tmp_path / "in.ipynb", "print(1)")
    nb = read(notebook)
    nb.metadata.kernelspec.name = "broken"
    nbformat.write(nb, notebook)
    import os

    done = lodge_run(notebook, out, env=os.environ | {"JUPYTER_PATH": str(tmp_path / "data")})
    assert done.returncode == 3
    assert "'broken' ended while it was starting" in done.stderr
    assert read(out).metadata.lodge.run.state == "kernel_died"


def test_bad_input_says_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    good = write_notebook(tmp_path / "in.ipynb", "a = 1", tags={0: "parameters"})
    bad = tmp_path / "bad.ipynb"
    bad.write_text("{", encoding="utf-8")
    empty = tmp_path / "empty.ipynb"
    empty.touch()
    newer = tmp_path / "newer.ipynb"
    newer.write_text('{"nbformat": 5, "cells": []}', encoding="utf-8")
    ruby = tmp_path / "ruby.ipynb"
    nb = read(good)
    nb.metadata.kernelspec = {"name": "ruby", "display_name": "Ruby", "language": "ruby"}
    nbformat.write(nb, ruby)
    (tmp_path / "link.ipynb").symlink_to(good)
    spec = tmp_path / "spec.json"
    spec.write_text('{"notebook": "a", "output": "b", "extra": 1}', encoding="utf-8")
    out = tmp_path / "out.ipynb"
    cases: list[tuple[list[object], str]] = [
        ([tmp_path / "none.ipynb", out], "There is no notebook"),
        ([tmp_path, out], "Is a directory"),
        ([bad, out], "isn't JSON"),
        ([empty, out], "it is empty"),
        ([newer, out], "its format is 5"),
        ([ruby, out], "There is no kernel 'ruby'"),
        ([good, tmp_path / "no" / "out.ipynb"], "there is no folder"),
        ([good, tmp_path], "it is a folder"),
        ([good, good], "never overwritten"),
        ([good, tmp_path / "link.ipynb"], "never overwritten"),
        ([good, out, "--result", out], "can't both"),
        ([good, out, "--cwd", tmp_path / "no"], "no such folder"),
        ([good, out, "-p", "a", "abc"], "must be an int"),
        ([good, out, "-p", "aa", "1"], "did you mean 'a'"),
        ([good, out, "-p", "a"], "needs a name and a value"),
        ([good], "name the notebook and the output"),
        ([good, out, "--timeout", "-1"], "--timeout"),
        ([good, out, "--nonsense"], "--nonsense"),
        (["--spec", spec], "wrong at extra"),
        (["--spec", tmp_path / "no.json"], "can't be read"),
        (["--recover", out], "nothing to recover"),
    ]
    before = sorted(tmp_path.rglob("*"))
    for arguments, sentence in cases:
        done = lodge_run(*arguments)
        assert done.returncode == 2, arguments
        assert sentence in done.stderr, arguments
        assert done.stderr.count("\n") == 1, done.stderr
        assert sorted(tmp_path.rglob("*")) == before, arguments


#: The thread that a kernel is told to end by has outputs sent by another; that one, unless it ends
#: later, ends after it is asked and before it hears so.
JUST_MISSED = """
import atexit, threading, time
from ipykernel.iostream import IOPubThread
asked, send = threading.Event(), IOPubThread.schedule
def late(self, work):
    waits = isinstance(getattr(work, "__self__", None), threading.Event)
    if waits and threading.current_thread().name == "Control":
        asked.set()
        for _ in range(50):
            if self._stopped:
                return
            time.sleep(0.01)
    send(self, work)
IOPubThread.schedule = late
atexit.register(asked.wait, 60)
"""


def test_threads_of_a_kernel_that_ends_do_not_wait_for_each_other(
    tmp_path: Path, out: Path
) -> None:
    ended = lodge_run(write_notebook(tmp_path / "in.ipynb", JUST_MISSED), out)
    assert ended.returncode == 0
    assert "it is killed" not in ended.stderr
