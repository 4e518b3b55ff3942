"""The wire form of a run: what is asked of ``lodge-run`` and what it answers.

Import it where runs are planned and read (services, server extensions). ``lodge-run`` itself
writes the same JSON without these models, since importing pydantic takes longer than many runs.
"""

from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from lodge_runner.limits import OUTPUT_LIMIT_BYTES

RunState = Literal["running", "succeeded", "failed", "cancelled", "timed_out", "kernel_died"]
"""State of a run; ``running`` only in a result file that is still being rewritten."""

CellState = Literal["done", "failed", "killed", "not_run"]
"""State of a cell in the output notebook's metadata ``lodge.run.cells``."""


class ExitCode(IntEnum):
    """Exit codes of ``lodge-run``."""

    SUCCEEDED = 0
    FAILED = 1
    BAD_INPUT = 2
    KERNEL_DIED = 3
    TIMED_OUT = 4
    INTERNAL = 5
    CANCELLED = 130


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")


class RunSpec(_Wire):
    """What to run.

    Attributes
    ----------
    notebook
        The notebook to execute; it is never written to.
    output
        Where the executed notebook goes; its folder must exist.
    parameters
        Values by name, checked against the cell tagged ``parameters``.
    cwd
        Working folder of the kernel. None: the folder of ``notebook``.
    timeout_s
        Seconds for the whole run, the kernel's start included. None: no limit.
    result
        Where the :class:`RunResult` is kept while running and afterwards. None: beside the
        output, with ``.result.json`` added to its name.
    output_limit_bytes
        Bytes of output kept in the notebook for each cell; the rest goes to a file beside the
        output. Default 10 MiB; 0 means no limit.
    """

    notebook: Path
    output: Path
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    cwd: Path | None = None
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    result: Path | None = None
    output_limit_bytes: Annotated[int, Field(ge=0)] = OUTPUT_LIMIT_BYTES


class RunError(_Wire):
    """Why a run ended otherwise than well.

    Attributes
    ----------
    cell
        Index from 0 of the cell in the output notebook; None when no cell is at fault.
    cell_source
        Text of that cell, empty without one.
    ename, evalue
        Name and text of the exception that the cell raised; empty without one.
    message
        One sentence for the user.
    """

    cell: int | None = None
    cell_source: str = ""
    ename: str = ""
    evalue: str = ""
    message: str


class Environment(_Wire):
    """What a run ran with.

    Attributes
    ----------
    python
        Its version.
    image
        The container's image, or "".
    packages
        Versions by normalised name.
    """

    python: str
    image: str = ""
    packages: dict[str, str] = Field(default_factory=dict)


class RunResult(_Wire):
    """How a run goes, or went.

    Attributes
    ----------
    state
        ``running`` until the run ends.
    exit_code
        Exit code of ``lodge-run``; None while running.
    started_at, ended_at
        UTC; ``ended_at`` is None while running.
    duration_s
        Seconds from ``started_at`` to ``ended_at``, or to the moment of writing while running.
    cells_total, cells_done
        Code cells with text in them: all, and those that have ended, the failed one included.
    current_cell
        Index from 0, in the output notebook, of the cell that is running; None between cells.
    error
        None while running and after success.
    environment
        What it ran with, where it has succeeded with the Python that ``lodge-run`` has itself.
    """

    state: RunState
    exit_code: int | None
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    cells_total: int
    cells_done: int
    current_cell: int | None
    error: RunError | None
    environment: Environment | None = None
