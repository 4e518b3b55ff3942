"""Blocking work that the user's interrupt really stops."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, TypeVar

from lodge_magics.errors import InterruptedCellError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["run_interruptible"]

Result = TypeVar("Result")

# How often interrupted work is cancelled before it is left alone, and the seconds between.
_TRIES = 10
_PAUSE = 0.5


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
        done.wait()
    except KeyboardInterrupt:
        # Again and again: the work may have been about to begin when the first one came.
        for _ in range(_TRIES):
            cancel()
            if done.wait(_PAUSE):
                break
        raise InterruptedCellError("Interrupted; the query has been stopped.") from None
    worker.join()
    if errors:
        raise errors[0]
    return results[0]
