"""The journal of a run: what has happened, appended as it happens, beside the output.

One JSON object a line. The first holds the notebook as it is run; then come, for each cell, its
start, its outputs as operations, and its end. While the run goes on the file is locked. It is
removed once the output notebook is in place; when the runner is killed it stays, and
:func:`recover` makes the output notebook of it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodge_runner.errors import InputError
from lodge_runner.notebook import encode_notebook
from lodge_runner.outputs import Outputs
from lodge_runner.record import CellRecord, RunRecord
from lodge_runner.wire import now_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lodge_runner.forms import Place
    from lodge_runner.outputs import Operation

VERSION = 1


def journal_path(output: Path) -> Path:
    """Return where the journal of an output notebook is."""
    return output.with_name(output.name + ".journal")


@dataclass(frozen=True)
class Recovered:
    """A run read back from its journal.

    Attributes
    ----------
    record
        Its cells and outputs.
    result
        Where its result file is.
    state, exit_code, ended_at
        How it ended; a run whose runner was killed counts as failed.
    """

    record: RunRecord
    result: Path
    state: str = "failed"
    exit_code: int = 5
    ended_at: str = field(default_factory=now_text)


class Journal:
    """An open, locked journal.

    Parameters
    ----------
    output
        The output notebook that it belongs to.

    Raises
    ------
    InputError
        When another run is writing the same output, or the folder can't be written to.
    """

    def __init__(self, output: Path) -> None:
        self.path = journal_path(output)
        self._output = output
        self._fd = self._open()
        self._dirty = False

    @property
    def is_empty(self) -> bool:
        """Whether no run has left anything in it."""
        return os.fstat(self._fd).st_size == 0

    def begin(self, record: RunRecord, result: Path) -> None:
        """Write the first line, in place of all that was there."""
        os.ftruncate(self._fd, 0)
        self._write(
            {
                "lodge_journal": VERSION,
                "result": str(result),
                "started_at": record.started_at,
                "parameters": record.parameters,
                "notebook": record.nb,
            }
        )

    def start_cell(self, cell: int) -> None:
        """Note that a cell starts."""
        self._write({"start": cell})

    def write_outputs(self, operations: list[tuple[Place, Operation]]) -> None:
        """Note what has come out."""
        if operations:
            self._write({"outputs": operations})

    def end_cell(self, entry: dict[str, Any]) -> None:
        """Note how a cell went; see ``RunRecord.cell_entry``."""
        self._write({"end": entry})

    def finish(
        self, state: str, exit_code: int, ended_at: str, error: dict[str, Any] | None
    ) -> None:
        """Note how the run went; only the output notebook is still to be written."""
        self._write(
            {"finished": {"state": state, "exit_code": exit_code, "ended_at": ended_at}}
            | {"error": error}
        )

    def sync(self) -> None:
        """Wait until the disk has what was written."""
        if self._dirty:
            os.fsync(self._fd)
            self._dirty = False

    def remove(self) -> None:
        """Remove the journal; the output notebook is in place."""
        if self._fd >= 0:
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
            self.close()

    def close(self) -> None:
        """Unlock it and leave it where it is."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def recover(self) -> Recovered | None:
        """Return the run that was killed and left this journal; None when it says nothing.

        The cell that was running is marked killed.

        Raises
        ------
        InputError
            When what stands in it isn't a journal's.
        """
        lines = self._lines()
        head = next(lines, None)
        if head is None or head.get("lodge_journal") != VERSION:
            return None
        try:
            return _replay(head, lines)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise InputError(
                f"The journal {self.path} can't be read ({e!r}): move it away to run again."
            ) from None

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.path.open("rb") as file:
            yield from _values(file)

    def _write(self, value: dict[str, Any]) -> None:
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
        view = memoryview(data.encode("utf-8", "backslashreplace"))
        whole = os.fstat(self._fd).st_size
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            # Half a line would hide those that may come after it.
            os.ftruncate(self._fd, whole)
            raise
        self._dirty = True

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        while True:
            try:
                fd = os.open(self.path, flags, 0o600)
            except FileNotFoundError:
                raise InputError(
                    f"The output can't be written: there is no folder {self._output.parent}."
                ) from None
            except OSError as e:
                raise InputError(
                    f"The output can't be written to {self._output.parent}: {e.strerror}."
                ) from None
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The run before may have removed it between the two calls.
                if os.fstat(fd).st_nlink:
                    return fd
            except OSError:
                os.close(fd)
                raise InputError(
                    f"Another run is writing {self._output}: wait for it, or choose another output."
                ) from None
            os.close(fd)


def so_far(journal: bytes) -> bytes | None:
    """Return the notebook of a run that goes on, by what stands in its journal; None for garbage.

    A cell that is running has the state ``running``.
    """
    lines = _values(journal.splitlines())
    head = next(lines, None)
    if head is None or head.get("lodge_journal") != VERSION:
        return None
    try:
        recovered = _replay(head, lines, unfinished="running")
        return encode_notebook(recovered.record.notebook("running", now_text()))
    except Exception:  # it belongs to the run's user, who may write anything into it
        return None


def _values(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            value = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):  # the last line, cut short
            return
        if not isinstance(value, dict):
            return
        yield value


def _replay(
    head: dict[str, Any], lines: Iterator[dict[str, Any]], unfinished: str = "killed"
) -> Recovered:
    record = RunRecord(
        nb=head["notebook"],
        parameters=head["parameters"],
        outputs=Outputs(),
        started_at=head["started_at"],
    )
    recovered = Recovered(record, Path(head["result"]))
    started: int | None = None
    widgets: dict[str, int] = {}
    for line in lines:
        match line:
            case {"start": int(cell)}:
                started = cell
            case {"end": dict(entry)}:
                cell = entry.pop("cell")
                record.cells[cell] = CellRecord(**entry)
                started = None
            case {"outputs": list(operations)}:
                for cell, operation in operations:
                    record.outputs.apply(cell, operation)
                    if isinstance(cell, str) and started is not None:
                        widgets[cell] = started
            case {"finished": dict(end), "error": error}:
                record.error = error
                recovered = replace(recovered, **end)
                break
    else:
        if started is not None:
            record.cells[started].state = unfinished
        where = "between two cells" if started is None else f"in cell {started + 1}"
        record.fail(
            f"The runner was killed {where}; what had run by then is kept. Run it again.", started
        )
    for widget, cell in widgets.items():  # the journal has no widgets to show them in
        record.outputs.move(widget, cell)
    return recovered
