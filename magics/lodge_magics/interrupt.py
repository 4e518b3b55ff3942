"""Interrupts of the user: blocking work that they really stop, and a start they cannot harm."""

from __future__ import annotations

import contextlib
import contextvars
import signal
import threading
from typing import TYPE_CHECKING, TypeVar

from lodge_magics.errors import InterruptedCellError
from lodge_magics.language import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = ["run_interruptible", "steady_interrupts"]

Result = TypeVar("Result")

# How often interrupted work is cancelled before it is left alone, and the seconds between.
_TRIES = 10
_PAUSE = 0.5
# Seconds after which an interrupt is sent again: one that came at a bad time, one that got lost.
_SOON = 0.05
_LATER = 0.5


def run_interruptible(
    work: Callable[[], Result],
    cancel: Callable[[], None],
    thread: type[threading.Thread] = threading.Thread,
) -> Result:
    """Run work in a thread and wait for it, so that an interrupt is noticed at once.

    Parameters
    ----------
    work
        Blocks, for example in a database driver that does not heed signals.
    cancel
        Ends the work on the server; called in the main thread on KeyboardInterrupt.
    thread
        The class of the thread; default `threading.Thread`.

    Returns
    -------
    Result
        What the work returned.

    Raises
    ------
    InterruptedCellError
        The user interrupted; the work has been cancelled.
    """
    done = threading.Event()
    results: list[Result] = []
    errors: list[BaseException] = []
    context = contextvars.copy_context()

    def target() -> None:
        try:
            results.append(context.run(work))
        except BaseException as error:  # handed over to the main thread
            errors.append(error)
        finally:
            done.set()

    worker = thread(target=target, daemon=True, name="lodge-work")
    try:
        worker.start()
        # A signal that the system hands to another thread wakes no endless wait.
        while not done.wait(_PAUSE):
            pass
    except KeyboardInterrupt:
        # Again and again: the work may have been about to begin when the first one came.
        for _ in range(_TRIES):
            cancel()
            if done.wait(_PAUSE):
                break
        raise InterruptedCellError(say("Interrupted; the query has been stopped.")) from None
    worker.join()
    if errors:
        raise errors[0]
    return results[0]


@contextlib.contextmanager
def steady_interrupts() -> Iterator[None]:
    """Make an interrupt end what is inside, at a time that does no harm; for the main thread.

    Starting a process forks, and Python ignores what is raised in at-fork handlers: the interrupt
    would get lost, and the lock of `logging`, which such a handler releases, would stay locked for
    all other threads. So an interrupt waits for the fork, and is sent again if it had no effect.

    And pyspark puts a handler of its own in place, which cancels every job of the context from
    inside a Py4J call that is under way; the handler from before is put back at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    inside, main = True, threading.get_ident()

    def again() -> None:
        if inside:
            signal.pthread_kill(main, signal.SIGINT)

    def handler(_number: int, frame: FrameType | None) -> None:
        forking = _is_forking(frame)
        timer = threading.Timer(_SOON if forking else _LATER, again)
        timer.daemon = True
        timer.start()
        if not forking:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        inside = False
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)


def _is_forking(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "subprocess":
            return True
        frame = frame.f_back
    return False
