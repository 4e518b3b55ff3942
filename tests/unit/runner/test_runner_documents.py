"""Journals, records, notebooks and result files, without a kernel."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_runner.errors import InputError
from lodge_runner.files import write_atomically
from lodge_runner.journal import Journal, journal_path, so_far
from lodge_runner.notebook import clear_outputs, encode_notebook, read_notebook
from lodge_runner.outputs import Outputs
from lodge_runner.record import RunRecord
from lodge_runner.result import ResultFile, default_result_path
from lodge_runner.spec import RunError, RunResult, RunSpec
from pydantic import ValidationError


def plain(*sources: str) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{i}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for i, source in enumerate(sources)
    ]
    cells.append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# text"})
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def record(*sources: str, **parameters: Any) -> RunRecord:
    return RunRecord(plain(*sources), parameters, Outputs())


def test_result_is_what_the_spec_says(tmp_path: Path) -> None:
    run = record("1", "2")
    run.cells[0].state = "done"
    run.current = 1
    file = ResultFile(default_result_path(tmp_path / "out.ipynb"), run)
    file.update()
    running = RunResult.model_validate_json(file.path.read_text())
    assert (running.state, running.cells_done, running.current_cell) == ("running", 1, 1)
    run.fail("Cell 2 failed: E: v", 1, "E", "v")
    run.current = None
    file.finish("failed", 1, "2099-01-01T00:00:00Z")
    ended = RunResult.model_validate_json(file.path.read_text())
    assert ended.error == RunError(
        cell=1, cell_source="2", ename="E", evalue="v", message="Cell 2 failed: E: v"
    )
    assert set(json.loads(file.path.read_text())) == set(RunResult.model_fields)


def test_progress_is_not_written_too_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    file = ResultFile(tmp_path / "r.json", record("1"))
    file.update()
    first = file.path.stat().st_ino
    file.change()
    clock[0] += 0.1
    file.update()
    assert file.has_news
    assert file.path.stat().st_ino == first
    clock[0] += 0.2
    file.update()
    assert not file.has_news


def test_output_notebook_is_valid_and_says_how_it_went() -> None:
    run = record("print('a\\nb')", "x", value=float("nan"), many=[float("inf"), 1])
    run.outputs.apply(0, ["stream", "stdout", "a\nb\n"])
    run.outputs.apply(
        0,
        [
            "output",
            {
                "output_type": "display_data",
                "data": {"text/html": "<p>\n</p>", "application/json": {"a": "x\ny"}},
                "metadata": {},
            },
            None,
        ],
    )
    run.cells[0].state, run.cells[0].duration_s, run.cells[0].execution_count = "done", 0.5, 1
    data = encode_notebook(run.notebook("succeeded", "2026-01-01T00:00:00Z"))
    nb = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(nb)
    assert nb.metadata.lodge.run == {
        "state": "succeeded",
        "started_at": run.started_at,
        "ended_at": "2026-01-01T00:00:00Z",
        "parameters": {"value": "nan", "many": ["inf", 1]},
        "cells": [
            {"cell": 0, "state": "done", "duration_s": 0.5},
            {"cell": 1, "state": "not_run", "duration_s": None},
        ],
    }
    assert data.decode() == nbformat.writes(nb) + "\n"
    assert run.nb["metadata"] == {}


@given(
    st.lists(st.text(st.characters(codec="utf-8")), max_size=4),
    st.text(st.characters(codec="utf-8")),
)
def test_written_as_nbformat_writes(sources: list[str], text: str) -> None:
    run = record(*sources)
    if sources:
        run.outputs.apply(0, ["stream", "stdout", text])
    data = encode_notebook(run.notebook("succeeded", "2026-01-01T00:00:00Z")).decode()
    assert data == nbformat.writes(nbformat.reads(data, as_version=4)) + "\n"


def test_lone_surrogates_can_be_written() -> None:
    data = encode_notebook(record("x = '\ud800'").notebook("failed", "2026-01-01T00:00:00Z"))
    assert json.loads(data)["cells"][0]["source"] == ["x = '\ud800'"]


def test_clear_outputs_leaves_other_metadata(tmp_path: Path) -> None:
    nb = plain("1")
    nb["cells"][0] |= {
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
        "execution_count": 3,
        "metadata": {"execution": {"a": "b"}, "tags": ["t"]},
    }
    nb["metadata"] = {"lodge": {"share": {"id": "s"}, "run": {}}, "widgets": {}}
    clear_outputs(nb)
    assert nb["cells"][0]["outputs"] == []
    assert nb["cells"][0]["metadata"] == {"tags": ["t"]}
    assert nb["metadata"] == {"lodge": {"share": {"id": "s"}}}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is empty"),
        (b"\xff\xfe", "isn't JSON"),
        (b"[]", "no list of cells"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": [1]}', "cell 1 is no object"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "x"}]}', "unknown type 'x'"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "raw"}]}', "has no source"),
        (b'{"nbformat": 4, "cells": [], "metadata": 1}', "metadata is no object"),
        (b'{"nbformat": 4, "cells": [], "metadata": {"lodge": 1}}', "'lodge' is no object"),
        (b'{"nbformat": "4", "cells": []}', "its format is '4'"),
        (b'{"nbformat": 2, "worksheets": 1}', "can't be converted"),
    ],
)
def test_what_is_no_notebook(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "x.ipynb"
    file.write_bytes(content)
    with pytest.raises(InputError, match=fault):
        read_notebook(file)


def test_journal_of_a_killed_run(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    run = record("a", "b", "c", p=1)
    journal = Journal(out)
    journal.begin(run, tmp_path / "r.json")
    journal.start_cell(0)
    run.cells[0].state, run.cells[0].times = "done", {"iopub.status.busy": "t"}
    journal.end_cell(run.cell_entry(0))
    journal.start_cell(1)
    journal.write_outputs([(1, ["stream", "stdout", "x"])])
    with pytest.raises(InputError, match="Another run"):
        Journal(out)
    journal.close()
    again = Journal(out)
    recovered = again.recover()
    assert recovered is not None
    assert [c.state for c in recovered.record.cells.values()] == ["done", "killed", "not_run"]
    assert recovered.record.cells[0] == run.cells[0]
    assert recovered.record.outputs.of(1)[0]["text"] == "x"
    assert recovered.record.parameters == {"p": 1}
    assert (recovered.state, recovered.exit_code) == ("failed", 5)
    assert recovered.result == tmp_path / "r.json"
    again.remove()
    assert not journal_path(out).exists()


def test_a_journal_tells_the_notebook_so_far(tmp_path: Path) -> None:
    output = tmp_path / "out.ipynb"
    journal = Journal(output)
    journal.begin(record("1", "2"), default_result_path(output))
    journal.start_cell(0)
    journal.write_outputs([(0, ["stream", "stdout", "so far"])])
    content = journal.path.read_bytes()
    nb = json.loads(so_far(content + b'{"end": {"ce') or b"")
    nbformat.validate(nb)
    assert nb["cells"][0]["outputs"][0]["text"] == ["so far"]
    assert [cell["state"] for cell in nb["metadata"]["lodge"]["run"]["cells"]] == [
        "running",
        "not_run",
    ]
    for garbage in (b"", b"[]", content.replace(b'"stream"', b"7"), content + b'{"start": 99}\n'):
        so_far(garbage)
    journal.remove()


def test_what_ran_within_a_widget_is_in_the_cell_of_a_recovered_run(tmp_path: Path) -> None:
    output = tmp_path / "out.ipynb"
    journal = Journal(output)
    journal.begin(record("1", "2"), default_result_path(output))
    journal.start_cell(1)
    journal.write_outputs([(1, ["stream", "stdout", "a"]), ("w", ["stream", "stdout", "within"])])
    recovered = journal.recover()
    assert recovered is not None
    assert [o["text"] for o in recovered.record.outputs.of(1)] == ["a", "within"]
    journal.remove()


def test_journal_of_a_run_that_only_lacked_its_output(tmp_path: Path) -> None:
    run = record("a")
    journal = Journal(tmp_path / "out.ipynb")
    journal.begin(run, tmp_path / "r.json")
    journal.finish("succeeded", 0, "2026-01-01T00:00:00Z", None)
    recovered = journal.recover()
    assert recovered is not None
    assert (recovered.state, recovered.exit_code) == ("succeeded", 0)
    assert (recovered.ended_at, recovered.record.error) == ("2026-01-01T00:00:00Z", None)
    journal.close()


@pytest.mark.parametrize("content", [b"", b"\n", b"{", b"[]\n", b'{"lodge_journal": 99}\n'])
def test_journal_that_says_nothing(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "out.ipynb"
    journal_path(out).write_bytes(content)
    journal = Journal(out)
    assert journal.recover() is None
    journal.close()


def test_journal_that_is_damaged(tmp_path: Path) -> None:
    out = tmp_path / "out.ipynb"
    journal_path(out).write_bytes(b'{"lodge_journal": 1}\n')
    journal = Journal(out)
    with pytest.raises(InputError, match="can't be read"):
        journal.recover()
    journal.close()


def test_atomic_writing_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    file = tmp_path / "f"
    write_atomically(file, b"old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", b"x")
    write_atomically(file, b"new", sync=False)
    assert file.read_bytes() == b"new"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "folder"]


def test_spec_is_strict() -> None:
    spec = RunSpec(notebook=Path("a"), output=Path("b"))
    assert (spec.parameters, spec.timeout_s, spec.result) == ({}, None, None)
    for wrong in ({"extra": 1}, {"timeout_s": 0}, {"output_limit_bytes": -1}, {"notebook": None}):
        with pytest.raises(ValidationError):
            RunSpec.model_validate({"notebook": "a", "output": "b"} | wrong)


def test_spec_keeps_numbers_that_json_lacks() -> None:
    spec = RunSpec(notebook=Path("a"), output=Path("b"), parameters={"x": float("inf")})
    assert RunSpec.model_validate_json(spec.model_dump_json()) == spec


def test_format_3_is_read_as_nbformat_does(tmp_path: Path) -> None:
    code = {
        "cell_type": "code",
        "collapsed": False,
        "input": ["a = 1\n", "print(a)"],
        "language": "python",
        "metadata": {},
        "outputs": [{"output_type": "stream", "stream": "stdout", "text": ["1\n"]}],
        "prompt_number": 1,
    }
    heading = {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Results"]}
    text = {"cell_type": "markdown", "metadata": {}, "source": ["a\n", "b"]}
    sheet = {"metadata": {}, "cells": [heading, text, code]}
    nb = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [sheet]}
    file = tmp_path / "old.ipynb"
    file.write_text(json.dumps(nb))
    read = read_notebook(file)
    assert [cell["source"] for cell in read["cells"]] == ["## Results", "a\nb", "a = 1\nprint(a)"]
    clear_outputs(read)
    nbformat.validate(json.loads(encode_notebook(read)))
