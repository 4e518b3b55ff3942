"""What is known of a run: its cells' states and outputs, and the documents made of them."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lodge_runner.notebook import SKIP_TAG, has_tag
from lodge_runner.values import to_json
from lodge_runner.wire import now_text

if TYPE_CHECKING:
    from lodge_runner.notebook import Notebook
    from lodge_runner.outputs import Outputs
    from lodge_runner.widgets import Widgets


@dataclass
class CellRecord:
    """How one code cell went.

    Attributes
    ----------
    state
        ``done``, ``failed``, ``killed`` or ``not_run``.
    duration_s
        Seconds; None before it has ended.
    execution_count
        The kernel's number for it.
    times
        When the kernel reported what, as JupyterLab notes it in ``metadata.execution``.
    """

    state: str = "not_run"
    duration_s: float | None = None
    execution_count: int | None = None
    times: dict[str, str] = field(default_factory=dict)


@dataclass
class RunRecord:
    """A run so far.

    Attributes
    ----------
    nb
        The notebook as it is run: parameters set, outputs cleared.
    parameters
        The values that were asked for, as JSON can hold them.
    outputs
        Outputs by cell.
    started_at
        UTC, ISO 8601.
    """

    nb: Notebook
    parameters: dict[str, Any]
    outputs: Outputs
    started_at: str = field(default_factory=now_text)
    cells: dict[int, CellRecord] = field(default_factory=dict)
    current: int | None = None
    error: dict[str, Any] | None = None
    widgets: Widgets | None = None

    def __post_init__(self) -> None:
        self.parameters = to_json(self.parameters)
        if not self.cells:
            self.cells = {
                index: CellRecord()
                for index, cell in enumerate(self.nb["cells"])
                if cell["cell_type"] == "code"
            }

    @property
    def to_run(self) -> list[int]:
        """Indices of the cells that run: code cells, but for those tagged ``skip-execution``."""
        return [i for i in self.cells if not has_tag(self.nb["cells"][i], SKIP_TAG)]

    def fail(
        self, message: str, cell: int | None = None, ename: str = "", evalue: str = ""
    ) -> None:
        """Note why the run didn't succeed."""
        self.error = {
            "cell": cell,
            "cell_source": "" if cell is None else self.nb["cells"][cell]["source"],
            "ename": ename,
            "evalue": evalue,
            "message": message,
        }

    def result(self, state: str, exit_code: int | None, ended_at: str | None) -> dict[str, Any]:
        """Return the run's result, in the form of ``lodge_runner.spec.RunResult``."""
        to_run = self.to_run
        return {
            "state": state,
            "exit_code": exit_code,
            "started_at": self.started_at,
            "ended_at": ended_at,
            "duration_s": seconds_between(self.started_at, ended_at or now_text()),
            "cells_total": len(to_run),
            "cells_done": sum(self.cells[i].state != "not_run" for i in to_run),
            "current_cell": self.current,
            "error": self.error,
        }

    def notebook(self, state: str, ended_at: str) -> Notebook:
        """Return the output notebook."""
        nb = copy.copy(self.nb)
        nb["cells"] = [
            self._cell(index, cell) if index in self.cells else cell
            for index, cell in enumerate(self.nb["cells"])
        ]
        run = {
            "state": state,
            "started_at": self.started_at,
            "ended_at": ended_at,
            "parameters": self.parameters,
            "cells": [
                {"cell": index, "state": cell.state, "duration_s": cell.duration_s}
                for index, cell in self.cells.items()
            ],
        }
        nb["metadata"] = self.nb["metadata"] | {
            "lodge": (self.nb["metadata"].get("lodge") or {}) | {"run": run}
        }
        if self.widgets is not None and (widgets := self.widgets.metadata()):
            nb["metadata"]["widgets"] = widgets
        return nb

    def _cell(self, index: int, cell: dict[str, Any]) -> dict[str, Any]:
        record = self.cells[index]
        outputs = self.outputs.of(index)
        if self.widgets is not None:
            outputs = [self.widgets.fresh(output) for output in outputs]
        cell = cell | {
            "outputs": outputs,
            "execution_count": record.execution_count,
        }
        if record.times:
            cell["metadata"] = cell["metadata"] | {"execution": record.times}
        return cell

    def cell_entry(self, index: int) -> dict[str, Any]:
        """Return a cell's record as JSON, for the journal."""
        return {"cell": index, **asdict(self.cells[index])}


def seconds_between(start: str, end: str) -> float:
    """Return the seconds from one ISO time to another, to the millisecond."""
    span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(max(0.0, span.total_seconds()), 3)
