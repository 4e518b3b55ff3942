"""Watches the jobs of the running cell, and shows how far they are.

A thread of the cell's own asks the driver every half a second, after a first half in which most
cells are done: a quick one costs a few milliseconds at its end, a long one some hundredths of a
core, however many tasks it has.
"""

from __future__ import annotations

import contextvars
import threading
import time
from typing import Any

from lodge_magics.live import LiveOutput, line_html
from lodge_magics.spark.progress import CellProgress, progress_html
from lodge_magics.spark.store import StatusStore

__all__ = ["CellWatch"]

# Seconds before the first question, and between two.
_PAUSE = 0.5
# Seconds that asking for ended stages may take, at a poll and at the end.
_STAGES_AT_POLL = 0.05
_STAGES_AT_END = 0.5


class CellWatch:
    """Watches one cell.

    Parameters
    ----------
    context
        The SparkContext.
    tag
        The tag of the cell's jobs.
    in_kernel
        Whether the front end can update a display.
    """

    def __init__(self, context: Any, tag: str, *, in_kernel: bool) -> None:
        self._context, self._tag, self._in_kernel = context, tag, in_kernel
        self._progress = CellProgress()
        self._began = time.monotonic()
        self._output = LiveOutput()
        self._stop = threading.Event()
        run = contextvars.copy_context().run
        self._thread = threading.Thread(
            target=run, args=(self._watch,), daemon=True, name="lodge-spark-progress"
        )
        self._thread.start()

    def finish(self, *, interrupted: bool) -> None:
        """Stop watching, and leave one line if the cell had jobs.

        Parameters
        ----------
        interrupted
            Whether the user interrupted the cell.
        """
        self._stop.set()
        self._thread.join(2 * _PAUSE)
        try:
            store = StatusStore(self._context)
            store.settle()
            self._look(store, _STAGES_AT_END)
        except Exception:  # the session was stopped, or its JVM died: the cell told so itself
            if not self._output.shown:
                return
        if self._progress.jobs:
            text = self._progress.final_text(interrupted=interrupted)
            self._output.show(text, line_html(text))

    def _watch(self) -> None:
        try:
            store = None
            while not self._stop.wait(_PAUSE):
                store = store or StatusStore(self._context)
                if not self._look(store, _STAGES_AT_POLL) or self._stop.is_set():
                    continue
                text = self._progress.running_text(time.monotonic() - self._began)
                if self._in_kernel:
                    markup = progress_html(text, *self._progress.done_and_total())
                    self._output.show(text, markup)
        except Exception:  # no JVM any more: nothing to watch
            return

    def _look(self, store: StatusStore, seconds: float) -> bool:
        """Ask for what is new; tell whether a job runs."""
        progress = self._progress
        for number in progress.unfinished(store.jobs_with_tag(self._tag)):
            job = store.job(number)
            if job is not None:
                progress.jobs[number] = job
        until = time.monotonic() + seconds
        for number in progress.missing_stages():
            progress.stages[number] = store.stage(number) or {}
            if time.monotonic() > until:
                break
        return any(job["status"] == "RUNNING" for job in progress.jobs.values())
