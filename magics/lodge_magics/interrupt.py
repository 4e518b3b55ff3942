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

# How long the interrupted work may take to end, in seconds, before it is left alone.
_PATIENCE = 5.0


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
        cancel()
        done.wait(_PATIENCE)
        raise InterruptedCellError("Interrupted; the query has been stopped.") from None
    worker.join()
    if errors:
        raise errors[0]
    return results[0]
