"""Changes of a copy, put into a notebook that has gone on."""

from __future__ import annotations

from typing import Any

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.comparing import CellChange, Comparison, changes, compare, merged
from lodge_services.shares.notebooks import canonical
from nbformat.v4 import new_code_cell, new_notebook


def make(*cells: tuple[str, str]) -> Any:
    return new_notebook(cells=[new_code_cell(source, id=name) for name, source in cells])


def sources(notebook: Any) -> list[str]:
    return [cell["source"] for cell in notebook["cells"]]


BASE = make(("a", "a = 1"), ("b", "b = 1"), ("c", "c = 1"), ("d", "d = 1"))


def proposed(copy: Any, newest: Any) -> Any:
    return changes(compare(BASE, copy), compare(BASE, newest))


def test_all_or_some_of_what_was_changed() -> None:
    copy = make(("a", "a = 2"), ("x", "x = 0"), ("b", "b = 1"), ("d", "d = 1"), ("y", "y = 0"))
    newest = make(("n", "n = 0"), ("a", "a = 1"), ("b", "b = 1"), ("c", "c = 1"), ("d", "d = 3"))
    found = proposed(copy, newest)
    assert [(one.cell.kind, one.conflict) for one in found] == [
        ("changed", False),
        ("added", False),
        ("removed", False),
        ("added", False),
    ]
    every = {one.number for one in found}
    assert sources(merged(newest, copy, found, every)) == [
        "n = 0",
        "a = 2",
        "x = 0",
        "b = 1",
        "d = 3",
        "y = 0",
    ]
    assert sources(merged(newest, copy, found, set())) == sources(newest)
    removal = {one.number for one in found if one.cell.kind == "removed"}
    assert sources(merged(newest, copy, found, removal)) == ["n = 0", "a = 1", "b = 1", "d = 3"]


def test_a_copy_of_a_later_form_raises_that_of_the_original() -> None:
    old = nbformat.from_dict(
        {
            **make(),
            "nbformat_minor": 4,
            "cells": [{**new_code_cell(source)} for source in ("a = 1\nb = 1", "c = 1\nd = 1")],
        }
    )
    for cell in old.cells:
        del cell["id"]
    copy = make(("x", "a = 1\nb = 1"), ("y", "c = 1\nd = 2"), ("z", "e = 1"))
    found = changes(compare(old, copy), compare(old, old))
    whole = canonical(merged(old, copy, found, {one.number for one in found})).notebook
    nbformat.validate(whole)
    assert sources(whole) == ["a = 1\nb = 1", "c = 1\nd = 2", "e = 1"]


def test_what_both_have_changed_is_told() -> None:
    copy = make(("a", "a = 2"), ("b", "b = 2"), ("c", "c = 1"))
    newest = make(("a", "a = 3"), ("c", "c = 1"))
    found = proposed(copy, newest)
    assert [(one.cell.kind, one.conflict, one.gone) for one in found] == [
        ("changed", True, False),
        ("changed", True, True),
        ("removed", False, True),
    ]
    every = {one.number for one in found}
    assert sources(merged(newest, copy, found, every)) == ["a = 2", "b = 2", "c = 1"]


def test_a_change_of_outputs_alone_is_told() -> None:
    copy = make(("a", "a = 1"), ("b", "b = 1"), ("c", "c = 1"), ("d", "d = 1"))
    copy.cells[1].outputs = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    (one,) = proposed(copy, BASE)
    assert one.outputs_alone
    assert merged(BASE, copy, [one], {one.number})["cells"][1]["outputs"] == copy.cells[1].outputs


NAMES = "abcdef"
NOTEBOOKS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from("123")), max_size=6, unique_by=lambda c: c[0]
).map(lambda cells: sorted(cells))


def told(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> Comparison:
    """Compare cells in order of their names, as an exact comparison would."""
    before, after = dict(old), dict(new)
    rows = []
    for name in NAMES:
        if name not in before and name not in after:
            continue
        first = list(before).index(name) if name in before else None
        second = list(after).index(name) if name in after else None
        differs = before.get(name) != after.get(name)
        rows.append(CellChange(first, second, outputs=differs))
    return Comparison(tuple(rows))


@given(NOTEBOOKS, NOTEBOOKS, NOTEBOOKS, st.sets(st.integers(0, 12)))
@settings(deadline=None)
def test_each_cell_is_of_who_has_changed_it(
    base: list[tuple[str, str]],
    copy: list[tuple[str, str]],
    newest: list[tuple[str, str]],
    wanted: set[int],
) -> None:
    found = changes(told(base, copy), told(base, newest))
    result = merged(make(*newest), make(*copy), found, wanted)
    got = {cell["id"]: cell["source"] for cell in result["cells"]}
    before, theirs, now = dict(base), dict(copy), dict(newest)
    expected = dict(now)
    for one in found:
        if one.number not in wanted:
            continue
        row = one.cell
        name = copy[row.new][0] if row.new is not None else base[row.old or 0][0]
        if row.new is None:
            expected.pop(name, None)
        else:
            expected[name] = theirs[name]
    # What both have added under one name comes twice; all else once.
    twice = {n for n in theirs if n not in before and n in now}
    assert {n: s for n, s in got.items() if n not in twice} == {
        n: s for n, s in expected.items() if n not in twice
    }
    conflicts = {
        (copy[one.cell.new][0] if one.cell.new is not None else base[one.cell.old or 0][0])
        for one in found
        if one.conflict
    }
    for name in before:
        changed = theirs.get(name) != before[name]
        other = now.get(name) != before[name]
        both = changed and other and not (name not in theirs and name not in now)
        assert (name in conflicts) == both
