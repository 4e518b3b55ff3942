"""The text of a progress bar, by the state of its widgets.

A bar shows itself once, at its start; its text from then stays in the notebook while its state
goes on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODEL = "IPY_MODEL_"
_WIDTH = 10
_TAG = re.compile(r"<[^>]*>")


def bar_text(models: Mapping[str, Mapping[str, Any]], model_id: str) -> str:
    """Return the text of tqdm's bar, a box of a text, a bar and a text; "" for anything else."""
    box = models.get(model_id, {})
    children = box.get("children")
    if box.get("_model_name") != "HBoxModel" or not isinstance(children, list):
        return ""
    parts = [models.get(str(child).removeprefix(_MODEL), {}) for child in children]
    match [part.get("_model_name") for part in parts]:
        case ["HTMLModel", "FloatProgressModel" | "IntProgressModel", "HTMLModel"]:
            left, bar, right = parts
            return f"{_plain(left)}|{_drawn(bar)}| {_plain(right)}"
    return ""


def _plain(model: Mapping[str, Any]) -> str:
    import html

    text = html.unescape(_TAG.sub("", str(model.get("value", ""))))
    return " ".join(text.split())


def _drawn(bar: Mapping[str, Any]) -> str:
    low, high, value = (bar.get(name) for name in ("min", "max", "value"))
    if not all(isinstance(n, int | float) for n in (low, high, value)) or high <= low:  # type: ignore[operator]
        return " " * _WIDTH
    full = round(_WIDTH * min(1.0, max(0.0, (value - low) / (high - low))))  # type: ignore[operator]
    return "█" * full + " " * (_WIDTH - full)
