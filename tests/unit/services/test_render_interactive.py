"""Figures of Bokeh, maps and widgets: found as they are kept, and told in words."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any
from urllib.parse import quote

import ipywidgets
import nbformat
import pytest
from bokeh.layouts import column
from bokeh.models import ColumnDataSource
from bokeh.models.widgets import DataTable, TableColumn
from hypothesis import given
from hypothesis import strategies as st
from lodge_services.render import render_notebook
from lodge_services.render.bokeh import EXEC, LOAD, bokeh_document
from lodge_services.render.charts import CHART_LIMIT, COUNT, VIEW_LIMIT, charts_of, described
from lodge_services.render.maps import folium_map, map_page
from lodge_services.render.reading import read_notebook
from lodge_services.render.tree import Chart, Note, Picture, Rich
from lodge_services.render.widgets import MODELS, STATE, VIEW, widget_states, widget_view
from lodge_services.render.words import Words
from support.interactive import (
    TRIES,
    bokeh_outputs,
    controls,
    delays,
    map_output,
    munich,
    notebook,
    slider,
    widget_notebook,
)
from support.rendering import PNG

WORDS = Words("en")


def figure_of(script: str) -> Any:
    return bokeh_document({"application/javascript": script, EXEC: ""})


def script_of(document: Any, items: Any) -> str:
    return f"const docs_json = {json.dumps(document)};\nconst render_items = {json.dumps(items)};"


def chart(nb: Any) -> Chart:
    found = [one for cell in read_notebook(nb, WORDS).cells for out in cell.outputs for one in out]
    (only,) = found
    assert isinstance(only, Chart)
    return only


def told(nb: Any) -> str:
    return " ".join(one.html for one in chart(nb).shown if isinstance(one, Rich))


# Bokeh


def test_a_figure_is_told_by_title_axes_and_points() -> None:
    made = notebook(bokeh_outputs(delays("<b>Late</b> & early")))
    assert [one.kind for one in charts_of(made)] == ["bokeh"]
    text = told(made)
    for part in (
        *("<strong>&lt;b&gt;Late&lt;/b&gt; &amp; early</strong>", "Axis across: hour"),
        *("Axis up: minutes", "Line: 3 points", "Scatter: 3 points"),
    ):
        assert part in text
    assert isinstance(chart(made).shown[-1], Note)


def test_a_layout_is_told_with_its_widgets_and_tables() -> None:
    source = ColumnDataSource({"x": [1, 2]})
    table = DataTable(source=source, columns=[TableColumn(field="x", title="Hour")])
    text = told(notebook(bokeh_outputs(column(slider("1"), delays("One"), delays("Two"), table))))
    for part in ("<strong>Figure of Bokeh</strong>", "n: 1", "One", "Two", "Table: Hour"):
        assert part in text


def test_what_only_loads_bokeh_is_not_shown_and_a_lost_figure_is() -> None:
    new = nbformat.v4.new_output
    logo = new("display_data", data={"text/html": '<a class="bk-notebook-logo"></a>Loading'})
    load = new("display_data", data={"application/javascript": "x", LOAD: "x"})
    assert "nb-outputs" not in render_notebook(notebook([logo, load]))
    place, figure = bokeh_outputs(delays())
    assert render_notebook(notebook([place, figure])).count("fork it") == 1
    # Its figure went missing: the place is not empty.
    assert "fork it to use it" in render_notebook(notebook([place]))


def test_a_figure_that_a_server_draws_is_a_note() -> None:
    about = {EXEC: {"server_id": "x"}}
    data = {"application/javascript": "(function(root) {})", EXEC: ""}
    output = nbformat.v4.new_output("display_data", data=data, metadata=about)
    assert "fork it to use it" in render_notebook(notebook(output))
    assert list(charts_of(notebook(output))) == []


DOCUMENT = {"a": {"version": "3.9.2", "roots": [{"id": "p1", "name": "Figure", "attributes": {}}]}}
ITEMS = [{"docid": "a", "roots": {"p1": "place"}, "root_ids": ["p1"]}]


@pytest.mark.parametrize(
    ("document", "items", "is_found"),
    [
        (DOCUMENT, ITEMS, True),
        (DOCUMENT, [], False),
        (DOCUMENT, [1], False),
        (DOCUMENT, [{"docid": ["a"], "roots": {"p1": "x"}}], False),
        (DOCUMENT, [{"docid": "b", "roots": {"p1": "x"}}], False),
        (DOCUMENT, [{"docid": "a", "roots": []}], False),
        ({"a": {**DOCUMENT["a"], "version": "2.4.3"}}, ITEMS, False),
        ({"a": {**DOCUMENT["a"], "version": 3}}, ITEMS, False),
        ({"a": {**DOCUMENT["a"], "roots": {"references": []}}}, ITEMS, False),
        ({"a": [1]}, ITEMS, False),
        ([DOCUMENT], ITEMS, False),
    ],
)
def test_a_document_is_read_as_bokeh_writes_it(document: Any, items: Any, is_found: bool) -> None:
    assert (figure_of(script_of(document, items)) is not None) is is_found


@pytest.mark.parametrize(
    "script",
    [
        "",
        "const docs_json = ",
        "const docs_json = {",
        'const docs_json = {"a": ' + "[" * 100_000,
        "const docs_json = {}; const render_items = [",
        "const docs_json = element.textContent; const render_items = [{}];",
        "const docs_json = {alert(1)}; const render_items = [{}];",
    ],
)
def test_a_broken_script_is_no_figure(script: str) -> None:
    assert figure_of(script) is None
    output = nbformat.v4.new_output(
        "display_data", data={"application/javascript": script, EXEC: ""}
    )
    assert "nb-note" in render_notebook(notebook(output))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "attributes", "title", "renderers", "glyph", "data"])
            | st.sampled_from(["below", "columns", "entries", "shape", "value", "data_source"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)
NAMES = st.sampled_from(["Figure", "DataTable", "Slider", "GlyphRenderer"])


@given(attributes=st.dictionaries(st.text(max_size=9), JSON, max_size=5), more=JSON, name=NAMES)
def test_any_document_is_told(attributes: Any, more: Any, name: str) -> None:
    root = {
        "id": "p1",
        "name": name,
        "attributes": {**attributes, "renderers": more, "below": more},
    }
    data = {
        "application/javascript": script_of(
            {"a": {"version": "3.1", "roots": [root, more]}}, ITEMS
        ),
        EXEC: "",
    }
    output = nbformat.v4.new_output("display_data", data=data)
    assert "<div" in render_notebook({"cells": notebook(output).cells})


def test_a_figure_that_is_too_large_is_a_note() -> None:
    made = notebook(bokeh_outputs(delays("x" * (CHART_LIMIT + 1))))
    assert list(charts_of(made)) == []
    assert "fork it to use it" in render_notebook(made)


# Maps


def test_a_map_is_told_by_what_is_on_it() -> None:
    made = notebook(map_output(munich()))
    assert [one.kind for one in charts_of(made)] == ["map"]
    for part in ("Markers: 1", "Circles: 1", "Shapes of GeoJSON: 1"):
        assert part in told(made)
    assert chart(made).title == "Map of cell 1"


def test_a_map_s_page_asks_for_no_library() -> None:
    found = folium_map(map_output(munich())["data"]["text/html"])
    assert found is not None
    assert found["ratio"] == 60
    shown = map_page(found["page"])
    assert shown.missing == ()
    assert "src=" not in shown.html
    assert "<link" not in shown.html
    assert "L.map(" in shown.html


def test_libraries_that_lodge_does_not_have_are_named() -> None:
    page = (
        "<script src='https://a.example/leaflet.timedimension.min.js?x'></script>"
        "<script src=https://a.example/d3.v4.js></script>"
        '<script src="https://a.example/jquery-3.7.1.min.js"></script><script>L.map(1)</script>'
    )
    shown = map_page(page)
    assert shown.missing == ("leaflet.timedimension.min.js", "d3.v4.js")
    assert shown.html == "<script>L.map(1)</script>"


PAGE = "<script>L.map('a', {b: \"é\"})</script>"


@pytest.mark.parametrize(
    "attribute",
    [
        f'srcdoc="{PAGE.replace("&", "&amp;").replace(chr(34), "&quot;")}"',
        f'src="data:text/html;charset=utf-8;base64,{base64.b64encode(PAGE.encode()).decode()}"',
        f'src="data:text/html;charset=utf-8,{quote(PAGE)}"',
        f'src="about:blank" data-html="{quote(PAGE)}"',
        f'src="about:blank" data-html="{base64.b64encode(PAGE.encode()).decode()}"',
    ],
)
def test_maps_of_older_releases_are_found(attribute: str) -> None:
    html = f'<div style="width:100%"><iframe {attribute} width="500" height="300"></iframe></div>'
    assert folium_map(html) == {"page": PAGE, "height": 300}


@pytest.mark.parametrize(
    "html",
    [
        None,
        ["<iframe"],
        "<iframe",
        "<iframe srcdoc",
        '<iframe srcdoc="<b>no map</b>"></iframe>',
        'srcdoc="L.map()"',
        '<iframe src="https://a.example/L.map()"></iframe>',
        '<iframe src="data:text/html;base64,%"></iframe>',
        '<iframe data-html="ä"></iframe>',
        '<iframe src="data:text/plain,L.map()"></iframe>',
    ],
)
def test_other_frames_are_no_maps(html: Any) -> None:
    assert folium_map(html) is None
    assert described({"text/html": html}, {}) is None


def test_a_map_that_is_too_large_is_a_note() -> None:
    made = notebook(map_output(munich("x" * (CHART_LIMIT + 1))))
    assert list(charts_of(made)) == []
    assert "nb-note" in render_notebook(made)


# Widgets


def test_widgets_are_told_by_label_and_value() -> None:
    text = re.sub(r"<[^>]*>", "", told(widget_notebook(controls())))
    for part in (
        *("Count: 7", "Colour: blue", "Hello you", "On: ☑", "Done: 3 / 10", "Range: 1.5 – 2.5"),
    ):
        assert part in text


def test_widgets_as_they_are_by_default_are_told_too() -> None:
    made = ipywidgets.VBox(
        [
            ipywidgets.IntSlider(description="Count"),
            ipywidgets.Checkbox(description="On"),
            ipywidgets.IntProgress(description="Done"),
        ]
    )
    kept = widget_notebook(made)
    for model in kept.metadata["widgets"][STATE]["state"].values():
        # As JupyterLab does.
        for name in ("value", "max"):
            model["state"].pop(name, None)
    for part in ("Count: 0", "On: ☐", "Done: 0 / 100"):
        assert part in told(kept)


def test_a_view_has_the_states_that_it_needs_and_no_others() -> None:
    made = widget_notebook(ipywidgets.HBox([ipywidgets.IntSlider(description="a")]))
    states = dict(widget_states(made))
    states["other"] = {"model_module": "anywidget", "state": {"secret": "x"}}
    data = made.cells[0].outputs[0]["data"]
    found = widget_view(data, states)
    assert found is not None
    assert "other" not in found["state"]
    names = {one["model_name"] for one in found["state"].values()}
    assert {"HBoxModel", "IntSliderModel", "SliderStyleModel"} <= names


def test_without_a_state_or_with_a_stranger_s_widget_the_text_form_is_shown() -> None:
    made = widget_notebook(ipywidgets.IntSlider(value=7))
    for model in made.metadata["widgets"][STATE]["state"].values():
        model["model_module"] = "jupyter-leaflet"
    del made.cells[0].outputs[0]["metadata"]
    bare = widget_notebook(ipywidgets.IntSlider(value=7))
    del bare.metadata["widgets"]
    for one in (made, bare):
        html = render_notebook(one)
        assert "IntSlider(value=7)" in html
        assert "data-nb-chart" not in html
        assert "fork it to use it" in html


def test_what_widgets_hold_is_shown_with_them() -> None:
    made = widget_notebook(ipywidgets.VBox([ipywidgets.Output(), ipywidgets.Label("after")]))
    new = nbformat.v4.new_output
    held = [
        new("stream", name="stdout", text="inside"),
        new("display_data", data={"image/png": PNG}),
        new("display_data", data={"application/vnd.plotly.v1+json": {"data": []}}),
    ]
    for model in made.metadata["widgets"][STATE]["state"].values():
        if model["model_name"] == "OutputModel":
            model["state"]["outputs"] = held
    shown = chart(made).shown
    assert any(isinstance(one, Picture) for one in shown)
    html = render_notebook(made)
    assert "inside" in html
    assert "after" in html
    # What is within has no number of its own.
    assert html.count("data-nb-chart") == 1


def test_a_picture_of_a_widget_is_shown() -> None:
    raw = base64.b64decode(PNG)
    made = widget_notebook(ipywidgets.Image(value=raw, format="png"))
    assert [one.data for one in chart(made).shown if isinstance(one, Picture)] == [raw]


def test_hostile_values_of_widgets_are_text() -> None:
    made = widget_notebook(
        ipywidgets.VBox(
            [
                ipywidgets.HTML(TRIES),
                ipywidgets.Text(value=TRIES, description="<b onclick=x>a</b>"),
                ipywidgets.Button(description=TRIES),
            ]
        )
    )
    html = render_notebook(made)
    assert "<script" not in html
    assert "onerror" not in html.replace("onerror=&quot;", "").replace('onerror="parent', "x")
    assert "<img" not in html


def test_widgets_that_hold_each_other_end() -> None:
    made = widget_notebook(ipywidgets.HBox([ipywidgets.HBox()]))
    states = made.metadata["widgets"][STATE]["state"]
    boxes = [name for name, one in states.items() if one["model_name"] == "HBoxModel"]
    for name in boxes:
        states[name]["state"]["children"] = [f"IPY_MODEL_{one}" for one in boxes]
    assert "fork it to use it" in render_notebook(made)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        {"widgets": []},
        {"widgets": {STATE: []}},
        {"widgets": {STATE: {"state": []}}},
        {"widgets": {STATE: {"state": {"a": 1}}}},
        {"widgets": {STATE: {"state": {"a": {"model_module": ["x"]}}}}},
        {"widgets": {STATE: {"state": {"a": {"model_module": "@jupyter-widgets/base"}}}}},
    ],
)
def test_any_state_is_read(metadata: Any) -> None:
    data = {VIEW: {"model_id": "a"}, "text/plain": "Slider()"}
    cell = notebook(nbformat.v4.new_output("display_data", data=data)).cells[0]
    html = render_notebook({"metadata": metadata, "cells": [cell]})
    assert "nb-note" in html


def test_a_view_of_too_many_widgets_is_a_text() -> None:
    module = {"model_module": "@jupyter-widgets/controls"}
    names = [f"m{number}" for number in range(MODELS + 1)]
    states = {name: {**module, "model_name": "LabelModel", "state": {}} for name in names}
    states["a"] = {**module, "state": {"children": [f"IPY_MODEL_{name}" for name in names]}}
    assert widget_view({VIEW: {"model_id": "a"}}, states) is None


def test_views_that_share_all_they_show_are_bounded() -> None:
    made = widget_notebook(ipywidgets.HTML("x" * (VIEW_LIMIT + 1)))
    assert list(charts_of(made)) == []
    small = widget_notebook(ipywidgets.HTML("x"))
    small.cells *= COUNT + 5
    assert len(list(charts_of(small))) == COUNT
    assert render_notebook(small).count("data-nb-chart") == COUNT


@pytest.mark.parametrize("part", ["<script ", "<script", "<link ", "<meta <", "<script>  "])
def test_a_hostile_page_of_a_map_takes_no_long_time(part: str) -> None:
    page = part * (1_000_000 // len(part))
    begun = time.process_time()
    map_page(page)
    assert time.process_time() - begun < 2


def test_numbers_are_alike_for_who_reads_and_who_draws() -> None:
    made = widget_notebook(controls())
    made.cells += notebook(bokeh_outputs(delays()), map_output(munich())).cells
    read = read_notebook(made, WORDS)
    numbers = [
        one.number
        for cell in read.cells
        for out in cell.outputs
        for one in out
        if isinstance(one, Chart)
    ]
    assert numbers == [0, 1, 2]
    assert [one.kind for one in charts_of(made)] == ["widgets", "bokeh", "map"]
