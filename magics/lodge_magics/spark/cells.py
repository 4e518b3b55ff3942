"""Jobs of a cell: tagged, so that they can be watched, and its interrupt cancels no others.

The kernel gives each cell the plain SIGINT handler, so a KeyboardInterrupt leaves a Py4J call half
done: the job goes on, and the next call would read the answer of the last. After an interrupt the
connection is closed, then the jobs that carry the cell's tag are cancelled from another thread.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from lodge_magics.spark.again import renew_frames
from lodge_magics.spark.alarm import Alarm
from lodge_magics.spark.announce import announce, retract
from lodge_magics.spark.store import StatusStore
from lodge_magics.spark.watch import CellWatch

if TYPE_CHECKING:
    from types import TracebackType

    from lodge_magics.spark.connect_watch import ConnectWatch

__all__ = ["CellJobs"]

# How long a cancellation may take, in seconds, before the prompt comes back anyway.
_PATIENCE = 5.0
# How long jobs that begin late are cancelled, and the seconds between two looks.
_AFTERMATH = 15.0
_PAUSE = 0.2


class CellJobs:
    """The jobs of the running cell: their tag, and the line that shows how far they are.

    Parameters
    ----------
    in_kernel
        Whether the front end can update a display; default False.
    """

    def __init__(self, *, in_kernel: bool = False) -> None:
        # py4j logs the interrupt of the user, with its traceback, on the root logger.
        logging.getLogger().addFilter(_no_py4j_interrupts)
        self._in_kernel = in_kernel
        self._tag: str | None = None
        self._context: Any = None
        self._watch: CellWatch | ConnectWatch | None = None
        self._bound = "PYSPARK_GATEWAY_PORT" not in os.environ
        self._alarm = Alarm(self._hear)
        self._heard = False

    def begin(self, *_: object) -> None:
        """Tag the jobs of the cell that begins; without a Spark context do nothing."""
        if not self._bound:
            self._bound = True
            _bind_running()
        session = _connect_session()
        if session is not None:
            self._begin_connect(session)
            return
        context = _active_context()
        if context is None:
            self._tag = None
            retract()
            return
        if self._watch is not None and context is self._context:
            return  # `%%spark` in a cell that has its tag already
        tag = f"lodge-cell-{uuid.uuid4().hex[:12]}"
        try:
            if self._tag is not None and context is self._context:
                context.removeJobTag(self._tag)
            context.addJobTag(tag)
            # Else a task that waits for Python may hold its slot until it is done.
            context.setInterruptOnCancel(True)
            announce(context)
        except Exception:  # the JVM is gone; the cell itself will say so
            self._tag = None
            retract()
            return
        self._tag, self._context = tag, context
        self._listen()
        self._watch = CellWatch(context, tag, in_kernel=self._in_kernel)

    def _begin_connect(self, session: Any) -> None:
        if self._watch is not None and session is self._context:
            return
        # Tags belong to a thread of the client, and nothing runs between two cells.
        if self._tag is not None and session is self._context:
            session.removeTag(self._tag)
        self._tag, self._context = f"lodge-cell-{uuid.uuid4().hex[:12]}", session
        session.addTag(self._tag)
        self._listen()
        from lodge_magics.spark.connect import tell
        from lodge_magics.spark.connect_watch import ConnectWatch

        tell(session)
        self._watch = ConnectWatch(session, in_kernel=self._in_kernel, tell=partial(tell, session))

    def end(self, result: Any) -> None:
        """Cancel the jobs of the cell that ended, if the user interrupted it.

        Parameters
        ----------
        result
            IPython's ExecutionResult.
        """
        self._alarm.clear()
        error = getattr(result, "error_in_exec", None)
        # An interrupt may get lost on its way, and the cell end with what Spark says of it.
        interrupted = self._tag is not None and (_by_interrupt(error) or self._heard)
        if interrupted:
            self.cancel()
            if error is not None and _inside_py4j(error.__traceback__):
                _drop_connection(self._context)
            self._renew()
        if self._watch is not None:
            self._watch.finish(interrupted=interrupted)
            self._watch = None
        context = _active_context()
        if error is not None and context is not None:
            _tell_of_end(context)
        connected = _connect_session()
        if connected is not None:
            from lodge_magics.spark.connect import tell

            tell(connected)
        elif context is None:
            retract()
        elif context is not self._context:
            # The cell started a session by its own means.
            with contextlib.suppress(Exception):  # its JVM is gone already
                announce(context)

    def _listen(self) -> None:
        self._heard = False
        self._alarm.set()

    def _hear(self) -> None:
        """Cancel the jobs of the cell while its interrupt is on its way, which may take long."""
        self._heard = True
        self.cancel()

    def _renew(self) -> None:
        from lodge_magics.spark.connect import is_connect

        context, done = self._context, threading.Event()
        if context is None or is_connect(context):
            return

        def work() -> None:
            with contextlib.suppress(Exception):  # its JVM is gone
                renew_frames(context)
            done.set()

        # In a thread, where no second interrupt can break a call in two.
        threading.Thread(target=work, daemon=True, name="lodge-renew").start()
        done.wait(_PATIENCE)

    def cancel(self) -> None:
        """Cancel the jobs that carry the tag of the running cell, within five seconds.

        A call that was on its way may reach the driver after the first cancellation and begin a job
        then, so for some seconds more whatever comes up with the tag is cancelled too.
        """
        tag, context = self._tag, self._context
        if tag is None:
            return
        quiet, pause = threading.Event(), threading.Event()
        ended: set[int] = set()
        from lodge_magics.spark.connect import is_connect

        connected = is_connect(context)

        def work() -> None:
            until = time.monotonic() + _AFTERMATH
            try:
                if connected:
                    # The server knows a query from before the client hears of it.
                    context.interruptTag(tag)
                    quiet.set()
                    return
                store = StatusStore(context)
                while time.monotonic() < until:
                    context.cancelJobsWithTag(tag)
                    store.settle(100)
                    if not store.running(tag, ended):
                        quiet.set()
                    pause.wait(_PAUSE)
            except Exception:  # no JVM, no jobs
                quiet.set()

        threading.Thread(target=work, daemon=True, name="lodge-cancel").start()
        quiet.wait(_PATIENCE)


def _by_interrupt(error: BaseException | None) -> bool:
    """Tell whether an interrupt is behind an error: py4j may raise one of its own for it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _bind_running() -> None:
    """Find the session of the driver this kernel was started below, before the first cell asks."""
    from lodge_magics.spark.session import bind_running

    with contextlib.suppress(Exception):  # no driver any more: whoever needs it will be told
        bind_running()


def _tell_of_end(context: Any) -> None:
    """Say that the cluster has ended the application, since Spark's own error does not."""
    from lodge_magics.live import notice
    from lodge_magics.spark.driver import last_reason

    try:
        if not context._jsc.sc().isStopped():
            return
    except Exception:  # its JVM is gone
        return
    reason = last_reason() or "its driver was stopped."
    notice(
        f"The application {context.applicationId} has ended: {reason} %%spark starts a new session."
    )


def _connect_session() -> Any:
    if "pyspark.sql.connect.session" not in sys.modules:
        return None
    from lodge_magics.spark.connect import current

    return current()


def _active_context() -> Any:
    module = sys.modules.get("pyspark")
    context = getattr(getattr(module, "SparkContext", None), "_active_spark_context", None)
    return None if context is None or getattr(context, "_jsc", None) is None else context


def _no_py4j_interrupts(record: logging.LogRecord) -> bool:
    return record.msg != "KeyboardInterrupt while sending command."


def _inside_py4j(traceback: TracebackType | None) -> bool:
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__", "").startswith("py4j."):
            return True
        traceback = traceback.tb_next
    return False


def _drop_connection(context: Any) -> None:
    client = context._gateway._gateway_client
    connection = getattr(client, "get_thread_connection", lambda: None)()
    if connection is not None:
        connection.close()
