"""Executes a notebook: the whole of a run, from its plan to its documents."""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodge_runner import limits
from lodge_runner.environment import environment, is_own
from lodge_runner.errors import InputError, KernelStartError, RunnerError
from lodge_runner.files import write_atomically
from lodge_runner.journal import Journal, journal_path
from lodge_runner.kernel import Kernel
from lodge_runner.kernelspecs import choose_kernel
from lodge_runner.notebook import clear_outputs, encode_notebook, read_notebook
from lodge_runner.outputs import Outputs
from lodge_runner.record import RunRecord
from lodge_runner.result import ResultFile, default_result_path
from lodge_runner.signals import Signals
from lodge_runner.spill import Spill
from lodge_runner.storage import FULL, Reserve, is_full
from lodge_runner.wire import now_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lodge_runner.journal import Recovered
    from lodge_runner.kernelspecs import KernelSpec
    from lodge_runner.notebook import Notebook

_EXIT_CODES = {"succeeded": 0, "failed": 1, "kernel_died": 3, "timed_out": 4, "cancelled": 130}


@dataclass
class Plan:
    """What to run; ``lodge_runner.spec.RunSpec`` without its checks.

    Attributes
    ----------
    notebook, output, cwd, timeout_s, result, output_limit_bytes
        As in ``RunSpec``.
    parameters
        Values by name.
    parameter_texts
        Texts of a command line by name, read by the declared types; they win over values.
    """

    notebook: Path
    output: Path
    parameters: dict[str, Any] = field(default_factory=dict)
    parameter_texts: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    timeout_s: float | None = None
    result: Path | None = None
    output_limit_bytes: int = limits.OUTPUT_LIMIT_BYTES


@dataclass(frozen=True)
class _Ready:
    """A plan that has passed its checks."""

    nb: Notebook
    parameters: dict[str, Any]
    spec: KernelSpec
    cwd: Path
    output: Path
    result: Path


def execute(plan: Plan, log: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Execute a notebook and write the executed one.

    The output notebook is written whatever becomes of the run: when a cell fails, when the kernel
    dies, when the run is cancelled or takes too long.

    Parameters
    ----------
    plan
        What to run.
    log
        Takes lines about how it goes.

    Returns
    -------
    dict
        In the form of ``lodge_runner.spec.RunResult``.

    Raises
    ------
    InputError
        When the plan can't be carried out; nothing has been written.
    OSError
        When something can't be written midway; the journal is kept.
    """
    deadline = None if plan.timeout_s is None else time.monotonic() + plan.timeout_s
    ready = _check(plan, log)
    journal = Journal(ready.output)
    try:
        if not journal.is_empty:
            _rescue(journal, ready.output, log)
        reserve = _reserve(ready, journal)
        with Signals() as signals:
            kernel = _start(ready, journal)
            try:
                return _Run(plan, ready, journal, kernel, signals, log, reserve).run(deadline)
            finally:
                kernel.end()
                reserve.release()
    finally:
        journal.close()


def recover(output: Path) -> dict[str, Any]:
    """Write the output notebook of a run whose runner was killed, from its journal.

    Returns
    -------
    dict
        In the form of ``lodge_runner.spec.RunResult``.

    Raises
    ------
    InputError
        When there is no journal, it says nothing, or its run is still going on.
    """
    output = _resolved(output)
    if not journal_path(output).is_file():
        raise InputError(f"There is nothing to recover: {journal_path(output)} doesn't exist.")
    journal = Journal(output)
    try:
        recovered = journal.recover()
        if recovered is None:
            raise InputError(
                f"There is nothing to recover: {journal.path} was cut short at its start."
            )
        result = _write_recovered(recovered, output)
        journal.remove()
        return result
    finally:
        journal.close()


def _write_recovered(recovered: Recovered, output: Path) -> dict[str, Any]:
    record, ended_at = recovered.record, recovered.ended_at
    write_atomically(output, encode_notebook(record.notebook(recovered.state, ended_at)))
    if recovered.result.parent.is_dir():
        ResultFile(recovered.result, record).finish(recovered.state, recovered.exit_code, ended_at)
    return record.result(recovered.state, recovered.exit_code, ended_at)


def _rescue(journal: Journal, output: Path, log: Callable[[str], None]) -> None:
    """Recover what a killed run has left, before its journal is used anew."""
    recovered = journal.recover()
    if recovered is None:
        return
    _write_recovered(recovered, output)
    log(f"The run before was killed; {output.name} holds what it had done until this one ends.")


class _Run:
    """One run, from a started kernel to its documents."""

    def __init__(
        self,
        plan: Plan,
        ready: _Ready,
        journal: Journal,
        kernel: Kernel,
        signals: Signals,
        log: Callable[[str], None],
        reserve: Reserve,
    ) -> None:
        self._ready = ready
        self._reserve = reserve
        self._journal = journal
        self._kernel = kernel
        self._signals = signals
        self._log = log
        self._spill = Spill(ready.output)
        Spill.remove(ready.output)
        self._record = RunRecord(
            ready.nb, ready.parameters, Outputs(plan.output_limit_bytes, self._spill)
        )
        self._result = ResultFile(ready.result, self._record)

    def run(self, deadline: float | None) -> dict[str, Any]:
        """Run the cells and write what came of them."""
        try:
            return self._run(deadline)
        except Exception as e:
            # A reader of the result must not wait for a run that is no more.
            if is_full(e):
                self._end_full()
            else:
                self._record.fail(f"The run broke off: {e}. Its journal is kept, see --recover.")
                with contextlib.suppress(OSError):
                    self._result.finish("failed", 5, now_text())
            raise

    def _end_full(self) -> None:
        """End a run on a full disk: say so, and save what had run, in the room kept for that."""
        # Else its cell may take that room as well.
        self._kernel.kill()
        self._reserve.release()
        killed = (index for index, cell in self._record.cells.items() if cell.state == "killed")
        self._record.fail(FULL, next(killed, None))
        with contextlib.suppress(OSError):
            self._result.finish("failed", 5, now_text())
        with contextlib.suppress(OSError, RunnerError):
            recovered = self._journal.recover()
            if recovered is not None:
                recovered.record.error = self._record.error
                nb = recovered.record.notebook("failed", recovered.ended_at)
                write_atomically(self._ready.output, encode_notebook(nb))
                self._journal.remove()

    def _run(self, deadline: float | None) -> dict[str, Any]:
        self._journal.begin(self._record, self._ready.result)
        self._result.update()
        state = self._run_cells(deadline)
        ended_at = now_text()
        exit_code = _EXIT_CODES[state]
        self._spill.close()
        self._record.current = None
        self._journal.write_outputs(self._record.outputs.take())
        self._journal.finish(state, exit_code, ended_at, self._record.error)
        nb = self._record.notebook(state, ended_at)
        write_atomically(self._ready.output, encode_notebook(nb))
        self._result.finish(state, exit_code, ended_at, self._environment(state))
        self._journal.remove()
        return self._record.result(state, exit_code, ended_at)

    def _environment(self, state: str) -> dict[str, Any] | None:
        """Return what the run ran with; None where another Python has run it, or it failed."""
        if state != "succeeded" or not is_own(self._ready.spec.command(Path())):
            return None
        return environment()

    def _run_cells(self, deadline: float | None) -> str:
        # Imported while the kernel starts: ZeroMQ takes a moment.
        from lodge_runner.session import (
            CellFailedError,
            KernelDiedError,
            RunEndedError,
            Session,
            StoppedError,
        )

        session = Session(
            self._kernel, self._record, self._journal, self._result, self._signals, deadline
        )
        state, index = "succeeded", None
        try:
            self._note_kernel(session.start())
            for index in self._record.to_run:
                started = time.monotonic()
                session.run_cell(index)
                self._log_cell(index, time.monotonic() - started)
        except CellFailedError:
            state = "failed"
        except RunEndedError:
            self._log(f"Cell {(index or 0) + 1} has ended the run; the cells after it did not run.")
        except StoppedError as stop:
            state = stop.state
            self._note_stop(state, index)
        except KernelStartError as e:
            state = "kernel_died"
            self._record.fail(str(e))
        except KernelDiedError:
            state = "kernel_died"
            self._note_death(self._kernel.end(), index)
        if state != "kernel_died":
            late = session.end()
            if late:
                self._log(late)
        return state

    def _note_kernel(self, info: dict[str, Any]) -> None:
        """Keep in the notebook what ran it."""
        metadata, spec = self._record.nb["metadata"], self._ready.spec
        metadata["language_info"] = info.get("language_info", {})
        metadata["kernelspec"] = {
            "name": spec.name,
            "display_name": spec.display_name,
            "language": spec.language,
        }

    def _note_stop(self, state: str, index: int | None) -> None:
        where = "before its first cell" if index is None else f"in cell {index + 1}"
        why = "It was cancelled" if state == "cancelled" else "It took longer than allowed"
        self._record.fail(f"{why} {where}; what had run by then is kept.", index)

    def _note_death(self, code: int, index: int | None) -> None:
        where = "between two cells" if index is None else f"in cell {index + 1}"
        if code == -signal.SIGKILL:
            text = (
                f"The kernel was killed {where} (signal 9), most likely because memory ran out: "
                "work on less data at a time, or ask for more memory."
            )
        elif code < 0:
            name = signal.Signals(-code).name
            text = f"The kernel died {where} ({name}): native code in a library may be at fault."
        else:
            text = f"The kernel ended itself {where} with exit code {code}."
        self._record.fail(text, index)

    def _log_cell(self, index: int, seconds: float) -> None:
        if seconds >= 1:
            self._log(f"Cell {index + 1} of {len(self._record.nb['cells'])} took {seconds:.1f} s.")


def _reserve(ready: _Ready, journal: Journal) -> Reserve:
    try:
        return Reserve(ready.output.parent)
    except OSError as e:
        journal.remove()
        raise InputError(
            f"The output can't be written to {ready.output.parent}: {e.strerror}; make room there."
        ) from None


def _start(ready: _Ready, journal: Journal) -> Kernel:
    try:
        return Kernel(ready.spec, ready.cwd)
    except BaseException:
        journal.remove()
        raise


def _check(plan: Plan, log: Callable[[str], None]) -> _Ready:
    """Check all that can be checked before anything is started or written."""
    nb = read_notebook(plan.notebook)
    output = _resolved(plan.output)
    result = _resolved(plan.result or default_result_path(output))
    _check_paths(plan.notebook.resolve(), output, result)
    cwd = (plan.cwd or plan.notebook.resolve().parent).absolute()
    if not cwd.is_dir():
        raise InputError(f"The notebook can't run in {cwd}: there is no such folder.")
    parameters = dict(plan.parameters)
    if parameters or plan.parameter_texts:
        # Costs a tenth of a short run, and most runs have none.
        from lodge_runner.parameters import apply_parameters, check_values, parse_texts

        parameters |= parse_texts(nb, plan.parameter_texts)
        parameters = check_values(nb, parameters)
        nb = apply_parameters(nb, parameters)
    clear_outputs(nb)
    spec, note = choose_kernel(nb["metadata"])
    if note:
        log(note)
    return _Ready(nb, parameters, spec, cwd, output, result)


def _check_paths(notebook: Path, output: Path, result: Path) -> None:
    for path in (output, result):
        if not path.parent.is_dir():
            raise InputError(f"{path} can't be written: there is no folder {path.parent}.")
        if path.is_dir():
            raise InputError(f"{path} can't be written: it is a folder; name a file in it.")
        if path == notebook or (path.exists() and path.samefile(notebook)):
            raise InputError(
                f"{path} is the notebook itself, which is never overwritten: name another file."
            )
    if output == result:
        raise InputError(f"The output and the result can't both be written to {output}.")


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a loop of links
        return path.absolute()
