"""The canonical form: equal content, equal digest; what is no notebook is refused."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.errors import BadRequest
from lodge_services.shares.notebooks import (
    Origin,
    canonical,
    file_name,
    first_picture,
    origin_of,
    to_file,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def notebook(**metadata: Any) -> dict[str, Any]:
    cells = [nbformat.v4.new_code_cell("a = 1\nb = 2", id="one")]
    return dict(nbformat.v4.new_notebook(cells=cells, metadata=metadata))


def test_split_and_joined_lines_are_equal() -> None:
    split = notebook()
    split["cells"] = [dict(split["cells"][0], source=["a = 1\n", "b = 2"])]
    assert canonical(split).digest == canonical(notebook()).digest


def test_what_lodge_writes_does_not_count() -> None:
    shared = notebook(lodge={"share": {"id": "x"}, "forked_from": {"id": "y", "version": 1}})
    assert canonical(shared).digest == canonical(notebook()).digest
    run = notebook(lodge={"run": {"state": "succeeded"}})
    assert canonical(run).digest != canonical(notebook()).digest


def test_content_is_a_valid_notebook_and_input_is_untouched() -> None:
    given_notebook = notebook(lodge={"share": {"id": "x"}})
    before = copy.deepcopy(given_notebook)
    kept = canonical(given_notebook)
    assert given_notebook == before
    nbformat.validate(nbformat.reads(kept.content.decode(), as_version=4))
    assert canonical(kept.notebook).digest == kept.digest


def test_missing_and_double_ids_are_made_the_same_way_every_time() -> None:
    raw = notebook()
    cell = dict(raw["cells"][0])
    without = {k: v for k, v in cell.items() if k != "id"}
    raw["cells"] = [without, cell, cell, dict(cell, id="not valid!")]
    kept = canonical(raw)
    assert [c["id"] for c in kept.notebook["cells"]] == ["cell-0", "one", "cell-2", "cell-3"]
    assert canonical(raw).digest == kept.digest


def test_older_formats_are_brought_up() -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "x"},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {
                        "cell_type": "code",
                        "collapsed": False,
                        "language": "python",
                        "metadata": {},
                        "input": ["a = 1\n", "a"],
                        "outputs": [],
                    },
                    {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Results"]},
                ],
            }
        ],
    }
    kept = canonical(old).notebook
    assert kept["nbformat"] == 4
    assert [cell["source"] for cell in kept["cells"]] == ["a = 1\na", "## Results"]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({}, "no nbformat"),
        ({"nbformat": 4, "nbformat_minor": 5, "metadata": {}}, "has no cells"),
        ({"nbformat": 5, "nbformat_minor": 0, "metadata": {}, "cells": []}, "only 4 is known"),
        ({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}, "not valid at"),
        ({"nbformat": 4, "nbformat_minor": 5, "metadata": [], "cells": []}, "not valid at"),
        ({"nbformat": 2, "nbformat_minor": 5}, "could not be converted"),
        (dict(notebook(), metadata={"x": float("nan")}), "JSON cannot hold"),
        (dict(notebook(), nbformat_minor="5"), "no whole"),
        (dict(notebook(), nbformat_minor=None), "no whole"),
        (dict(notebook(), nbformat_minor=5.0), "no whole"),
        (dict(notebook(), nbformat_minor=[]), "no whole"),
    ],
)
def test_no_notebooks(raw: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence) as caught:
        canonical(raw)
    assert caught.value.reason == "invalid_notebook"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "metadata", "outputs", "source", "cell_type", "id", "lodge"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(json_values, st.sampled_from([1, 2, 3, 4, 5, True]), st.integers(-1, 9))
def test_any_json_is_kept_or_refused(value: Any, major: int, minor: int) -> None:
    raw = {**(value if isinstance(value, dict) else {"cells": value})}
    raw |= {"nbformat": major, "nbformat_minor": minor}
    try:
        kept = canonical(raw)
    except BadRequest:
        return
    assert canonical(kept.notebook).digest == kept.digest


def test_half_characters_do_not_stop_sharing() -> None:
    raw = notebook()
    raw["cells"][0]["source"] = "print('\ud83d')"
    assert json.loads(canonical(raw).content)["cells"][0]["source"] == "print('?')"


def test_origin() -> None:
    given_origin = {"forked_from": {"id": "abc", "version": 2}}
    assert origin_of(notebook(lodge=given_origin)) == Origin("abc", 2)
    for bad in (None, 1, {"forked_from": 1}, {"forked_from": {"id": 1, "version": True}}):
        assert origin_of(notebook(lodge=bad)) is None


def test_first_picture() -> None:
    raw = notebook()
    output = nbformat.v4.new_output
    broken = {"image/png": "AAAA", "text/plain": "x"}
    picture = {"image/png": base64.encodebytes(PNG).decode()}
    raw["cells"][0]["outputs"] = [
        output("stream", text="x"),
        output("display_data", data=broken),
        output("display_data", data=picture),
    ]
    assert first_picture(canonical(raw).notebook) == ("image/png", PNG)
    assert first_picture(notebook()) is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Flights: delays / 2013?", "flights-delays-2013.ipynb"),
        ("航班 延误", "航班-延误.ipynb"),
        ("../../etc/passwd", "etc-passwd.ipynb"),
        (".hidden", "hidden.ipynb"),
        ("***", "notebook.ipynb"),
        ("a\x00b", "a-b.ipynb"),
        ("Ünïcode", "ünïcode.ipynb"),
    ],
)
def test_file_names(title: str, name: str) -> None:
    assert file_name(title) == name


@given(st.text(max_size=300))
def test_file_names_are_safe(title: str) -> None:
    name = file_name(title)
    assert name.endswith(".ipynb")
    assert len(name.encode("utf-8", "replace")) <= 160
    assert not name.startswith((".", "-"))
    assert not set(name) & set('/\\:*?"<>|\n\r\0%#')


def test_file_is_as_jupyter_writes_it() -> None:
    text = to_file(canonical(notebook()).notebook)
    assert '"a = 1\\n",' in text
