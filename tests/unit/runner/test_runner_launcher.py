"""How the kernel's launcher lets a kernel end."""

from __future__ import annotations

import asyncio
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from lodge_runner import kernel_launcher


class Kernel(SimpleNamespace):
    """A kernel with a child that ends so many seconds after it is asked to."""

    def __init__(self, needs: float) -> None:
        super().__init__()
        self.now, self.needs, self.signals = 0.0, needs, list[int]()

    def _signal_children(self, number: int) -> None:
        self.signals.append(number)

    def _process_children(self) -> list[str]:
        killed = signal.SIGKILL in self.signals
        return ["child"] if self.now < self.needs and not killed else []


@pytest.mark.parametrize(
    ("needs", "took", "signals"),
    [
        (0.0, 0.0, [signal.SIGTERM]),
        (1.5, 1.55, [signal.SIGTERM]),
        (5.0, 5.05, [signal.SIGTERM]),
        (99.0, 7.05, [signal.SIGTERM, signal.SIGKILL]),
    ],
)
def test_children_are_noticed_to_end_at_once(
    monkeypatch: pytest.MonkeyPatch, needs: float, took: float, signals: list[int]
) -> None:
    kernel: Any = Kernel(needs)

    async def sleep(seconds: float) -> None:
        kernel.now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    kernel_launcher._end_children_soon(kernel)
    asyncio.run(kernel._progressively_terminate_all_children())
    assert kernel.now == pytest.approx(took, abs=0.06)
    assert kernel.signals == signals
