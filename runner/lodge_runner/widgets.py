"""Keeps the state of widgets, so that a reader of the output notebook sees them as they ended.

An ``Output`` widget takes the outputs of what runs within it: while it does, its state ``msg_id``
names the request whose outputs are its own. They are kept like a cell's, and the kernel is told of
them, as a page with the widget would.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from lodge_runner.forms import output_of
from lodge_runner.widget_text import bar_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lodge_runner.outputs import Outputs
    from lodge_runner.wire import Message

MIME = "application/vnd.jupyter.widget-state+json"
VIEW_MIME = "application/vnd.jupyter.widget-view+json"


class Widgets:
    """The models of a notebook's widgets, as their comm messages tell.

    Parameters
    ----------
    outputs
        Where the outputs within ``Output`` widgets are kept.
    """

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._models: dict[str, dict[str, Any]] = {}
        self._buffers: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {}
        self._open: list[tuple[str, str]] = []  # request and widget, the innermost last
        self._news: set[str] = set()

    def handle(self, message: Message) -> None:
        """Take a message of a comm; what is of no widget is passed over."""
        content = message.content
        comm, data = str(content.get("comm_id", "")), content.get("data")
        if message.type == "comm_close":
            self._open = [(request, widget) for request, widget in self._open if widget != comm]
            self._news.discard(comm)
            return
        state = data.get("state") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(state, dict):
            return
        if message.type == "comm_open" and content.get("target_name") == "jupyter.widget":
            self._models[comm] = {}
        elif comm not in self._models or data.get("method") == "echo_update":
            return
        self._models[comm] |= state
        if self._is_output(comm):
            self._take_output_state(comm, state)
        paths = data.get("buffer_paths")
        for path, buffer in zip(
            paths if isinstance(paths, list) else (), message.buffers, strict=False
        ):
            if isinstance(path, list):
                self._buffers.setdefault(comm, {})[tuple(str(p) for p in path)] = {
                    "path": path,
                    "data": base64.b64encode(buffer).decode("ascii"),
                    "encoding": "base64",
                }

    def take(self, message: Message) -> bool:
        """Take an output of what runs within an ``Output`` widget; return whether it is one."""
        for request, comm in reversed(self._open):
            if request == message.parent and message.type != "update_display_data":
                self._outputs.handle(comm, message)
                self._news.add(comm)
                return True
        return False

    def news(self) -> Iterator[dict[str, Any]]:
        """Yield the messages that tell the kernel what its ``Output`` widgets hold by now."""
        for comm in sorted(self._news):
            state = {"outputs": self._outputs.of(comm)}
            yield {
                "comm_id": comm,
                "data": {"method": "update", "state": state, "buffer_paths": []},
            }
        self._news.clear()

    def fresh(self, output: dict[str, Any]) -> dict[str, Any]:
        """Return an output whose text says of a progress bar what its state says."""
        data = output.get("data", {})
        view = data.get(VIEW_MIME)
        if "text/plain" not in data or not isinstance(view, dict):
            return output
        text = bar_text(self._models, str(view.get("model_id")))
        return output | {"data": data | {"text/plain": text}} if text else output

    def metadata(self) -> dict[str, Any] | None:
        """Return the notebook's ``metadata.widgets``, or None without widgets."""
        if not self._models:
            return None
        states = {}
        for comm, state in self._models.items():
            if self._is_output(comm):
                state = state | {"outputs": [self.fresh(o) for o in self._outputs.of(comm)]}
            states[comm] = model = {
                "model_name": state.get("_model_name"),
                "model_module": state.get("_model_module"),
                "model_module_version": state.get("_model_module_version"),
                "state": state,
            }
            if buffers := self._buffers.get(comm):
                model["buffers"] = list(buffers.values())
        return {MIME: {"state": states, "version_major": 2, "version_minor": 0}}

    def _is_output(self, comm: str) -> bool:
        model = self._models[comm]
        return (model.get("_model_module"), model.get("_model_name")) == (
            "@jupyter-widgets/output",
            "OutputModel",
        )

    def _take_output_state(self, comm: str, state: dict[str, Any]) -> None:
        if "msg_id" in state:
            self._open = [(request, widget) for request, widget in self._open if widget != comm]
            if request := state["msg_id"]:
                self._open.append((str(request), comm))
        outputs = state.get("outputs")
        if isinstance(outputs, list):  # append_stdout() and its like
            given = [
                output_of(str(output.get("output_type")), output)
                for output in outputs
                if isinstance(output, dict)
            ]
            self._outputs.replace(comm, [output for output in given if output is not None])
            self._outputs.close_cell(comm)
