"""Turns a kernel's messages into the outputs of cells.

Every change is an operation, a small JSON list, which both builds the outputs now and, read back
from the journal, builds the same outputs again:

    ["stream", name, text]              text for a stream
    ["output", output, display_id|null] a display, a result or an error
    ["update", display_id, data, metadata]
    ["clear"]
    ["mark", kind, text]                the notice in place of what went to the spill file
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_runner.forms import display_id_of, output_of, stream_of

if TYPE_CHECKING:
    from lodge_runner.forms import Place
    from lodge_runner.spill import Spill
    from lodge_runner.wire import Message

Operation = list[Any]


@dataclass
class CellOutputs:
    """What one cell has put out so far.

    Attributes
    ----------
    outputs
        In nbformat's form, but the text of a stream is a list of parts.
    text_bytes, rich_bytes
        Sizes that count against the limit, text and the rest apart, so that a flood of text
        doesn't cost the notebook its plots.
    marks
        The notices of what was left out, by kind.
    clear_next
        Whether the next output replaces the others.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    text_bytes: int = 0
    rich_bytes: int = 0
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    clear_next: bool = False


class Outputs:
    """The outputs of a notebook's cells and of the ``Output`` widgets in them.

    Parameters
    ----------
    limit
        Bytes of text, and of rich output, kept for each cell; 0 for no limit.
    spill
        Takes what is over the limit.
    """

    def __init__(self, limit: int = 0, spill: Spill | None = None) -> None:
        self._limit = limit
        self._spill = spill
        self._cells: dict[Place, CellOutputs] = {}
        self._displays: dict[str, list[tuple[Place, dict[str, Any]]]] = {}
        self._pending: list[tuple[Place, Operation]] = []
        self._pending_size = 0

    @property
    def pending_size(self) -> int:
        """Characters of stream text that :meth:`take` would hand out, roughly."""
        return self._pending_size

    @property
    def has_pending(self) -> bool:
        """Whether :meth:`take` would hand out anything."""
        return bool(self._pending)

    def take(self) -> list[tuple[Place, Operation]]:
        """Return the operations since the last call, each with its cell."""
        taken, self._pending, self._pending_size = self._pending, [], 0
        return [
            (cell, ["stream", op[1], "".join(op[2:])] if op[0] == "stream" else op)
            for cell, op in taken
        ]

    def of(self, cell: Place) -> list[dict[str, Any]]:
        """Return a cell's outputs in nbformat's form."""
        return [_finished(output) for output in self._cell(cell).outputs]

    def handle(self, cell: Place, message: Message) -> None:
        """Take one message that belongs to a cell; what is no output is passed over."""
        content = message.content
        match message.type:
            case "stream":
                self._take_stream(cell, *stream_of(content))
            case "display_data" | "execute_result":
                self._take_display(cell, message.type, content)
            case "update_display_data":
                self._take_update(cell, content)
            case "error":
                self._do(cell, ["output", output_of("error", content), None])
            case "clear_output":
                if content.get("wait"):
                    self._cell(cell).clear_next = True
                else:
                    self._do(cell, ["clear"])

    def replace(self, cell: Place, outputs: list[dict[str, Any]]) -> None:
        """Put others in the place of all outputs."""
        self._do(cell, ["clear"])
        for output in outputs:
            if output["output_type"] == "stream":
                self._take_stream(cell, output["name"], output["text"])
            elif self._fits(cell, output):
                self._do(cell, ["output", output, None])

    def move(self, place: Place, cell: int) -> None:
        """Put the outputs of a place behind those of a cell."""
        moved = self._cells.pop(place, CellOutputs())
        self._cell(cell).outputs += moved.outputs

    def close_cell(self, cell: Place) -> None:
        """Complete the notices of what a cell has left out."""
        if self._spill is not None:
            for kind in list(self._cell(cell).marks):
                self._do(cell, ["mark", kind, self._spill.notice(cell, kind)])

    def apply(self, cell: Place, operation: Operation) -> None:
        """Apply an operation that another run has journaled."""
        match operation:
            case ["stream", str(name), str(text)]:
                self._append_text(cell, name, text)
            case ["output", dict(output), display_id]:
                self._cell(cell).outputs.append(output)
                if display_id is not None:
                    self._displays.setdefault(str(display_id), []).append((cell, output))
            case ["update", str(display_id), dict(data), dict(metadata)]:
                for _, output in self._displays.get(display_id, []):
                    output["data"], output["metadata"] = data, metadata
            case ["clear"]:
                gone = self._cells.pop(cell, CellOutputs())
                ids = {id(output) for output in gone.outputs}
                for display_id, shown in self._displays.items():
                    self._displays[display_id] = [x for x in shown if id(x[1]) not in ids]
            case ["mark", str(kind), str(text)]:
                self._mark(cell, kind, text)

    def _cell(self, cell: Place) -> CellOutputs:
        found = self._cells.get(cell)
        if found is None:
            found = self._cells[cell] = CellOutputs()
        return found

    def _do(self, cell: Place, operation: Operation) -> None:
        if self._cell(cell).clear_next and operation[0] not in ("clear", "update"):
            self._do(cell, ["clear"])
        self.apply(cell, operation)
        if operation[0] == "stream":
            self._pending_size += len(operation[2])
            if self._pending:
                last_cell, last = self._pending[-1]
                if last_cell == cell and last[:2] == operation[:2]:
                    last.append(operation[2])
                    return
        self._pending.append((cell, list(operation)))

    def _take_stream(self, cell: Place, name: str, text: str) -> None:
        state = self._cell(cell)
        if state.clear_next:
            self._do(cell, ["clear"])
            state = self._cell(cell)
        if not self._limit or self._spill is None:
            self._do(cell, ["stream", name, text])
            return
        size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        room = self._limit - state.text_bytes
        if size <= room:
            state.text_bytes += size
            self._do(cell, ["stream", name, text])
            return
        if room > 0 and "text" not in state.marks:
            kept = text.encode("utf-8", "surrogatepass")[:room].decode("utf-8", "ignore")
            text = text[len(kept) :]
            if kept:
                self._do(cell, ["stream", name, kept])
        state.text_bytes = self._limit
        self._spill.write_text(cell, text)
        if "text" not in state.marks:
            self._do(cell, ["mark", "text", self._spill.notice(cell, "text")])

    def _take_display(self, cell: Place, type_: str, content: dict[str, Any]) -> None:
        output = output_of(type_, content)
        if output is None:
            return
        display_id = display_id_of(content)
        if display_id is not None and self._displays.get(display_id):
            self._do(cell, ["update", display_id, output["data"], output["metadata"]])
        if self._fits(cell, output):
            self._do(cell, ["output", output, display_id])

    def _take_update(self, cell: Place, content: dict[str, Any]) -> None:
        display_id, output = display_id_of(content), output_of("display_data", content)
        if output is None or display_id is None or not self._displays.get(display_id):
            return
        data, metadata = output["data"], output["metadata"]
        over = self._limit and self._spill and _size(data) > self._limit
        if over and self._spill is not None:
            self._spill.write_rich(cell, {"data": data, "metadata": metadata})
            data, metadata = {"text/plain": self._spill.notice(cell, "rich")}, {}
        self._do(cell, ["update", display_id, data, metadata])

    def _fits(self, cell: Place, output: dict[str, Any]) -> bool:
        """Count a rich output in; spill it and leave a notice when it doesn't fit."""
        if not self._limit or self._spill is None:
            return True
        state = self._cell(cell)
        if state.clear_next:
            self._do(cell, ["clear"])
            state = self._cell(cell)
        size = _size(output["data"])
        if state.rich_bytes + size <= self._limit:
            state.rich_bytes += size
            return True
        self._spill.write_rich(cell, output)
        if "rich" not in state.marks:
            self._do(cell, ["mark", "rich", self._spill.notice(cell, "rich")])
        return False

    def _append_text(self, cell: Place, name: str, text: str) -> None:
        outputs = self._cell(cell).outputs
        if outputs and outputs[-1]["output_type"] == "stream" and outputs[-1]["name"] == name:
            outputs[-1]["text"].append(text)
        else:
            outputs.append({"output_type": "stream", "name": name, "text": [text]})

    def _mark(self, cell: Place, kind: str, text: str) -> None:
        state = self._cell(cell)
        mark = state.marks.get(kind)
        if mark is None:
            mark = state.marks[kind] = {
                "output_type": "display_data",
                "data": {},
                "metadata": {"lodge": {"spilled": kind}},
            }
            state.outputs.append(mark)
        mark["data"] = {"text/plain": text}


def _finished(output: dict[str, Any]) -> dict[str, Any]:
    if output["output_type"] != "stream":
        return output
    return output | {"text": "".join(output["text"])}


def _size(data: dict[str, Any]) -> int:
    return sum(len(v) if isinstance(v, str) else len(json.dumps(v)) for v in data.values())
