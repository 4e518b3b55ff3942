"""What differs between two notebooks."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.comparing import Comparison, NotCompared, child, compare, notebooks
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def changed(comparison: Comparison) -> list[tuple[str, int | None, int | None]]:
    return [(cell.kind, cell.old, cell.new) for cell in comparison.cells]


def lines(comparison: Comparison, at: int) -> list[str]:
    return [f"{line.mark}{line.text}" for line in comparison.cells[at].lines]


def make(*cells: Any, **metadata: Any) -> Any:
    return new_notebook(cells=list(cells), metadata=metadata)


def test_cells_and_lines_are_found_again() -> None:
    old = make(
        new_code_cell("a = 1\nb = 2\nc = 3", id="x"),
        new_markdown_cell("text", id="m"),
        new_code_cell("gone", id="g"),
    )
    new = make(
        new_markdown_cell("intro", id="i"),
        new_code_cell("a = 1\nb = 22\nc = 3\nd = 4", id="x"),
        new_markdown_cell("text", id="m"),
    )
    found = compare(old, new)
    assert changed(found) == [
        ("added", None, 0),
        ("changed", 0, 1),
        ("same", 1, 2),
        ("removed", 2, None),
    ]
    assert lines(found, 0) == ["+intro"]
    assert lines(found, 1) == [" a = 1", "-b = 2", "+b = 22", " c = 3", "+d = 4"]
    assert lines(found, 3) == ["-gone"]
    assert found.cells[1].lines[2].parts == (("b = 2", False), ("2", True))
    assert (found.added, found.removed) == (3, 2)
    assert compare(new, old).removed == 3


def test_what_is_gone_comes_first() -> None:
    old = make(new_code_cell("mean = sum(rows)\nlast", id="x"), new_code_cell("zzz zzz", id="y"))
    new = make(new_code_cell("other here\nlast", id="x"), new_code_cell("quite another", id="q"))
    found = compare(old, new)
    assert lines(found, 0) == ["-mean = sum(rows)", "+other here", " last"]
    assert [cell.kind for cell in found.cells] == ["changed", "removed", "added"]


def test_what_a_run_changes_by_itself_is_no_difference() -> None:
    old = make(new_code_cell("1", id="x", execution_count=1, outputs=[result("1", 1)]))
    new = make(
        new_code_cell("1", id="x", execution_count=9, outputs=[result("1", 9)]),
        lodge={"share": {"id": "x"}},
    )
    new.cells[0].metadata["execution"] = {"iopub.status.busy": "now"}
    assert compare(old, new).is_same
    new.cells[0].outputs = [result("2", 9)]
    found = compare(old, new)
    assert [(cell.kind, cell.outputs, cell.lines) for cell in found.cells] == [
        ("changed", True, ())
    ]
    assert (found.added, found.removed, found.is_same) == (0, 0, False)


def result(text: str, count: int) -> Any:
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def test_settings() -> None:
    old = make(new_code_cell("1", id="x"), kernelspec={"name": "python3", "display_name": "P"})
    new = copy.deepcopy(old)
    new.metadata["kernelspec"]["name"] = "spark"
    new.cells[0].metadata["tags"] = ["parameters"]
    found = compare(old, new)
    assert found.settings == ("kernelspec",)
    assert (found.cells[0].settings, found.cells[0].outputs) == (True, False)
    new = copy.deepcopy(old)
    new.cells = [new_markdown_cell("1", id="x", attachments={"a.png": {"image/png": "AA=="}})]
    assert compare(old, new).cells[0].kind == "changed"


def test_ids_that_tell_a_place_alone_match_nothing() -> None:
    old = make(*(new_code_cell(f"print({n})\nlong_{n} = 1", id=f"cell-{n}") for n in range(3)))
    new = copy.deepcopy(old)
    new.cells.pop(0)
    for at, cell in enumerate(new.cells):
        cell.id = f"cell-{at}"
    assert changed(compare(old, new)) == [("removed", 0, None), ("same", 1, 0), ("same", 2, 1)]


def test_without_ids_and_cells() -> None:
    old = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}
    cell = {"cell_type": "code", "metadata": {}, "source": "é = '\ud800'", "outputs": []}
    new = {**old, "cells": [cell]}
    assert changed(compare(old, new)) == [("added", None, 0)]
    assert compare(old, old).is_same


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "PATIENCE", 0.001)
    with pytest.raises(NotCompared, match="too large, or too unlike"):
        compare(make(), make())
    monkeypatch.setattr(notebooks, "PATIENCE", 60)
    monkeypatch.setattr(notebooks, "_slim", lambda _notebook: "no notebook")
    with pytest.raises(NotCompared):
        compare(make(), make())


SOURCES = st.lists(st.sampled_from(["a", "bb", "a = 1", "", "ab", "é\tx"]), max_size=6).flatmap(
    lambda lines: st.sampled_from(["\n".join(lines), "\n".join(lines) + "\n"])
)
CELLS = st.lists(st.tuples(SOURCES, st.booleans(), st.sampled_from("pqrstu")), max_size=6)


def build(cells: list[tuple[str, bool, str]]) -> Any:
    found: dict[str, Any] = {}
    for source, code, name in cells:
        found.setdefault(name, (new_code_cell if code else new_markdown_cell)(source, id=name))
    return nbformat.from_dict({**new_notebook(), "cells": list(found.values())})


@given(CELLS, CELLS)
@settings(deadline=None)
def test_both_notebooks_can_be_made_of_a_comparison(first: Any, second: Any) -> None:
    old, new = build(first), build(second)
    found = child.changes(old, new)
    assert [cell["old"] for cell in found["cells"] if cell["old"] is not None] == list(
        range(len(old.cells))
    )
    assert [cell["new"] for cell in found["cells"] if cell["new"] is not None] == list(
        range(len(new.cells))
    )
    for cell in found["cells"]:
        rows = cell.get("lines") or []
        for side, notebook, mark in (("old", old, "-"), ("new", new, "+")):
            at = cell[side]
            if at is None or (not rows and None in (cell["old"], cell["new"])):
                continue
            if rows:
                told = ["".join(t for t, _ in parts) for m, parts in rows if m in (" ", mark)]
                assert told == notebook.cells[at].source.splitlines()
        if not rows and None not in (cell["old"], cell["new"]):
            both = [
                notebook.cells[cell[side]].source.splitlines()
                for side, notebook in (("old", old), ("new", new))
            ]
            assert both[0] == both[1]
