"""Figures of Bokeh: the document within the script that a notebook keeps, and what is said of it.

The script is read, never run: a frame draws the document by the BokehJS that Lodge ships.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from .facts import facts
from .tree import Rich
from .words import Words

EXEC = "application/vnd.bokehjs_exec.v0+json"
LOAD = "application/vnd.bokehjs_load.v0+json"
SCRIPT = "application/javascript"

_DOCUMENTS = re.compile(r"\bdocs_json\s*=\s*(?=\{)")
_ITEMS = re.compile(r"\brender_items\s*=\s*(?=\[)")
_VERSION = re.compile(r"[3-9]\.")
_FIGURES = ("Figure", "Plot", "GMap")
_PLACE = re.compile(r'\s*<div id="[^"<>]*" data-root-id="[^"<>]*"[^<>]*></div>\s*\Z')


def bokeh_document(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the document of an output's figure, and the ids of its roots; None for none.

    Parameters
    ----------
    data
        By MIME type, each a text as nbformat has it once its lines are joined.
    """
    script = data.get(SCRIPT)
    if EXEC not in data or not isinstance(script, str):
        return None
    documents, items = _value(_DOCUMENTS, script), _value(_ITEMS, script)
    if not isinstance(documents, dict) or not isinstance(items, list) or not items:
        return None
    item = items[0] if isinstance(items[0], dict) else {}
    document, roots = documents.get(str(item.get("docid"))), item.get("roots")
    if not isinstance(document, dict) or not isinstance(roots, dict) or not roots:
        return None
    # Documents of Bokeh 2 are built in another way, and no BokehJS of today reads them.
    if not isinstance(document.get("roots"), list) or not _VERSION.match(
        str(document.get("version"))
    ):
        return None
    return {"doc": document, "roots": [*roots]}


def is_scaffold(kinds: Container[str], html: str, following: Container[str]) -> bool:
    """Tell whether an output is only what Bokeh's script needs, and shows nothing by itself.

    Parameters
    ----------
    kinds
        The MIME types of the output.
    html
        What it has as HTML.
    following
        The MIME types of the output after it.
    """
    if LOAD in kinds:
        return True
    if EXEC in following:
        return _PLACE.match(html) is not None
    return "bk-notebook-logo" in html and LOAD in following


def told_bokeh(spec: str, words: Words) -> Rich:
    """Return in words what a document shows: titles, axes, glyphs with their points, widgets."""
    document = json.loads(spec)["doc"]
    known = {one["id"]: one for one in _objects(document) if "name" in one}
    figures = [_attributes(one) for one in known.values() if one["name"] in _FIGURES]
    # One figure's title is the head; several stand below it.
    alone = _title(figures[0].get("title"), known) if len(figures) == 1 else ""
    lines: list[str] = []
    for one in known.values():
        attributes = _attributes(one)
        if one["name"] in _FIGURES:
            if not alone:
                lines += filter(None, [_title(attributes.get("title"), known)])
            lines += _figure(attributes, known, words)
        elif one["name"] == "DataTable":
            named = [
                str(_attributes(_known(column, known)).get("title") or "")
                for column in _list(attributes.get("columns"))
            ]
            lines.append(words("Table: {names}", names=", ".join(filter(None, named))))
        elif isinstance(attributes.get("title"), str) and "value" in attributes:
            lines.append(f"{attributes['title']}: {_plain(attributes['value'])}")
    return facts(alone or words("Figure of Bokeh"), lines)


def _figure(attributes: Mapping[str, Any], known: Mapping[str, Any], words: Words) -> Iterator[str]:
    for side in ("below", "above", "left", "right"):
        for axis in _list(attributes.get(side)):
            label = _attributes(_known(axis, known)).get("axis_label")
            if isinstance(label, str) and label:
                across = side in ("below", "above")
                yield words("Axis across: {label}" if across else "Axis up: {label}", label=label)
    for renderer in _list(attributes.get("renderers")):
        drawn = _attributes(_known(renderer, known))
        glyph = _known(drawn.get("glyph"), known).get("name")
        if isinstance(glyph, str):
            source = _attributes(_known(drawn.get("data_source"), known))
            count = _points(source.get("data"))
            yield words("{glyph}: {count} points", glyph=glyph, count=f"{count:,}")


def _points(data: Any) -> int:
    """Return the length of the longest column."""
    columns = data
    if isinstance(data, dict) and isinstance(data.get("entries"), list):
        columns = {str(one[0]): one[1] for one in data["entries"] if _is_pair(one)}
    if not isinstance(columns, dict):
        return 0
    return max(map(_length, columns.values()), default=0)


def _length(column: Any) -> int:
    if isinstance(column, list):
        return len(column)
    shape = column.get("shape") if isinstance(column, dict) else None
    return shape[0] if isinstance(shape, list) and shape and isinstance(shape[0], int) else 0


def _is_pair(one: Any) -> bool:
    return isinstance(one, list) and len(one) == 2


def _title(title: Any, known: Mapping[str, Any]) -> str:
    text = title if isinstance(title, str) else _attributes(_known(title, known)).get("text")
    return text if isinstance(text, str) else ""


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value[:10]))
    return str(value) if isinstance(value, str | int | float) else ""


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    """Yield what has an id, in the order of the text."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("id"), str) and isinstance(one.get("name", ""), str):
                yield one
            waiting += reversed(one.values())
        elif isinstance(one, list):
            waiting += reversed(one)


def _known(one: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object, where it stands itself or is named by its id alone."""
    if not isinstance(one, dict):
        return {}
    found = one if "name" in one else known.get(str(one.get("id")), {})
    return found if isinstance(found, dict) else {}


def _attributes(one: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = one.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _value(begun: re.Pattern[str], script: str) -> Any:
    found = begun.search(script)
    if found is None:
        return None
    try:
        return json.JSONDecoder().raw_decode(script, found.end())[0]
    except (ValueError, RecursionError):
        return None
