"""Widgets of Jupyter: those of a view out of the state that a notebook keeps, and their values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from .clean import clean_html, has_content
from .facts import facts
from .formulas import Formulas
from .images import RASTER, raster_bytes
from .tree import Block, Picture, Rich
from .words import Words

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"

MODELS = 5_000
"""Models of one view."""

#: Modules whose widgets are drawn; those of others bring a script of their own.
_MODULES = {"@jupyter-widgets/base", "@jupyter-widgets/controls", "@jupyter-widgets/output"}
#: What is as it is by default JupyterLab does not keep.
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(("CheckboxModel", "ToggleButtonModel"), False),
    **{
        f"{number}{kind}Model": 0
        for number in ("Int", "Float")
        for kind in ("Slider", "Progress", "Text")
    },
}
_REFERENCE = "IPY_MODEL_"
_SILENT = re.compile(r"(?:Layout|Style|Play|Controller|Link)Model\Z|DirectionalLinkModel\Z")

Read = Callable[[Sequence[Any]], Iterable[tuple[Block, ...]]]


def widget_states(nb: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the states of a notebook's widgets by their ids; nothing where it keeps none."""
    found: Any = nb
    for key in ("metadata", "widgets", STATE):
        found = found.get(key) if isinstance(found, Mapping) else None
    states = found.get("state") if isinstance(found, Mapping) else None
    return states if isinstance(states, Mapping) else {}


def widget_view(data: Mapping[str, Any], states: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the states that an output's view needs; None where one is missing or a stranger's.

    Parameters
    ----------
    data
        By MIME type, as nbformat has it.
    states
        Of `widget_states`.
    """
    view = data.get(VIEW)
    wanted = view.get("model_id") if isinstance(view, Mapping) else None
    if not isinstance(wanted, str) or wanted not in states:
        return None
    needed: dict[str, Any] = {}
    waiting = [wanted]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        model = states.get(name)
        if not isinstance(model, Mapping) or str(model.get("model_module")) not in _MODULES:
            return None
        if len(needed) == MODELS:
            return None
        needed[name] = model
        waiting += _references(model.get("state"))
    return {"state": needed, "view": {"model_id": wanted}}


def told_widgets(spec: str, words: Words, read: Read) -> tuple[Block, ...]:
    """Return the values of a view's widgets as blocks, in the order in which they stand.

    Parameters
    ----------
    spec
        Of `widget_view`, as JSON.
    words
        Speaks the reader's language.
    read
        Returns the blocks of outputs, for those that widgets hold.
    """
    found = json.loads(spec)
    states, root = found["state"], found["view"]["model_id"]
    blocks: list[Block] = []
    lines: list[str] = []

    def end_list() -> None:
        if lines:
            blocks.append(facts("", lines))
            lines.clear()

    for model in _shown(root, states):
        state = _state(model)
        if _name(model) == "OutputModel":
            outputs = state.get("outputs")
            held = [
                one for out in read(outputs if isinstance(outputs, list) else []) for one in out
            ]
        else:
            held = [*_held(model, state, words)]
        if held:
            end_list()
            blocks += held
        else:
            line = _line(_name(model), state)
            if line:
                lines.append(line)
    end_list()
    return tuple(blocks)


def _held(model: Mapping[str, Any], state: Mapping[str, Any], words: Words) -> Iterator[Block]:
    """Yield what a widget shows that is more than a line."""
    value = state.get("value")
    if _name(model) in ("HTMLModel", "HTMLMathModel") and isinstance(value, str):
        label = state.get("description")
        html = clean_html(value[:100_000], words)
        if has_content(html) and not label:
            yield Rich(html, Formulas(), "html", value)
    elif _name(model) == "ImageModel":
        kind = f"image/{state.get('format', 'png')}".replace("jpg", "jpeg")
        buffers = model.get("buffers")
        for buffer in buffers if isinstance(buffers, list) else []:
            data = buffer.get("data") if isinstance(buffer, Mapping) else None
            if kind in RASTER and isinstance(data, str):
                raw = raster_bytes(kind, data)
                if raw is not None:
                    yield Picture(kind, raw, words("Picture"))


def _line(name: str, state: Mapping[str, Any]) -> str:
    """Return a widget's label and value."""
    label, value = _words(state.get("description")), _value(name, state)
    if name in ("IntProgressModel", "FloatProgressModel"):
        value = f"{value} / {_words(state.get('max', 100))}"
    if not value:
        return label
    return f"{label.rstrip(':： ')}: {value}" if label else value


def _value(name: str, state: Mapping[str, Any]) -> str:
    labels = state.get("_options_labels")
    if isinstance(labels, list):
        index = state.get("index")
        chosen = index if isinstance(index, list) else [index]
        return ", ".join(
            _words(labels[at]) for at in chosen if type(at) is int and 0 <= at < len(labels)
        )
    value = state.get("value", _DEFAULTS.get(name))
    if isinstance(value, bool):
        return "☑" if value else "☐"
    if isinstance(value, list):
        return " – ".join(_words(one) for one in value[:10])
    return _words(value)


def _words(value: Any) -> str:
    """Return a value in words, without the tags that descriptions may have."""
    if isinstance(value, float):
        return f"{value:g}"
    if not isinstance(value, str | int):
        return ""
    return " ".join(re.sub(r"<[^<>]{0,2000}>", " ", str(value)[:10_000]).split())


def _shown(root: str, states: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the models of widgets that can be seen, each once."""
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        model = states[name]
        state = _state(model)
        if _SILENT.search(_name(model)):
            continue
        children = state.get("children")
        if isinstance(children, list):
            waiting += reversed([*_references(children)])
        else:
            yield model


def _references(value: Any) -> Iterator[str]:
    """Yield the ids of models that a state names, wherever it does."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if one.startswith(_REFERENCE):
                yield one.removeprefix(_REFERENCE)
        elif isinstance(one, Mapping):
            # Outputs that a widget holds may be views of others.
            view = one.get(VIEW)
            if isinstance(view, Mapping) and isinstance(view.get("model_id"), str):
                yield view["model_id"]
            waiting += reversed([*one.values()])
        elif isinstance(one, list):
            waiting += reversed(one)


def _state(model: Mapping[str, Any]) -> Mapping[str, Any]:
    state = model.get("state")
    return state if isinstance(state, Mapping) else {}


def _name(model: Mapping[str, Any]) -> str:
    return str(model.get("model_name"))
