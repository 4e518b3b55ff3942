"""Hearing of an interrupt at once, also while the main thread waits in native code.

Python runs the handler of a signal in the main thread, and only once that is back in Python. A wait
in native code goes on until then, and so does a wait in Python that runs while an exception is on
its way: `toPandas()` waits for the driver to be done with the very job that nobody cancels. The
number of a signal is written to a file by the system's handler itself, so a thread hears of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Alarm"]


class Alarm:
    """Calls somebody, in a thread of its own, on every interrupt while it is set.

    Parameters
    ----------
    ring
        What is called.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._writer: socket.socket | None = None
        self._before = -1

    def set(self) -> None:
        """Begin to listen; in another thread than the main one do nothing."""
        if self._writer is not None or threading.current_thread() is not threading.main_thread():
            return
        reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        threading.Thread(
            target=self._listen, args=(reader, self._before), daemon=True, name="lodge-alarm"
        ).start()

    def clear(self) -> None:
        """Listen no more."""
        if self._writer is None or threading.current_thread() is not threading.main_thread():
            return
        signal.set_wakeup_fd(self._before)
        self._writer.close()
        self._writer = None

    def _listen(self, reader: socket.socket, other: int) -> None:
        with reader:
            while heard := reader.recv(64):
                if other >= 0:
                    with contextlib.suppress(OSError):  # whoever listened before
                        os.write(other, heard)
                if signal.SIGINT in heard:
                    self._ring()
