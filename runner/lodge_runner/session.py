"""Runs cells on a kernel, one after the other, and misses nothing that comes back."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from lodge_runner import limits
from lodge_runner.endings import Ending, ending_of
from lodge_runner.errors import KernelStartError
from lodge_runner.forms import count_of
from lodge_runner.notebook import RAISES_TAG, has_tag
from lodge_runner.widgets import Widgets

if TYPE_CHECKING:
    from lodge_runner.journal import Journal
    from lodge_runner.kernel import Kernel
    from lodge_runner.record import RunRecord
    from lodge_runner.result import ResultFile
    from lodge_runner.signals import Signals
    from lodge_runner.wire import Message

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_BATCH = 500  # messages handled before signals and clocks are looked at again
_JOURNAL_S = 1.0  # how long output of a running cell may be missing from the journal
_JOURNAL_SIZE = 1 << 20
_LONGEST_WAIT_S = 5.0
_SETTLE_S = 0.1


class StoppedError(Exception):
    """The run was told to stop: ``cancelled`` or ``timed_out``."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class KernelDiedError(Exception):
    """The kernel's process is gone."""


class CellFailedError(Exception):
    """A cell raised what it may not."""


class RunEndedError(Exception):
    """A cell has ended the run, by ``exit()`` or ``sys.exit()``, as a success."""


class Session:
    """A conversation with one kernel.

    Parameters
    ----------
    kernel
        Just started.
    record, journal, result
        What is told of everything that happens.
    signals
        Asks the run to stop.
    deadline
        Time, by ``time.monotonic``, when the run must end; None for never.
    """

    def __init__(
        self,
        kernel: Kernel,
        record: RunRecord,
        journal: Journal,
        result: ResultFile,
        signals: Signals,
        deadline: float | None,
    ) -> None:
        self._kernel = kernel
        self._record = record
        self._journal = journal
        self._result = result
        self._signals = signals
        self._deadline = deadline
        self._channels = kernel.connect()
        self._channels.watch(signals.fd)
        if kernel.death_fd >= 0:
            self._channels.watch(kernel.death_fd)
        self._cells: dict[str, int] = {}  # by request
        self._widgets = record.widgets = Widgets(record.outputs)
        self._request = ""
        self._reply: Message | None = None
        self._shown: dict[str, Any] = {}  # the last error that the cell has shown
        self._idle = False
        self._heard = False
        self._ends = False
        self._times: dict[str, str] = {}
        self._journaled_at = 0.0

    def start(self) -> dict[str, Any]:
        """Wait until the kernel answers and its outputs reach us; return its kernel info.

        Raises
        ------
        KernelStartError
            When it ends first, or stays silent.
        StoppedError
            When the run is told to stop first.
        """
        give_up = time.monotonic() + limits.KERNEL_START_S
        ask_again = 0.0
        info: dict[str, Any] | None = None
        while True:
            now = time.monotonic()
            if info is None or not self._heard:
                if now >= ask_again:
                    self._request = self._channels.send("shell", "kernel_info_request", {})
                    ask_again = now + 1.0
            else:
                return info
            if self._told_to_stop():
                raise StoppedError(self._told_to_stop())
            if not self._kernel.is_alive():
                raise KernelStartError(
                    f"The kernel {self._kernel.spec.name!r} ended while it was starting; the log "
                    "says why."
                )
            if now > give_up:
                raise KernelStartError(
                    f"The kernel {self._kernel.spec.name!r} gave no answer for "
                    f"{limits.KERNEL_START_S:.0f} s; run it again, or look at the log."
                )
            self._channels.wait(min(1.0, self._left()))
            self._receive()
            if self._reply is not None and self._reply.type == "kernel_info_reply":
                info = self._reply.content

    def run_cell(self, index: int) -> None:
        """Run a cell, and note all that comes of it.

        Raises
        ------
        CellFailedError
            When it raised, unless its tag ``raises-exception`` allows that.
        RunEndedError
            When it ended the run.
        StoppedError
            When the run was told to stop; the cell has been interrupted.
        KernelDiedError
            When the kernel ended; what it had put out is kept.
        """
        cell = self._record.nb["cells"][index]
        entry = self._record.cells[index]
        if not cell["source"].strip():
            entry.state, entry.duration_s = "done", 0.0
            self._journal.end_cell(self._record.cell_entry(index))
            return
        if stop := self._told_to_stop():
            raise StoppedError(stop)
        for news in self._widgets.news():
            self._channels.send("shell", "comm_msg", news)
        may_raise = has_tag(cell, RAISES_TAG)
        self._reply, self._shown, self._idle, self._times = None, {}, False, {}
        self._request = self._channels.send(
            "shell",
            "execute_request",
            {
                "code": cell["source"],
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": not may_raise,
            },
        )
        self._cells[self._request] = index
        self._record.current = index
        self._journal.start_cell(index)
        # The kernel is busy with this cell: time to wait for the disk, for this and the last one.
        self._journal.sync()
        self._result.change()
        self._result.update()
        started = time.monotonic()
        state = "killed"
        try:
            stop = self._converse()
            ending = self._ending()
            state = _state(ending, may_raise, stop)
        finally:
            entry.state, entry.times = state, self._times
            entry.duration_s = round(time.monotonic() - started, 3)
            self._record.current = None
            self._record.outputs.close_cell(index)
            self._journal.write_outputs(self._record.outputs.take())
            self._journal.end_cell(self._record.cell_entry(index))
            self._result.change()
        if stop:
            raise StoppedError(stop)
        if state == "failed":
            self._note_failure(index, ending)
            raise CellFailedError
        if ending.exits and not (may_raise and not ending.ok):
            raise RunEndedError

    def end(self, *, seconds: float = limits.KERNEL_END_S) -> str:
        """Let the kernel end in order, and take the last outputs of threads and exit handlers.

        Returns
        -------
        str
            What was wrong when it didn't end in time, or "".
        """
        now = time.monotonic()
        give_up, ask_again = now + seconds, now
        told = self._signals.count
        while self._kernel.is_alive() and self._signals.count == told:
            now = time.monotonic()
            if now > give_up:
                heard = "agreed to" if self._ends else "was asked to"
                return f"The kernel {heard} end and didn't within {seconds:.0f} s: it is killed."
            if now >= ask_again and not self._ends:
                self._kernel.ask_to_end()
                ask_again = now + 1.0
            self._wait(0.2)
            self._receive()
        self._settle()
        return ""

    def _converse(self) -> str:
        """Take messages until the cell has ended; return why the run must stop, or ""."""
        stop = ""
        patience = 0.0
        reply_at = 0.0
        told = 0
        while True:
            self._receive()
            if self._reply is not None:
                if self._idle:
                    return stop
                now = time.monotonic()
                reply_at = reply_at or now
                if now - reply_at > limits.IOPUB_GRACE_S:
                    return stop
            if not self._kernel.is_alive():
                self._settle()
                if stop or self._ending().exits:
                    return stop
                raise KernelDiedError
            now = time.monotonic()
            if not stop:
                stop = self._told_to_stop()
                if stop:
                    self._kernel.interrupt()
                    patience, told = now + limits.INTERRUPT_S, self._signals.count
            elif now > patience or self._signals.count > told:
                self._kernel.kill()
                told = self._signals.count
            self._write_progress(now)
            self._wait(patience - now if stop else self._left())

    def _ending(self) -> Ending:
        return ending_of({} if self._reply is None else self._reply.content, self._shown)

    def _note_failure(self, index: int, ending: Ending) -> None:
        evalue = _ANSI.sub("", ending.evalue)
        lines = evalue.strip().splitlines()
        what = ": ".join(part for part in (ending.ename, lines[0][:300] if lines else "") if part)
        if ending.ok:
            what = f"it called exit({ending.status})"
        self._record.fail(
            f"Cell {index + 1} failed: {what or 'the kernel refused it'}",
            index,
            ending.ename,
            evalue,
        )

    def _told_to_stop(self) -> str:
        if self._signals.count:
            self._signals.clear()
            return "cancelled"
        return "timed_out" if self._left() <= 0 else ""

    def _left(self) -> float:
        if self._deadline is None:
            return _LONGEST_WAIT_S
        return self._deadline - time.monotonic()

    def _wait(self, seconds: float) -> None:
        busy = self._result.has_news or self._record.outputs.has_pending
        longest = limits.PROGRESS_INTERVAL_S if busy else _LONGEST_WAIT_S
        if self._kernel.death_fd < 0:
            longest = min(longest, 0.5)
        self._channels.wait(min(max(seconds, 0.001), longest))

    def _write_progress(self, now: float) -> None:
        self._result.update()
        outputs = self._record.outputs
        due = now - self._journaled_at >= _JOURNAL_S or outputs.pending_size > _JOURNAL_SIZE
        if outputs.has_pending and due:
            self._journal.write_outputs(outputs.take())
            self._journaled_at = now

    def _settle(self) -> None:
        """Take what a dead kernel has left in the sockets."""
        while self._receive():
            self._channels.wait_for_output(_SETTLE_S)

    def _receive(self) -> int:
        """Handle what is here, at most a batch; return how many messages that was."""
        count = 0
        while (reply := self._channels.receive("control")) is not None:
            count += 1
            self._ends = self._ends or reply.type == "shutdown_reply"
        while (reply := self._channels.receive("shell")) is not None:
            count += 1
            if reply.parent == self._request:
                self._reply = reply
                self._times.setdefault("shell.execute_reply", reply.date)
                entry = self._record.cells.get(self._cells.get(self._request, -1))
                if entry is not None and "execution_count" in reply.content:
                    entry.execution_count = count_of(reply.content)
        while count < _BATCH and (message := self._channels.receive("iopub")) is not None:
            count += 1
            self._heard = True
            self._take(message)
        return count

    def _take(self, message: Message) -> None:
        index = self._cells.get(message.parent)
        if message.type.startswith("comm_"):
            self._widgets.handle(message)
            return
        if index is None:
            return
        current = message.parent == self._request
        if message.type == "status":
            execution_state = message.content.get("execution_state")
            if current:
                self._times.setdefault(f"iopub.status.{execution_state}", message.date)
                self._idle = self._idle or execution_state == "idle"
        elif message.type == "execute_input":
            self._record.cells[index].execution_count = count_of(message.content)
            if current:
                self._times.setdefault("iopub.execute_input", message.date)
        else:
            if current and message.type == "error":
                self._shown = message.content
            if not self._widgets.take(message):
                self._record.outputs.handle(index, message)


def _state(ending: Ending, may_raise: bool, stop: str) -> str:
    if stop:
        return "done" if ending.ok else "killed"
    if ending.exits and not may_raise:
        return "failed" if ending.status else "done"
    return "done" if ending.ok or (may_raise and ending.ename) else "failed"
