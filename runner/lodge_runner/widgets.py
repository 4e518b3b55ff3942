"""Keeps the state of widgets, so that a reader of the output notebook sees them as they ended."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lodge_runner.wire import Message

MIME = "application/vnd.jupyter.widget-state+json"


class Widgets:
    """The models of a notebook's widgets, as their comm messages tell."""

    def __init__(self) -> None:
        self._models: dict[str, dict[str, Any]] = {}
        self._buffers: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}

    def handle(self, message: Message) -> None:
        """Take a ``comm_open`` or ``comm_msg``; what is of no widget is passed over."""
        content = message.content
        comm, data = str(content.get("comm_id", "")), content.get("data") or {}
        state = data.get("state")
        if not isinstance(state, dict):
            return
        if message.type == "comm_open" and content.get("target_name") == "jupyter.widget":
            self._models[comm] = {}
        elif comm not in self._models or data.get("method") == "echo_update":
            return
        self._models[comm] |= state
        paths = data.get("buffer_paths") or []
        for path, buffer in zip(paths, message.buffers, strict=False):
            self._buffers.setdefault(comm, {})[tuple(str(p) for p in path)] = {
                "path": path,
                "data": base64.b64encode(buffer).decode("ascii"),
                "encoding": "base64",
            }

    def metadata(self) -> dict[str, Any] | None:
        """Return the notebook's ``metadata.widgets``, or None without widgets."""
        if not self._models:
            return None
        states = {}
        for comm, state in self._models.items():
            states[comm] = model = {
                "model_name": state.get("_model_name"),
                "model_module": state.get("_model_module"),
                "model_module_version": state.get("_model_module_version"),
                "state": state,
            }
            if buffers := self._buffers.get(comm):
                model["buffers"] = list(buffers.values())
        return {MIME: {"state": states, "version_major": 2, "version_minor": 0}}
