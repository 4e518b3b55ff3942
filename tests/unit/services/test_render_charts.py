"""Interactive charts of a notebook: found as they are kept, with pictures where they can be."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import nbformat
import pytest
from lodge_services.render import charts
from lodge_services.render.charts import COUNT, Described, chart_pictures, charts_of, described
from lodge_services.render.reading import read_notebook
from lodge_services.render.tree import Chart, Picture
from lodge_services.render.words import Words
from support.sharing import PNG

BARS: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "data": {"values": [{"a": "</script>", "b": 2}, {"a": "中", "b": 5}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}
LINE: dict[str, Any] = {"data": [{"type": "scatter", "y": [1, 3, 2]}], "layout": {"title": "T"}}
ALTAIR = """<div id="vis"></div><script>
(function(spec, embedOpt){ vegaEmbed("#vis", spec, embedOpt); })(SPEC, {"mode": "vega-lite"});
</script>"""
WORDS = Words("en")


def vega(spec: Any) -> Any:
    data = {"application/vnd.vegalite.v5+json": spec, "text/plain": "alt.Chart(...)"}
    return nbformat.v4.new_output("display_data", data=data)


def plotly(spec: Any) -> Any:
    data = {"application/vnd.plotly.v1+json": spec, "text/plain": "Figure()"}
    return nbformat.v4.new_output("display_data", data=data)


def notebook(*outputs: Any) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[*outputs])])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"application/vnd.vegalite.v5+json": BARS}, "vega-lite"),
        ({"application/vnd.vegalite.v6.1+json": BARS}, "vega-lite"),
        ({"application/vnd.vega.v5+json": {"marks": []}}, "vega"),
        ({"application/vnd.plotly.v1+json": LINE}, "plotly"),
        ({"text/html": ALTAIR.replace("SPEC", json.dumps(BARS))}, "vega-lite"),
        ({"text/html": [ALTAIR[:50], ALTAIR[50:].replace("SPEC", json.dumps(BARS))]}, "vega-lite"),
        ({"text/html": ALTAIR.replace("SPEC", "{no json}")}, None),
        ({"text/html": "<b>vegaEmbed(</b>"}, None),
        ({"application/vnd.vegalite.v5+json": "text"}, None),
        ({"application/vnd.plotly.v1+json": [1]}, None),
        ({"application/vnd.vegalite.v5+json": {"x": float("nan")}}, None),
        ({"application/vnd.vegalite.v5+json": {"x": "x" * 6_000_000}}, None),
        ({"image/png": "x"}, None),
    ],
)
def test_charts_are_found_as_they_are_kept(data: dict[str, Any], kind: str | None) -> None:
    found = described(data, {})
    assert (found and found.kind) == kind


def test_vega_s_charts_have_pictures() -> None:
    broken = Described("vega-lite", '{"mark": 3}')
    data = {"url": "https://data.example/x.csv"}
    elsewhere = Described("vega-lite", json.dumps({**BARS, "data": data}))
    bars = Described("vega-lite", json.dumps(BARS))
    line = Described("plotly", json.dumps(LINE))
    found = chart_pictures([bars, broken, line, elsewhere, bars])
    assert [one is not None for one in found] == [True, False, False, False, True]
    assert found[0] is not None
    assert found[0].png.startswith(b"\x89PNG")
    assert 20 < found[0].width < 200 < found[0].height < 400


@pytest.mark.parametrize(
    "said",
    [
        {"url": "https://data.example/x.csv"},
        {"a": [{"b": {"url": {"field": "c"}}}]},
        {"url": "data:image/svg+xml,<svg/>"},
        {"url": "/etc/hostname"},
        {"url": "data:text/csv,a"},
        {"url": None},
    ],
)
def test_a_chart_that_names_an_address_is_not_handed_to_who_draws(
    said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    chart = Described("vega-lite", json.dumps({**BARS, "usermeta": said}))
    assert chart_pictures([chart]) == [None]


def test_who_draws_gets_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LODGE_TOKEN", "hush")
    given: dict[str, Any] = {}
    run = subprocess.run

    def kept(*arguments: Any, **options: Any) -> Any:
        given.update(options["env"])
        return run(*arguments, **options)

    monkeypatch.setattr(subprocess, "run", kept)
    chart = Described("vega-lite", json.dumps({**BARS, "title": "alone"}))
    assert chart_pictures([chart])[0] is not None
    assert "LODGE_TOKEN" not in given
    assert given["HTTPS_PROXY"] == "http://127.0.0.1:9"


def test_a_picture_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = Described("vega-lite", json.dumps({**BARS, "title": "once"}))
    first = chart_pictures([bars, bars])
    assert first[0] is not None
    monkeypatch.setattr(subprocess, "run", None)
    assert chart_pictures([bars]) == first[:1]
    monkeypatch.undo()
    monkeypatch.setattr(charts, "KEPT", 1)
    monkeypatch.setattr(charts, "SECONDS", 0.001)
    # What there was no time for is tried again another time.
    late = Described("vega-lite", json.dumps({**BARS, "title": "late"}))
    assert chart_pictures([late, bars]) == [None, *first[:1]]
    monkeypatch.undo()
    assert chart_pictures([late])[0] is not None


def test_a_notebook_s_charts_are_numbered_alike_by_who_reads_and_who_draws() -> None:
    output = nbformat.v4.new_output("stream", name="stdout", text="x")
    nb = notebook(plotly(LINE), output, vega(BARS), vega("no chart"), plotly({"data": []}))
    nb["cells"].insert(0, {"cell_type": "markdown", "source": "x", "outputs": [vega(BARS)]})
    kinds = [one.kind for one in charts_of(nb)]
    tree = read_notebook(nb, WORDS)
    found = [one for cell in tree.cells for out in cell.outputs for one in out]
    charts = [one for one in found if isinstance(one, Chart)]
    assert kinds == ["plotly", "vega-lite", "plotly"]
    assert [one.number for one in charts] == [0, 1, 2]
    assert isinstance(charts[1].shown[0], Picture)
    assert charts[1].title == "Chart of cell 2"


def test_a_picture_that_is_kept_beside_a_chart_is_shown_before_it_is_drawn() -> None:
    output = plotly(LINE)
    output["data"]["image/png"] = PNG
    (cell,) = read_notebook(notebook(output), WORDS).cells
    (chart,) = cell.outputs[0]
    assert isinstance(chart, Chart)
    assert [type(one) for one in chart.shown] == [Picture]


def test_no_more_charts_than_a_page_can_bear() -> None:
    nb = notebook(*[plotly(LINE)] * (COUNT + 5))
    assert len(list(charts_of(nb))) == COUNT
    (cell,) = read_notebook(nb, WORDS).cells
    assert sum(isinstance(one[0], Chart) for one in cell.outputs) == COUNT
    assert len(cell.outputs) == COUNT + 5
