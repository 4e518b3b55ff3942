"""What is interactive in a notebook: what it is said to be, and pictures of what can have one.

Charts of Plotly, Vega and Vega-Lite are kept in a notebook as what they are to show; Altair keeps
its own within HTML, too. Bokeh keeps its figures within a script, folium a page within HTML, and
widgets have a state beside all cells.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from .bokeh import bokeh_document
from .limits import CELL_LIMIT
from .maps import folium_map
from .svg import Raster
from .widgets import widget_states, widget_view

CHART_LIMIT = 5_000_000
"""Characters of what one chart is said to be, as JSON."""

VIEW_LIMIT = 2_000_000
"""Characters of one view of widgets: views may share what they show, and each has it whole."""

COUNT = 100
"""Charts of one notebook."""

SECONDS = 30
"""How long drawing the pictures of one notebook's charts may take."""

KEPT = 300
"""Pictures that are kept: a page that is shown anew draws none of them again."""

DENSITY = 2
"""Pixels of a picture for one of the page's, for sharp screens."""

#: What an address may be: a picture of pixels, in which no further address can stand.
_WITHIN = re.compile(r"data:image/(?:png|jpeg|gif|webp)[;,]")
#: The program that draws gets nothing of ours, and a way to the network that ends at once: its own
#: bound on addresses is not the only one.
_ALONE = {
    **{f"{name}_PROXY": "http://127.0.0.1:9" for name in ("HTTP", "HTTPS", "ALL")},
    **{f"{name}_proxy": "http://127.0.0.1:9" for name in ("http", "https", "all")},
    "NO_PROXY": "",
    "no_proxy": "",
}
#: By what a chart is said to be; the oldest first.
_drawn: dict[bytes, Raster | None] = {}
_drawing = Lock()
_VEGA = re.compile(r"application/vnd\.vega(lite)?\.v(\d)(?:\.\d+)?\+json\Z")
_VEGAS = ("vega", "vega-lite")
_PLOTLY = "application/vnd.plotly.v1+json"
#: How Altair's HTML hands a chart over to the function that draws it.
_ALTAIR = re.compile(r"\}\)\(\s*(?=\{)")


Kind = Literal["plotly", "vega", "vega-lite", "bokeh", "map", "widgets"]


@dataclass(frozen=True)
class Described:
    """What a chart, a map or a view of widgets is said to be.

    Attributes
    ----------
    kind
        Of the library that draws it.
    spec
        For that library, as JSON.
    """

    kind: Kind
    spec: str


def described(data: Mapping[str, Any], widgets: Mapping[str, Any]) -> Described | None:
    """Return the chart that an output's bundle of MIME types has; None for none that can be drawn.

    Parameters
    ----------
    data
        By MIME type, as nbformat has it.
    widgets
        States of the notebook's widgets, see `widgets.widget_states`.
    """
    for kind, value in data.items():
        found = _VEGA.match(kind) if isinstance(kind, str) else None
        if found is not None and isinstance(value, Mapping):
            return _bounded("vega-lite" if found[1] else "vega", value)
    plotly = data.get(_PLOTLY)
    if isinstance(plotly, Mapping):
        return _bounded("plotly", plotly)
    view = widget_view(data, widgets)
    if view is not None:
        return _bounded("widgets", view, VIEW_LIMIT)
    texts = {kind: _joined(value) for kind, value in data.items()}
    figure = bokeh_document(texts)
    if figure is not None:
        return _bounded("bokeh", figure)
    page = folium_map(texts.get("text/html"))
    return _bounded("map", page) if page is not None else _altair(texts.get("text/html"))


def charts_of(nb: Mapping[str, Any]) -> Iterator[Described]:
    """Yield a notebook's charts in the order of their numbers.

    Parameters
    ----------
    nb
        A notebook of nbformat 4, whole (see `texts.whole`).
    """
    cells = [cell for cell in nb.get("cells") or [] if isinstance(cell, Mapping)]
    widgets = widget_states(nb)
    count = 0
    for cell in cells[:CELL_LIMIT]:
        outputs = cell.get("outputs") if cell.get("cell_type") == "code" else None
        for output in outputs if isinstance(outputs, list) else []:
            if not isinstance(output, Mapping):
                continue
            if output.get("output_type") not in ("display_data", "execute_result"):
                continue
            data = output.get("data")
            chart = described(data, widgets) if isinstance(data, Mapping) else None
            if chart is not None:
                count += 1
                yield chart
            if count == COUNT:
                return


def pictures_of(nb: Mapping[str, Any]) -> list[Raster | None]:
    """Return the pictures of a notebook's charts, by their numbers; see `chart_pictures`."""
    # What has no picture is not kept in memory meanwhile.
    charts = (one if one.kind in _VEGAS else Described(one.kind, "") for one in charts_of(nb))
    return chart_pictures([*charts])


def chart_pictures(charts: Sequence[Described]) -> list[Raster | None]:
    """Return pictures of Vega's charts; None for those of others, and those that can't be drawn.

    One that loads something from elsewhere has none. They are drawn in a process of their own,
    which ends after `SECONDS` with what is drawn by then.
    """
    names = [
        sha256(f"{chart.kind} {chart.spec}".encode("utf-8", "replace")).digest() for chart in charts
    ]
    with _drawing:
        known = {name: _drawn[name] for name in names if name in _drawn}
    wanted = {
        name: chart
        for name, chart in zip(names, charts, strict=True)
        if chart.kind in _VEGAS and name not in known and _is_closed(json.loads(chart.spec))
    }
    new = dict(zip(wanted, _draw(list(wanted.values())), strict=False))
    with _drawing:
        _drawn.update(new)
        for name in list(_drawn)[: max(0, len(_drawn) - KEPT)]:
            del _drawn[name]
    return [(known | new).get(name) for name in names]


def _draw(charts: Sequence[Described]) -> list[Raster | None]:
    """Return pictures of the first charts: of all, or of those that there was time for."""
    if not charts:
        return []
    said = "".join(f"{chart.kind} {chart.spec}\n" for chart in charts)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).with_name("vega.py")), str(DENSITY)],
            input=said.encode(), capture_output=True, timeout=SECONDS, check=False,
            env=_ALONE | {name: os.environ.get(name, "") for name in ("HOME", "PATH")},
        ).stdout  # fmt: skip
    except subprocess.TimeoutExpired as error:
        done = error.stdout or b""
    # A line that is not ended is half a picture.
    return [_raster(line) for line in done.split(b"\n")[:-1]]


def _bounded(kind: Kind, spec: Any, limit: int = CHART_LIMIT) -> Described | None:
    try:
        text = json.dumps(spec, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return Described(kind, text) if len(text) <= limit else None


def _joined(value: Any) -> Any:
    """Return a text that nbformat may keep as a list of lines; nothing for one that is too long."""
    is_text = isinstance(value, list) and all(isinstance(line, str) for line in value)
    text = "".join(value) if is_text else value
    return None if isinstance(text, str) and len(text) > 2 * CHART_LIMIT else text


def _altair(text: Any) -> Described | None:
    if not isinstance(text, str) or "vegaEmbed(" not in text or len(text) > CHART_LIMIT:
        return None
    for begun in _ALTAIR.finditer(text):
        try:
            spec, _ = json.JSONDecoder().raw_decode(text, begun.end())
        except (ValueError, RecursionError):
            continue
        schema = spec.get("$schema") if isinstance(spec, dict) else None
        if isinstance(schema, str):
            return _bounded("vega-lite" if "vega-lite" in schema else "vega", spec)
    return None


def _is_closed(spec: Any) -> bool:
    """Tell whether a chart names no address, be it a value of its data, but for own pixels."""
    waiting = [spec]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            for key, value in one.items():
                if key == "url" and not (isinstance(value, str) and _WITHIN.match(value)):
                    return False
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return True


def _raster(line: bytes) -> Raster | None:
    try:
        png = base64.b64decode(line, validate=True)
    except binascii.Error:
        return None
    if not png.startswith(b"\x89PNG") or len(png) < 24:
        return None
    width, height = (int.from_bytes(png[at : at + 4], "big") // DENSITY for at in (16, 20))
    return Raster(png, max(1, width), max(1, height))
