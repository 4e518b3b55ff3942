"""How a run ended, out of what it says of itself and what is known from outside: pure functions."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lodge_runner.spec import ExitCode, RunError, RunResult

STOPPED = "The run was interrupted because Lodge was stopped; run it again."
TIMED_OUT = (
    "The run was ended because it took longer than its {seconds} seconds; give the job more time, "
    "or make the notebook quicker."
)
_SOURCE_LIMIT = 20_000
_TEXT_LIMIT = 4_000
_CELLS_LIMIT = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """The end of a run."""

    state: Literal["succeeded", "failed", "cancelled"]
    ended_at: datetime
    error: dict[str, Any] | None = None
    cells_total: int | None = None
    cells_done: int | None = None


def judge(
    report: RunResult | None,
    exit_code: int | None,
    *,
    started_at: datetime,
    now: datetime,
    rescued: RunResult | None = None,
    cancelled: bool = False,
    stopped: bool = False,
    timed_out_s: int | None = None,
) -> Outcome:
    """Say how a run ended.

    Parameters
    ----------
    report
        What the run says; None where it says nothing.
    exit_code
        How its process ended, negative for a signal; None when nobody knows.
    started_at, now
        The time of the end that the run tells is believed between the two.
    rescued
        What was saved of a run that was killed: where it was, or even that it was through.
    cancelled
        Whether the user asked to cancel it.
    stopped
        Whether it was ended because Lodge was stopped.
    timed_out_s
        Seconds that it was given, where it was ended because it took longer.
    """
    cell = None
    if rescued is not None and rescued.exit_code != ExitCode.INTERNAL:
        report = rescued
    elif rescued is not None:
        cell = rescued.error
    total = done = None
    ended_at = now
    if report is not None:
        total, done = clamp(report.cells_total), clamp(report.cells_done)
        told = report.ended_at
        if report.state != "running" and told and told.tzinfo and started_at <= told <= now:
            ended_at = told
    if report is not None and report.state == "succeeded":
        return Outcome("succeeded", ended_at, None, total, done)
    if cancelled:
        return Outcome("cancelled", ended_at, None, total, done)
    if timed_out_s is not None:
        # Where it was then is where it was interrupted.
        cell = cell or (report.error if report is not None else None)
        error = RunError(
            cell=cell.cell if cell else None,
            cell_source=cell.cell_source if cell else "",
            message=TIMED_OUT.format(seconds=timed_out_s),
        )
    elif report is None or report.state in ("running", "cancelled"):
        error = RunError(
            cell=cell.cell if cell else None,
            cell_source=cell.cell_source if cell else "",
            message=STOPPED if stopped else _interrupted(report, exit_code),
        )
    else:
        error = report.error or RunError(message=f"The run {report.state.replace('_', ' ')}.")
    return Outcome("failed", ended_at, readable(error), total, done)


def failure(message: str, now: datetime) -> Outcome:
    """Return the outcome of a run that failed outside of its notebook."""
    return Outcome("failed", now, readable(RunError(message=message)))


def readable(error: RunError) -> dict[str, Any]:
    """Return an error in the form that is kept, cut to a size that a page can show."""
    return {
        "cell": error.cell if error.cell is not None and 0 <= error.cell < _CELLS_LIMIT else None,
        "cell_source": _cut(error.cell_source, _SOURCE_LIMIT),
        "ename": _cut(error.ename, 200),
        "evalue": _cut(error.evalue, _TEXT_LIMIT),
        "message": _cut(error.message, _TEXT_LIMIT),
    }


def clamp(cells: int) -> int:
    """Return a number of cells that can be believed."""
    return max(0, min(cells, _CELLS_LIMIT))


def _interrupted(report: RunResult | None, exit_code: int | None) -> str:
    if report is not None and report.state == "cancelled":
        return "The run was interrupted from outside of Lodge; run it again."
    if exit_code == -signal.SIGKILL:
        return (
            "The run was interrupted: its process was killed, often because memory ran out; "
            "use less data, or run it again."
        )
    if exit_code is not None and exit_code < 0:
        by = _signal(-exit_code)
        return f"The run was interrupted: its process was ended by {by}; run it again."
    if exit_code == ExitCode.INTERNAL and report is not None:
        return (
            "The run broke off, because it could not write what it did, mostly since a disk or a "
            "quota is full; make room, and run it again. Its log says more."
        )
    if report is None and exit_code:
        return (
            "The run failed before its first cell: the process that runs notebooks ended "
            f"with code {exit_code}; its log says why."
        )
    return (
        "The run was interrupted: its process is gone and left no result, as after a restart "
        "of the machine; run it again."
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _cut(text: str, limit: int) -> str:
    # No database keeps NUL in text everywhere, and lone surrogates are no UTF-8.
    text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
