"""SIGINT, SIGTERM and SIGHUP as something to look at between two messages."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Counts the signals that ask a run to stop, while the context is open.

    ``fd`` becomes readable with each; a poller that watches it wakes up. Outside the main thread,
    where signals can't be handled, it sees none.
    """

    def __init__(self) -> None:
        self.count = 0
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._before: dict[signal.Signals, Any] = {}
        self._fd_before = -1
        self._handled = False

    @property
    def fd(self) -> int:
        """Descriptor to watch."""
        return self._reader.fileno()

    def clear(self) -> None:
        """Make the descriptor unreadable until the next signal."""
        with contextlib.suppress(BlockingIOError):
            while self._reader.recv(64):
                pass

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handled = True
            self._fd_before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
            for number in _NUMBERS:
                # What nohup, or a shell's background job, has set to be ignored stays so.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._handled:
            signal.set_wakeup_fd(self._fd_before)
        self._reader.close()
        self._writer.close()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
